"""`rumbo assumption`: test what must hold for the plan to work."""

import click

from cli.command import NounGroup
from cli.verb import argument, rests_on_option, send_verb, text_option
from language import _

command = NounGroup(
    "assumption",
    commands=[
        send_verb(
            "test",
            "test_assumption",
            _("Record whether an assumption still holds."),
            argument("assumption", metavar=_("ASSUMPTION")),
            argument("outcome", type=click.Choice(["holding", "weakening", "failed"])),
            text_option(_("The evidence for it.")),
            rests_on_option(),
        )
    ],
)
