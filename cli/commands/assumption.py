"""`rumbo assumption`: test what must hold for the plan to work."""

import click

from cli import sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _

command = NounGroup("assumption")


@command.command("test", cls=SendCommand, help=_("Record how an assumption stands."))
@click.argument("plan", metavar="PLAN")
@click.argument("assumption", metavar=_("ASSUMPTION"))
@click.argument("outcome", type=click.Choice(["holding", "weakening", "failed"]))
@click.option("--text", metavar=_("TEXT"), help=_("How one can tell."))
@click.option("--rests-on", multiple=True, metavar="ID", help=_("The id of what it rests on; may be given again."))
@pass_invocation
def test(
    invocation: Invocation, plan: str, assumption: str, outcome: str, text: str | None, rests_on: tuple[str, ...]
) -> int:
    said = {"assumption": assumption, "outcome": outcome, "text": text, "rests_on": list(rests_on)}
    return sending.send(invocation, plan, "test_assumption", said)
