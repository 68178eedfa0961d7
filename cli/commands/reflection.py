"""`rumbo reflection`: a body's answers to the plan's questions."""

from collections.abc import Mapping
from typing import Any

import click

from cli.command import NounGroup
from cli.meeting import meeting_options, take_meeting
from cli.verb import members_option, option, send_verb
from language import _


def _fields(values: dict[str, Any]) -> Mapping[str, Any]:
    meeting = take_meeting(values)
    return values | {"answers": dict(values["answers"]), "session": meeting}


command = NounGroup(
    "reflection",
    commands=[
        send_verb(
            "submit",
            "submit_reflection",
            _(
                "Answer the plan's questions for a cycle.\n\n"
                '  rumbo reflection submit PLAN --answer did "We published the guide." --answer learned "…"\n\n'
                "A session answers for all bodies present in it."
            ),
            option(
                "--answer",
                "answers",
                nargs=2,
                multiple=True,
                metavar=_("QUESTION TEXT"),
                help=_("A question's id and the answer; repeat it for every question."),
            ),
            option("--cycle", type=click.IntRange(1), metavar="N", help=_("The cycle; by default, the present one.")),
            members_option(),
            *meeting_options(),
            fields=_fields,
        )
    ],
)
