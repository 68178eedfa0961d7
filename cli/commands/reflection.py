"""`rumbo reflection`: a body's answers to the plan's questions."""

from typing import Any

import click

from cli import sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.meeting import meeting_options, take_meeting
from cli.verb import SendCommand
from language import _

command = NounGroup("reflection")


@command.command(
    "submit",
    cls=SendCommand,
    help=_(
        "Answer the plan's questions for a cycle.\n\n"
        '  rumbo reflection submit PLAN --answer did "We published the guide." --answer learned "…"\n\n'
        "A session answers for all bodies present in it."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.option(
    "--answer",
    "answers",
    nargs=2,
    multiple=True,
    metavar=_("QUESTION TEXT"),
    help=_("A question's id and the answer to it; as often as there are questions."),
)
@click.option(
    "--cycle", type=click.IntRange(1), metavar="N", help=_("The cycle it looks back on; the present one unless said.")
)
@click.option(
    "--members", type=click.IntRange(0), metavar="N", help=_("Of a group: how many of its members say so; never who.")
)
@meeting_options
@pass_invocation
def submit(
    invocation: Invocation,
    /,
    plan: str,
    answers: tuple[tuple[str, str], ...],
    cycle: int | None,
    members: int | None,
    **meeting: Any,
) -> int:
    said = {"answers": dict(answers), "cycle": cycle, "members": members, "session": take_meeting(**meeting)}
    return sending.send(invocation, plan, "submit_reflection", said)
