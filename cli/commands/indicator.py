"""`rumbo indicator`: record what was measured."""

import click

from cli import sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _

command = NounGroup("indicator")


@command.command("measure", cls=SendCommand, help=_("Record a measurement of an indicator."))
@click.argument("plan", metavar="PLAN")
@click.argument("indicator", metavar=_("INDICATOR"))
@click.argument("value", metavar=_("VALUE"), required=False)
@click.option(
    "--absent",
    type=click.Choice(["not_stated", "not_published", "not_due", "not_reported", "not_reviewed", "not_collected"]),
    help=_("Why there is no value."),
)
@click.option("--as-at", metavar=_("DATE"), help=_("The day it speaks of."))
@click.option("--text", metavar=_("TEXT"), help=_("What there is to say."))
@pass_invocation
def measure(
    invocation: Invocation,
    plan: str,
    indicator: str,
    value: str | None,
    absent: str | None,
    as_at: str | None,
    text: str | None,
) -> int:
    measured = {"absent": absent} if absent else value
    return sending.send(
        invocation, plan, "measure_indicator", {"indicator": indicator, "value": measured, "as_at": as_at, "text": text}
    )
