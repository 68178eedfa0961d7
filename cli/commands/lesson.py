"""`rumbo lesson`: record and read lessons."""

from collections.abc import Iterable
from typing import Any

import click

from cli import output
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import argument, option, rests_on_option, send_verb, text_option
from language import _
from telling.plan import lesson

command = NounGroup(
    "lesson",
    commands=[
        send_verb(
            "record",
            "record_lesson",
            _("Record a lesson: what was learned, and from what."),
            argument("lesson", metavar="ID", required=False),
            text_option(_("What was learned.")),
            option("--therefore", metavar=_("TEXT"), help=_("What to do about it.")),
            rests_on_option(),
            option(
                "--for",
                multiple=True,
                type=click.Choice(["this_plan", "successor"]),
                help=_("Which plan it is for; this plan by default. Repeat it for both."),
            ),
            fields=lambda values: {"lesson": output.non_empty({"id": values.pop("lesson"), **values})},
        )
    ],
)


@command.command("list", help=_("List a plan's lessons."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    answer = invocation.client.lessons(plan)

    def text(lessons: list[Any]) -> Iterable[str]:
        if not lessons:
            output.note(_("No lesson is recorded yet."))
        return (line for one in answer.view.lessons for line in lesson(one))

    output.rows(invocation, "lessons", answer.json["lessons"], text)
