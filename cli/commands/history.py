"""`rumbo history`: what happened, step by step, and the plan as it was."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from telling.values import plain_moments, zone_of

from cli import exit_codes, output, sending
from cli.command import NounGroup
from cli.commands.plan import when_options
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _, ngettext
from telling.history import difference, step, traced
from telling.history import entry as told
from telling.plan import progress

command = NounGroup("history")


@command.command("show", help=_("List the entries of a plan's history in order."))
@click.argument("plan", metavar="PLAN")
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help=_("Only entries after this one."))
@click.option("--limit", type=click.IntRange(1), metavar="N", help=_("At most so many."))
@click.option("--kind", metavar=_("KIND"), help=_("Only entries of one kind, such as progress_reported."))
@pass_invocation
def show(invocation: Invocation, plan: str, after: int, limit: int | None, kind: str | None) -> None:
    entries = invocation.client.entries(plan, after, limit, kind)
    if not invocation.is_text:
        output.rows(invocation, "entries", entries, lambda _entries: ())
        return
    view = invocation.client.get("plans", plan)
    empty = True
    for one in entries:
        empty = False
        for line in told(one, view, zone_of(view)):
            click.echo(line)
    if empty:
        output.note(_("There is no such entry."))
    output.next_step(invocation, f"rumbo history replay {plan}")


@command.command(
    "replay",
    help=_(
        "Tell a plan's history again, step by step, up to a moment, and how the plan stood then.\n\n"
        "With -o json: the plan as it was, in the form of `rumbo plan show`."
    ),
)
@click.argument("plan", metavar="PLAN")
@when_options
@pass_invocation
def replay(
    invocation: Invocation, plan: str, as_of: str | None, recorded_by: str | None, at_version: int | None
) -> None:
    view = invocation.client.get("plans", plan, as_of=as_of, recorded_by=recorded_by, at_version=at_version)
    if not invocation.is_text:
        output.result(invocation, view, lambda _view: ())
        return
    zone = zone_of(view)
    steps = invocation.client.replay(plan, as_of=as_of, recorded_by=recorded_by, at_version=at_version)
    for one in steps:
        for line in step(one, view, zone):
            click.echo(line)
    click.echo("")
    click.echo(
        _("So the plan stood at version {revision}: {progress}.").format(
            revision=view["revision"], progress=progress(view)
        )
    )
    output.next_step(invocation, f"rumbo history diff {plan} 1 {view['version']}")


@command.command(
    "diff",
    help=_("Say what changed between two moments, and why. Each is an entry's number, a date (its end) or a time."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--clock",
    type=click.Choice(["effective", "recorded"]),
    help=_("Whether dates and times are those of taking effect (the default) or of being recorded."),
)
@pass_invocation
def diff(invocation: Invocation, plan: str, before: str, after: str, clock: str | None) -> None:
    # `from` is a word of Python, so the query goes as a mapping.
    found = invocation.client.get("plans", plan, "history", "diff", **{"from": before, "to": after, "clock": clock})
    if found["from"]["version"] > found["to"]["version"]:
        raise CliError(
            _("{before} comes after {after}, so nothing can have changed from one to the other.").format(
                before=before, after=after
            ),
            exit_codes.USAGE,
            _("Say the earlier first: rumbo history diff {plan} {after} {before}").format(
                plan=plan, before=before, after=after
            ),
        )
    if not invocation.is_text:
        output.result(invocation, found, lambda _found: ())
        return
    view = invocation.client.get("plans", plan)
    output.result(invocation, found, lambda found: difference(found, view, zone_of(view)))


@command.command(
    "contest",
    cls=SendCommand,
    help=_(
        "Contest an entry that somebody else entered for your body; say why. It stays, and stops counting for it.\n\n"
        "  rumbo history contest PLAN 214 --reason TEXT"
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("entry", metavar=_("ENTRY"))
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@pass_invocation
def contest(invocation: Invocation, plan: str, entry: str, reason: str | None) -> int:
    return sending.send(invocation, plan, "contest_entry", {"entry": entry, "reason": reason})


@command.command(
    "trace",
    help=_(
        "Say what led to a command and what came of it: from the report to the lesson, to the course correction, "
        "to the change.\n\nThe id may also be that of a lesson or of a course correction."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("name", metavar="ID")
@pass_invocation
def trace(invocation: Invocation, plan: str, name: str) -> None:
    found = invocation.client.get("plans", plan, "history", "trace", name)
    if not invocation.is_text:
        output.result(invocation, found, lambda _found: ())
        return
    view = invocation.client.get("plans", plan)
    output.result(invocation, found, lambda found: traced(found, view, zone_of(view)))


@command.command(
    "export",
    help=_(
        "Take a plan's whole history away, in a format that other tools read.\n\n"
        "  bundle       the proof of all of it, for `rumbo verify`; with --reach restricted it proves the state too\n\n"
        "  csv          a table, one row for every entry\n\n"
        "  cloudevents  CloudEvents 1.0, one a line\n\n"
        "  html         a report to read and to keep, in your language, on screen or on paper\n\n"
        "  ocds         releases and a merged record, after the Open Contracting Data Standard\n\n"
        "  ocel         an object-centric event log (OCEL 2.0), for process mining\n\n"
        "  prov         provenance (W3C PROV-JSON)\n\n"
        "Only what is public leaves, unless you ask for more and may see it."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.option("--format", "write_as", required=True, metavar=_("FORMAT"), help=_("One of those above."))
@click.option(
    "--output",
    "file",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar=_("FILE"),
    help=_("Where to write it; - for standard output."),
)
@click.option(
    "--reach",
    type=click.Choice(["public", "partners", "restricted"]),
    help=_("How far it goes: what is public (the default), for partners too, or all of it."),
)
@pass_invocation
def export(invocation: Invocation, plan: str, write_as: str, file: Path, reach: str | None) -> None:
    _take_away(
        invocation, file, ("plans", plan, "export"), {"plan": plan, "format": write_as}, reach=reach, format=write_as
    )


@command.command(
    "prove",
    help=_(
        "Take away the proof that a command you sent, or an entry, is in the log: a receipt for `rumbo verify`.\n\n"
        "  rumbo history prove PLAN report-2.1-march --output march.receipt"
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("what", metavar=_("ID|N"))
@click.option("--actor", metavar="ID", help=_("Who sent it, if that was another."))
@click.option(
    "--output",
    "file",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar=_("FILE"),
    help=_("Where to write it; - for standard output."),
)
@pass_invocation
def prove(invocation: Invocation, plan: str, what: str, actor: str | None, file: Path) -> None:
    is_entry = what.isascii() and what.isdigit() and len(what) < 10
    steps = ("history", what, "proof") if is_entry else ("commands", what, "receipt")
    if _take_away(invocation, file, ("plans", plan, *steps), {"plan": plan}, actor=actor):
        output.next_step(invocation, f"rumbo verify {file}")


def _take_away(invocation: Invocation, file: Path, path: Sequence[str], about: Mapping[str, str], **query: Any) -> bool:
    """Write what the gateway gives into a file, or to standard output for ``-``; whether it is in a file now."""
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
        "Hold what Temporal still has against the ledger and the journal, plan by plan, and say what differs.\n\n"
        "Without a plan: all of them. It changes nothing; exit code 1 if something differs."
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
