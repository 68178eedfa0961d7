"""`rumbo power`: record who holds power, and how it shifts."""

import click

from cli.command import NounGroup
from cli.verb import argument, option, send_verb, text_option
from language import _
from telling.wording.learning import LEVELS

_LEVEL = click.Choice(list(LEVELS))

command = NounGroup(
    "power",
    commands=[
        send_verb(
            "observe",
            "observe_power",
            _(
                "Record a stakeholder's authority, acceptance and ability. The observation is always restricted, and "
                "its content is sealed."
            ),
            argument("stakeholder", metavar=_("STAKEHOLDER")),
            option("--authority", type=_LEVEL, help=_("How far they may decide.")),
            option("--acceptance", type=_LEVEL, help=_("How far they agree.")),
            option("--ability", type=_LEVEL, help=_("How far they are able to do it.")),
            text_option(_("What was observed.")),
        )
    ],
)
