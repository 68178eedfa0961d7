"""`rumbo assessment`: what others judge, on a scale of their own."""

from collections.abc import Iterable
from typing import Any

import click

from cli import output, sending
from cli.session import Session, pass_session
from cli.shape import Group, Sending
from language import _
from telling.plan import assessment as told

command = Group("assessment")


@command.command(
    "record",
    cls=Sending,
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
@pass_session
def record(session: Session, /, plan: str, verdict: str, **said: object) -> int:
    return sending.send(session, plan, "record_assessment", {"verdict": verdict, **said})


@command.command("list", help=_("List what others judged of a plan."))
@click.argument("plan", metavar="PLAN")
@pass_session
def list_(session: Session, plan: str) -> None:
    view = session.client.get("plans", plan)

    def text(assessments: list[Any]) -> Iterable[str]:
        if not assessments:
            output.note(_("No assessment is recorded yet."))
        return (line for one in assessments for line in told(one, view))

    output.rows(session, "assessments", view["assessments"], text)
