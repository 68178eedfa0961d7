"""`rumbo plan`: start plans, see how they stand, keep them moving."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click
from telling.values import PHASES, PLAN_STATUSES, localized, witness, zone_of

from cli import exit_codes, output, sending
from cli.command import NounGroup
from cli.commands.plan_new import new
from cli.commands.plan_pending import pending
from cli.commands.plan_send import send
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.options import OUTPUT_FORMATS
from cli.verb import SendCommand
from language import _
from telling import plan as text
from telling.edited_copy import edited_copy
from telling.faults import fault_line
from telling.history import entry as told

command = NounGroup("plan")
command.add_command(new)


def _media_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else "application/yaml"


def _warn(warnings: Iterable[Any]) -> None:
    for warning in warnings:
        output.note(_("Warning: {fault}").format(fault=fault_line(warning)))


@command.command(
    "start",
    help=_(
        "Start the plan of a plan file, YAML or JSON. - reads standard input.\n\n"
        "Every fault is named with its line, and nothing is started unless there is none. `rumbo plan check FILE` "
        "only looks."
    ),
)
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@click.option("--id", "command_id", metavar="ID", help=_("The command's id; start-PLAN unless said."))
@click.option(
    "--effective", metavar=_("DATE|TIME"), help=_("When the plan began, where that was earlier: entered afterwards.")
)
@click.option("--source", metavar=_("TEXT"), help=_("The document that says so."))
@pass_invocation
def start(invocation: Invocation, file: Any, command_id: str | None, effective: str | None, source: str | None) -> int:
    outcome = invocation.client.post_file(
        "plans",
        content=file.read(),
        media_type=_media_type(file.name),
        id=command_id,
        effective=effective,
        source=source,
    )
    _warn(outcome.get("warnings", ()))
    return sending.tell(invocation, outcome["plan"], outcome)


@command.command("check", help=_("Look for faults in a plan file, and start nothing. - reads standard input."))
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@pass_invocation
def check(invocation: Invocation, file: Any) -> None:
    try:
        found = invocation.client.post_file(
            "plan-files", "check", content=file.read(), media_type=_media_type(file.name)
        )
    except CliError as failed:
        if failed.faults and not invocation.is_text:
            output.result(invocation, {"faults": list(failed.faults), "warnings": []}, lambda _found: ())
        raise
    output.result(invocation, found, lambda _found: [_("No faults.")])
    if invocation.is_text:
        _warn(found["warnings"])
    output.next_step(invocation, f"rumbo plan start {file.name}")


@command.command("list", help=_("List the plans."))
@click.option("--status", type=click.Choice(["open", "paused", "closed"]), help=_("Only those."))
@pass_invocation
def list_(invocation: Invocation, status: str | None) -> None:
    def pages() -> Iterable[Any]:
        after: Any = None
        while True:
            page = invocation.client.get("plans", limit=100, after=after, status=status)
            yield from page["plans"]
            after = page.get("next")
            if after is None:
                return

    def text(plans: list[Any]) -> Iterable[str]:
        if not plans:
            output.note(_("There is no plan yet. `rumbo plan start FILE` starts one."))
            return ()
        heads = [_("plan"), _("title"), _("status"), _("cycle"), _("phase"), _("next deadline")]
        return output.table(
            heads,
            [
                [
                    one["id"],
                    localized(one["title"]),
                    _(PLAN_STATUSES[one["status"]]) if one.get("status") else "-",
                    str(one.get("cycle") or "-"),
                    _(PHASES[one["phase"]]) if one.get("phase") else "-",
                    str(one.get("next_deadline") or "-")[:10],
                ]
                for one in plans
            ],
        )

    output.rows(invocation, "plans", pages(), text)


def when_options(function: Any) -> Any:
    """The two clocks, and the entry number: which state of the plan is meant."""
    for option in (
        click.option("--at-version", type=click.IntRange(0), metavar="N", help=_("As it was after entry N.")),
        click.option("--recorded-by", metavar=_("TIME"), help=_("By what had been recorded until then.")),
        click.option(
            "--as-of", metavar=_("DATE|TIME"), help=_("By what had taken effect until then; a date: its end.")
        ),
    ):
        function = option(function)
    return function


@command.command(
    "show",
    forms=(*OUTPUT_FORMATS, "yaml"),
    help=_(
        "Show a plan: the problem, what was promised, how far it is, what waits.\n\n"
        "With -o yaml it is a copy of the plan itself, to be edited; `rumbo correction propose PLAN FILE` takes it."
    ),
)
@click.argument("plan", metavar="PLAN")
@when_options
@pass_invocation
def show(invocation: Invocation, plan: str, as_of: str | None, recorded_by: str | None, at_version: int | None) -> None:
    if invocation.output == "yaml":
        _write_copy(invocation, plan, as_of, recorded_by, at_version)
        return
    view = invocation.client.get("plans", plan, as_of=as_of, recorded_by=recorded_by, at_version=at_version)
    output.result(invocation, view, text.lines)
    # Only the state at an entry is vouched for by that entry's hash; a state by the effective clock has no one entry.
    if invocation.is_text and as_of is None and view["version"] > 0:
        for entry in invocation.client.entries(plan, after=view["version"] - 1, limit=1):
            click.echo("")
            click.echo(witness(plan, entry))
    output.next_step(invocation, f"rumbo history show {plan}")


def _write_copy(
    invocation: Invocation, plan: str, as_of: str | None, recorded_by: str | None, at_version: int | None
) -> None:
    if as_of is not None:
        raise CliError(
            _("A copy is made from an entry, and a state by the effective clock has no one entry."),
            exit_codes.USAGE,
            _("Say which with --at-version or --recorded-by."),
        )
    copy = invocation.client.get("plans", plan, "copy", recorded_by=recorded_by, at_version=at_version)
    output.result(invocation, copy, edited_copy)


command.add_command(pending)


@command.command(
    "watch", help=_("Show what happens in a plan as it is recorded, until Ctrl-C. With -o json a line each, too.")
)
@click.argument("plan", metavar="PLAN")
@click.option(
    "--after", type=click.IntRange(0), metavar="N", help=_("Begin after entry N; with what is new unless said.")
)
@pass_invocation
def watch(invocation: Invocation, plan: str, after: int | None) -> None:
    view = invocation.client.get("plans", plan)
    seen = view["version"] if after is None else after
    try:
        for entry in invocation.client.watch(plan, seen):
            if not entry:
                continue
            seen = entry["version"]
            for line in told(entry, view, zone_of(view)) if invocation.is_text else [output.one_line(entry)]:
                click.echo(line)
    except CliError as failed:
        failed.hint = _("To go on where this ended: rumbo plan watch {plan} --after {number}").format(
            plan=plan, number=seen
        )
        raise


@command.command(
    "convene", cls=SendCommand, help=_("Open the plan's next phase; after adaptation, the next cycle's action.")
)
@click.argument("plan", metavar="PLAN")
@click.argument("phase", type=click.Choice(["action", "reflection", "adaptation"]))
@click.option("--until", metavar=_("DATE|TIME"), help=_("The last day on which answers are in time."))
@click.option("--text", metavar=_("TEXT"), help=_("What people should know about it."))
@pass_invocation
def convene(invocation: Invocation, plan: str, phase: str, until: str | None, text: str | None) -> int:
    return sending.send(invocation, plan, "convene", {"phase": phase, "until": until, "text": text})


@command.command("reopen", cls=SendCommand, help=_("Open again the phase that was closed last."))
@click.argument("plan", metavar="PLAN")
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@click.option("--until", metavar=_("DATE|TIME"), help=_("The last day on which answers are in time."))
@pass_invocation
def reopen(invocation: Invocation, plan: str, reason: str | None, until: str | None) -> int:
    return sending.send(invocation, plan, "reopen_phase", {"reason": reason, "until": until})


@command.command("pause", cls=SendCommand, help=_("Pause a plan: nothing falls due until it goes on."))
@click.argument("plan", metavar="PLAN")
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@pass_invocation
def pause(invocation: Invocation, plan: str, reason: str | None) -> int:
    return sending.send(invocation, plan, "pause_plan", {"reason": reason})


@command.command("resume", cls=SendCommand, help=_("Let a paused plan go on."))
@click.argument("plan", metavar="PLAN")
@click.option("--text", metavar=_("TEXT"), help=_("What people should know about it."))
@pass_invocation
def resume(invocation: Invocation, plan: str, text: str | None) -> int:
    return sending.send(invocation, plan, "resume_plan", {"text": text})


@command.command(
    "close",
    cls=SendCommand,
    help=_("Close a plan for good. Reports and evidence are still recorded, course corrections are refused."),
)
@click.argument("plan", metavar="PLAN")
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@pass_invocation
def close(invocation: Invocation, plan: str, reason: str | None, yes: bool) -> int:
    if not yes:
        if not sys.stdin.isatty():
            raise CliError(
                _("Closing a plan is for ever, and there is no terminal on which to ask. Nothing was sent."),
                exit_codes.USAGE,
                _("Add --yes to close it without being asked."),
            )
        click.confirm(_("{plan} cannot be opened again. Close it?").format(plan=plan), abort=True, err=True)
    return sending.send(invocation, plan, "close_plan", {"reason": reason})


@command.command(
    "happened", cls=SendCommand, help=_("Declare that an awaited event has happened; deadlines count from it.")
)
@click.argument("plan", metavar="PLAN")
@click.argument("awaited", metavar=_("EVENT"))
@click.option("--text", metavar=_("TEXT"), help=_("What happened."))
@pass_invocation
def happened(invocation: Invocation, plan: str, awaited: str, text: str | None) -> int:
    return sending.send(invocation, plan, "record_occurrence", {"awaited": awaited, "text": text})


command.add_command(send)


@command.command(
    "schema",
    help=_(
        "Print the JSON Schema of plan files, of all commands, or of one.\n\n"
        "WHAT is plan-file, commands, or a command's name such as report_progress."
    ),
)
@click.argument("what", metavar=_("WHAT"), default="plan-file")
@pass_invocation
def schema(invocation: Invocation, what: str) -> None:
    steps = (what,) if what in ("plan-file", "commands") else ("commands", what)
    found = invocation.client.get("schemas", *steps)
    output.result(invocation, found, lambda found: [json.dumps(found, ensure_ascii=False, indent=2)])
