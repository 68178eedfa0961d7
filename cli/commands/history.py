"""`rumbo history`: what happened, step by step, and the plan as it was."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cli import exit_codes, output
from cli.command import NounGroup
from cli.commands.plan import when_options
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.verb import VISIBILITY, argument, reason_option, send_verb
from language import _, ngettext
from telling.history import difference, step, traced
from telling.history import entry as entry_lines
from telling.plan import progress
from telling.values import plain_moments, zone_of

command = NounGroup("history")


@command.command("show", help=_("List the entries of a plan's history in order."))
@click.argument("plan", metavar="PLAN")
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help=_("Only entries after this one."))
@click.option("--limit", type=click.IntRange(1), metavar="N", help=_("At most this many."))
@click.option("--kind", metavar=_("KIND"), help=_("Only entries of one kind, such as progress_reported."))
@pass_invocation
def show(invocation: Invocation, plan: str, after: int, limit: int | None, kind: str | None) -> None:
    entries = invocation.client.entries(plan, after, limit, kind)
    if not invocation.is_text:
        output.views(invocation, "entries", entries, lambda _entries: ())
        return
    view = invocation.client.plan(plan).view
    empty = True
    for one in entries:
        empty = False
        for line in entry_lines(one.view, view, zone_of(view)):
            click.echo(line)
    if empty:
        output.note(_("There is no such entry."))
    output.next_step(invocation, f"rumbo history replay {plan}")


@command.command(
    "replay",
    help=_(
        "Show a plan's history again, step by step, up to a moment, and the state of the plan at that moment.\n\n"
        "With -o json: the plan as it was, in the form of `rumbo plan show`."
    ),
)
@click.argument("plan", metavar="PLAN")
@when_options
@pass_invocation
def replay(
    invocation: Invocation, plan: str, as_of: str | None, recorded_by: str | None, at_version: int | None
) -> None:
    answer = invocation.client.plan(plan, as_of=as_of, recorded_by=recorded_by, at_version=at_version)
    if not invocation.is_text:
        output.view(invocation, answer, lambda _view: ())
        return
    view, zone = answer.view, zone_of(answer.view)
    steps = invocation.client.replay(plan, as_of=as_of, recorded_by=recorded_by, at_version=at_version)
    for one in steps:
        for line in step(one.view, view, zone):
            click.echo(line)
    click.echo("")
    click.echo(
        _("The plan was then at version {revision}: {progress}.").format(
            revision=view.revision, progress=progress(view)
        )
    )
    output.next_step(invocation, f"rumbo history diff {plan} 1 {view.version}")


@command.command(
    "diff",
    help=_("Show what changed between two moments, and why. Each is an entry's number, a date (its end) or a time."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--clock",
    type=click.Choice(["effective", "recorded"]),
    help=_("Whether dates and times are effective times (the default) or recording times."),
)
@pass_invocation
def diff(invocation: Invocation, plan: str, before: str, after: str, clock: str | None) -> None:
    found = invocation.client.diff(plan, before, after, clock)
    if found.view.before.version > found.view.after.version:
        raise CliError(
            _("{before} comes after {after}; the earlier moment goes first.").format(before=before, after=after),
            exit_codes.USAGE,
            _("Try: rumbo history diff {plan} {after} {before}").format(plan=plan, before=before, after=after),
        )
    if not invocation.is_text:
        output.view(invocation, found, lambda _found: ())
        return
    view = invocation.client.plan(plan).view
    output.view(invocation, found, lambda found: difference(found, view, zone_of(view)))


command.add_command(
    send_verb(
        "contest",
        "contest_entry",
        _(
            "Contest an entry that somebody else made in the name of your body; give the reason. It stays in the "
            "record and no longer counts as your body's.\n\n"
            "  rumbo history contest PLAN 214 --reason TEXT"
        ),
        argument("entry", metavar=_("ENTRY")),
        reason_option(),
    )
)


@command.command(
    "trace",
    help=_(
        "Show what led to a command and what followed from it: from the report to the lesson, to the course "
        "correction, to the change.\n\nThe id may also be that of a lesson or of a course correction."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("name", metavar="ID")
@pass_invocation
def trace(invocation: Invocation, plan: str, name: str) -> None:
    found = invocation.client.trace(plan, name)
    if not invocation.is_text:
        output.view(invocation, found, lambda _found: ())
        return
    view = invocation.client.plan(plan).view
    output.view(invocation, found, lambda found: traced(found, view, zone_of(view)))


@command.command(
    "export",
    help=_(
        "Export a plan's whole history in a format that other tools read.\n\n"
        "  bundle       the proof of all of it, for `rumbo verify`; with --reach restricted it proves the state too\n\n"
        "  csv          a table, one row for every entry\n\n"
        "  cloudevents  CloudEvents 1.0, one per line\n\n"
        "  html         a report to read and to keep, in your language, on screen or on paper\n\n"
        "  ocds         releases and a merged record, after the Open Contracting Data Standard\n\n"
        "  ocel         an object-centric event log (OCEL 2.0), for process mining\n\n"
        "  prov         provenance (W3C PROV-JSON)\n\n"
        "The export holds only what is public, unless you ask for more and may see it."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.option("--format", "export_format", required=True, metavar=_("FORMAT"), help=_("One of the formats above."))
@output.file_option
@click.option(
    "--reach",
    type=VISIBILITY,
    help=_("What it holds: what is public (the default), also what partners may see, or everything."),
)
@pass_invocation
def export(invocation: Invocation, plan: str, export_format: str, file: Path, reach: str | None) -> None:
    about = {"plan": plan, "format": export_format}
    _download(invocation, file, ("plans", plan, "export"), about, reach=reach, format=export_format)


@command.command(
    "prove",
    help=_(
        "Write the proof that a command that you sent, or an entry, is in the log: a receipt for `rumbo verify`.\n\n"
        "  rumbo history prove PLAN report-2.1-march --output march.receipt"
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("what", metavar=_("ID|N"))
@click.option("--actor", metavar="ID", help=_("The sender, if somebody else sent it."))
@output.file_option
@pass_invocation
def prove(invocation: Invocation, plan: str, what: str, actor: str | None, file: Path) -> None:
    is_entry = what.isascii() and what.isdigit() and len(what) < 10
    steps = ("history", what, "proof") if is_entry else ("commands", what, "receipt")
    if _download(invocation, file, ("plans", plan, *steps), {"plan": plan}, actor=actor):
        output.next_step(invocation, f"rumbo verify {file}")


def _download(invocation: Invocation, file: Path, path: Sequence[str], about: Mapping[str, str], **query: Any) -> bool:
    """Write the gateway's answer to a file, or to standard output for ``-``; returns whether it wrote a file."""
    if str(file) == "-":
        invocation.client.download(sys.stdout.buffer, *path, **query)
        return False
    with output.atomic_file(file) as opened:
        invocation.client.download(opened, *path, **query)
    written = {**about, "file": str(file), "bytes": file.stat().st_size}
    output.result(invocation, written, lambda _written: [_("Written: {file}").format(file=file)])
    return True


@command.command(
    "reconcile",
    help=_(
        "Compare what Temporal still has with the ledger and the journal, plan by plan, and list the differences.\n\n"
        "Without a plan: all of them. It changes nothing; exit code 1 if there is a difference."
    ),
)
@click.argument("plan", metavar=_("[PLAN]"), required=False)
@pass_invocation
def reconcile(invocation: Invocation, plan: str | None) -> int:
    differing = 0

    def compared() -> Iterator[Mapping[str, Any]]:
        nonlocal differing
        after: str | None = ""
        while after is not None:
            page = invocation.client.get("admin", "reconcile", plan=plan, after=after)
            for one in page["plans"]:
                differing += bool(one["differences"])
                yield one
            after = page["next"]

    def text(plans: list[Any]) -> Iterator[str]:
        for one in plans:
            for found in one["differences"]:
                yield f"{one['plan']}: {plain_moments(found['message'])}"
        yield ngettext(
            "{count} plan compared; {differing} with a difference.",
            "{count} plans compared; {differing} with a difference.",
            len(plans),
        ).format(count=len(plans), differing=differing)

    output.rows(invocation, "plans", compared(), text)
    return exit_codes.FAILED if differing else exit_codes.OK
