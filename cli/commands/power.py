"""`rumbo power`: who holds power, and how it shifts."""

import click

from cli import sending
from cli.session import Session, pass_session
from cli.shape import Group, Sending
from language import _

LEVELS = click.Choice(["high", "medium", "low", "none", "unknown"])


command = Group("power")


@command.command(
    "observe",
    cls=Sending,
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
@pass_session
def observe(session: Session, /, plan: str, stakeholder: str, **levels: object) -> int:
    return sending.send(session, plan, "observe_power", {"stakeholder": stakeholder, **levels})
