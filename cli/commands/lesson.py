"""`rumbo lesson`: what was learned."""

from collections.abc import Iterable
from typing import Any

import click

from cli import output, sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _
from telling.plan import lesson as told

command = NounGroup("lesson")


@command.command("record", cls=SendCommand, help=_("Record a lesson: what was learned, and what it rests on."))
@click.argument("plan", metavar="PLAN")
@click.argument("lesson", metavar="ID", required=False)
@click.option("--text", metavar=_("TEXT"), help=_("What was learned."))
@click.option("--therefore", metavar=_("TEXT"), help=_("What is to be done about it."))
@click.option("--rests-on", multiple=True, metavar="ID", help=_("The id of what it rests on; may be given again."))
@click.option(
    "--for",
    "meant_for",
    multiple=True,
    type=click.Choice(["this_plan", "successor"]),
    help=_("Whom it is for; this plan unless said. May be given again."),
)
@pass_invocation
def record(
    invocation: Invocation,
    plan: str,
    lesson: str | None,
    text: str | None,
    therefore: str | None,
    rests_on: tuple[str, ...],
    meant_for: tuple[str, ...],
) -> int:
    said = {"id": lesson, "text": text, "therefore": therefore, "rests_on": list(rests_on), "for": list(meant_for)}
    return sending.send(invocation, plan, "record_lesson", {"lesson": output.non_empty(said)})


@command.command("list", help=_("List a plan's lessons."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    def text(lessons: list[Any]) -> Iterable[str]:
        if not lessons:
            output.note(_("No lesson is recorded yet."))
        return (line for one in lessons for line in told(one))

    output.rows(invocation, "lessons", invocation.client.get("plans", plan, "lessons")["lessons"], text)
