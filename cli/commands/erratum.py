"""`rumbo erratum`: fix what was typed wrongly, in the open."""

import json
from collections.abc import Iterable
from typing import Any

import click

from cli import output, sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _
from telling.annotations import errata

command = NounGroup("erratum")


@command.command(
    "record",
    cls=SendCommand,
    help=_(
        "Record an erratum: in which entry, what a field says, what it should say, and the source that already said "
        "so. Its id becomes the erratum's.\n\n"
        "An erratum on a deadline, target, lead, deliverable or status waits until another body confirms it. What no "
        "source said before is no erratum but a course correction.\n\n"
        '  rumbo erratum record PLAN 214 count 7 8 --source "Field sheet 12" --source-date 2027-02-27\n\n'
        '  rumbo erratum record PLAN 1 due 2027-02-26 2027-02-28 --item 1.2 --source "Published plan"'
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("entry", metavar=_("ENTRY"))
@click.argument("field", metavar=_("FIELD"))
@click.argument("says", metavar=_("SAYS"))
@click.argument("should_say", metavar=_("SHOULD_SAY"))
@click.option("--item", metavar=_("ITEM"), help=_("The part of the plan, where the entry set one."))
@pass_invocation
def record(
    invocation: Invocation, plan: str, entry: str, field: str, says: str, should_say: str, item: str | None
) -> int:
    said = {"entry": entry, "item": item, "field": field, "says": _typed(says), "should_say": _typed(should_say)}
    return sending.send(invocation, plan, "record_erratum", said)


@command.command("confirm", cls=SendCommand, help=_("Confirm an erratum on a promise, which another body wrote."))
@click.argument("plan", metavar="PLAN")
@click.argument("erratum", metavar="ID")
@pass_invocation
def confirm(invocation: Invocation, plan: str, erratum: str) -> int:
    return sending.send(invocation, plan, "confirm_erratum", {"erratum": erratum})


@command.command(
    "contest",
    cls=SendCommand,
    help=_("Contest an erratum; say why. It has no effect then, and has to come back as a course correction."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("erratum", metavar="ID")
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@pass_invocation
def contest(invocation: Invocation, plan: str, erratum: str, reason: str | None) -> int:
    return sending.send(invocation, plan, "contest_erratum", {"erratum": erratum, "reason": reason})


@command.command("list", help=_("List a plan's errata, and what became of each."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    view = invocation.client.get("plans", plan)

    def text(listed: list[Any]) -> Iterable[str]:
        if not listed:
            output.note(_("No erratum is recorded yet."))
        return errata(listed, view)

    output.rows(invocation, "errata", view["errata"], text)


def _typed(typed: str) -> Any:
    """A value as typed: text, or JSON where it begins like it."""
    try:
        return json.loads(typed) if typed[:1] in ("{", "[") else typed
    except ValueError:
        return typed
