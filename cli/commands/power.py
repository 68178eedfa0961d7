"""`rumbo power`: who holds power, and how it shifts."""

import click

from cli import sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _

LEVELS = click.Choice(["high", "medium", "low", "none", "unknown"])


command = NounGroup("power")


@command.command(
    "observe",
    cls=SendCommand,
    help=_(
        "Note how much authority, acceptance and ability somebody has. It is restricted always, and stands sealed in "
        "the record."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("stakeholder", metavar=_("STAKEHOLDER"))
@click.option("--authority", type=LEVELS, help=_("Whether they may decide."))
@click.option("--acceptance", type=LEVELS, help=_("Whether they want it."))
@click.option("--ability", type=LEVELS, help=_("Whether they can do it."))
@click.option("--text", metavar=_("TEXT"), help=_("What was observed."))
@pass_invocation
def observe(invocation: Invocation, /, plan: str, stakeholder: str, **levels: object) -> int:
    return sending.send(invocation, plan, "observe_power", {"stakeholder": stakeholder, **levels})
