"""`rumbo assessment`: what others judge, on a scale of their own."""

from collections.abc import Iterable
from typing import Any

import click

from cli import output, sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _
from telling.plan import assessment as told

command = NounGroup("assessment")


@command.command(
    "record",
    cls=SendCommand,
    help=_(
        "Record how another body judges an item, or the whole plan, on its own scale. Name the document with "
        "--source.\n\n"
        "It stands beside what is reported, and overwrites nothing."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("verdict", metavar=_("VERDICT"))
@click.option("--item", metavar="ID", help=_("What it judges; the whole plan unless said."))
@click.option("--scale", metavar=_("TEXT"), help=_("What the assessor's scale is called."))
@click.option("--assessor", metavar=_("TEXT"), help=_("Who judged, where that is no partner."))
@click.option("--as-at", metavar=_("DATE"), help=_("The day it speaks of."))
@click.option("--text", metavar=_("TEXT"), help=_("What was judged."))
@pass_invocation
def record(invocation: Invocation, /, plan: str, verdict: str, **said: object) -> int:
    return sending.send(invocation, plan, "record_assessment", {"verdict": verdict, **said})


@command.command("list", help=_("List what others judged of a plan."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    view = invocation.client.get("plans", plan)

    def text(assessments: list[Any]) -> Iterable[str]:
        if not assessments:
            output.note(_("No assessment is recorded yet."))
        return (line for one in assessments for line in told(one, view))

    output.rows(invocation, "assessments", view["assessments"], text)
