"""`rumbo plan`: start plans, see their progress, keep them moving."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from cli import exit_codes, output, sending
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.options import OUTPUT_FORMATS
from cli.verb import SendCommand, argument, option, reason_option, send_verb, text_option
from language import _
from telling import plan as plan_text
from telling.edited_copy import edited_copy
from telling.faults import fault_line
from telling.history import entry as entry_lines
from telling.values import PHASES, PLAN_STATUSES, localized, zone_of

if TYPE_CHECKING:
    from domain.views.models.summary import PlanRowView


def until_option() -> click.Option:
    return option("--until", metavar=_("DATE|TIME"), help=_("The last day for answers."))


command = NounGroup(
    "plan",
    order=(
        *("new", "start", "check", "list", "show", "pending", "watch", "convene", "reopen"),
        *("pause", "resume", "close", "happened", "send", "schema"),
    ),
    commands=[
        send_verb(
            "convene",
            "convene",
            _("Open the plan's next phase; after adaptation, the next cycle's action."),
            argument("phase", type=click.Choice(list(PHASES))),
            until_option(),
            text_option(_("What people should know about it.")),
        ),
        send_verb(
            "reopen",
            "reopen_phase",
            _("Reopen the phase that was closed last."),
            reason_option(),
            until_option(),
        ),
        send_verb("pause", "pause_plan", _("Pause a plan: nothing falls due until it resumes."), reason_option()),
        send_verb(
            "resume", "resume_plan", _("Resume a paused plan."), text_option(_("What people should know about it."))
        ),
        send_verb(
            "happened",
            "record_occurrence",
            _("Declare that an awaited event has happened; deadlines count from it."),
            argument("awaited", metavar=_("EVENT")),
            text_option(_("What happened.")),
        ),
    ],
)


def _media_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else "application/yaml"


def _warn(warnings: Iterable[Any]) -> None:
    for warning in warnings:
        output.note(_("Warning: {fault}").format(fault=fault_line(warning)))


@command.command(
    "start",
    help=_(
        "Start the plan of a plan file, YAML or JSON. - reads standard input.\n\n"
        "A file with faults starts nothing; every fault is shown with its line. `rumbo plan check FILE` only checks."
    ),
)
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@click.option("--id", "command_id", metavar="ID", help=_("The command's id; start-PLAN by default."))
@click.option(
    "--effective", metavar=_("DATE|TIME"), help=_("When the plan began, if it is entered here only afterwards.")
)
@click.option("--source", metavar=_("TEXT"), help=_("The document that shows it."))
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
    return sending.write_outcome(invocation, outcome["plan"], outcome)


@command.command("check", help=_("Look for faults in a plan file, and start nothing. - reads standard input."))
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@pass_invocation
def check(invocation: Invocation, file: Any) -> None:
    media_type = _media_type(file.name)
    try:
        found = invocation.client.post_file("plan-files", "check", content=file.read(), media_type=media_type)
    except CliError as error:
        if error.faults and not invocation.is_text:
            output.result(invocation, {"faults": list(error.faults), "warnings": []}, lambda _found: ())
        raise
    output.result(invocation, found, lambda _found: [_("No faults.")])
    if invocation.is_text:
        _warn(found["warnings"])
    output.next_step(invocation, f"rumbo plan start {file.name}")


@command.command("list", help=_("List the plans."))
@click.option("--status", type=click.Choice(["open", "paused", "closed"]), help=_("Only plans with this status."))
@pass_invocation
def list_(invocation: Invocation, status: str | None) -> None:
    def text(plans: "list[PlanRowView]") -> Iterable[str]:
        if not plans:
            output.note(_("There is no plan yet. `rumbo plan start FILE` starts one."))
            return ()
        heads = [_("plan"), _("title"), _("status"), _("cycle"), _("phase"), _("next deadline")]
        return output.table(
            heads,
            [
                [
                    one.id,
                    localized(one.title),
                    _(PLAN_STATUSES[one.status]),
                    str(one.cycle or "-"),
                    _(PHASES[one.phase]) if one.phase else "-",
                    str(one.next_deadline or "-")[:10],
                ]
                for one in plans
            ],
        )

    output.views(invocation, "plans", invocation.client.plans(status), text)


def when_options(function: Any) -> Any:
    """The options that choose a past state of a plan: by effective time, by recording time, or by entry number."""
    for one in (
        click.option("--at-version", type=click.IntRange(0), metavar="N", help=_("As it was after entry N.")),
        click.option("--recorded-by", metavar=_("TIME"), help=_("As it was recorded at that time.")),
        click.option(
            "--as-of",
            metavar=_("DATE|TIME"),
            help=_("With everything that had taken effect by then; a date means its end."),
        ),
    ):
        function = one(function)
    return function


@command.command(
    "show",
    formats=(*OUTPUT_FORMATS, "yaml"),
    help=_(
        "Show a plan: the problem, the commitments, their progress, and what is pending.\n\n"
        "With -o yaml it writes a copy of the plan to edit; `rumbo correction propose PLAN FILE` takes the edited copy."
    ),
)
@click.argument("plan", metavar="PLAN")
@when_options
@pass_invocation
def show(invocation: Invocation, plan: str, as_of: str | None, recorded_by: str | None, at_version: int | None) -> None:
    if invocation.output == "yaml":
        _write_copy(invocation, plan, as_of, recorded_by, at_version)
        return
    answer = invocation.client.plan(plan, as_of=as_of, recorded_by=recorded_by, at_version=at_version)
    output.view(invocation, answer, plan_text.lines)
    # An entry's hash proves only the state at that entry; a state by effective time belongs to no single entry.
    if invocation.is_text and as_of is None and answer.view.version > 0:
        for line in sending.witness_lines(invocation, plan, answer.view.version):
            click.echo("")
            click.echo(line)
    output.next_step(invocation, f"rumbo history show {plan}")


def _write_copy(
    invocation: Invocation, plan: str, as_of: str | None, recorded_by: str | None, at_version: int | None
) -> None:
    if as_of is not None:
        raise CliError(
            _("A copy is made at one entry, and a state by effective time belongs to no single entry."),
            exit_codes.USAGE,
            _("Choose the entry with --at-version or --recorded-by."),
        )
    copy = invocation.client.copy(plan, recorded_by=recorded_by, at_version=at_version)
    output.view(invocation, copy, edited_copy)


@command.command(
    "watch",
    help=_("Show what happens in a plan as it is recorded, until Ctrl-C. -o json also writes one line per entry."),
)
@click.argument("plan", metavar="PLAN")
@click.option(
    "--after", type=click.IntRange(0), metavar="N", help=_("Begin after entry N; by default, with the next one.")
)
@pass_invocation
def watch(invocation: Invocation, plan: str, after: int | None) -> None:
    view = invocation.client.plan(plan).view
    seen = view.version if after is None else after
    try:
        for entry in invocation.client.watch(plan, seen):
            seen = entry.json["version"]
            is_text = invocation.is_text
            for line in entry_lines(entry.view, view, zone_of(view)) if is_text else [output.one_line(entry.json)]:
                click.echo(line)
    except CliError as error:
        error.hint = _("To continue from here: rumbo plan watch {plan} --after {number}").format(plan=plan, number=seen)
        raise


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
                _("Closing a plan cannot be undone, and there is no terminal to confirm it on. Nothing was sent."),
                exit_codes.USAGE,
                _("Add --yes to close it without being asked."),
            )
        click.confirm(_("{plan} cannot be opened again. Close it?").format(plan=plan), abort=True, err=True)
    return sending.send(invocation, plan, "close_plan", {"reason": reason})


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
