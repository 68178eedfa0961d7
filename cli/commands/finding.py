"""`rumbo finding`: what an audit body demands an answer to, and what becomes of it."""

from collections.abc import Iterable
from typing import Any

import click

from cli import output, sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _
from telling.plan import finding as told

command = NounGroup("finding")


@command.command(
    "raise",
    cls=SendCommand,
    help=_("Raise a finding, as an audit body of the plan. A course correction may rest on it by its id."),
)
@click.argument("plan", metavar="PLAN")
@click.option("--text", metavar=_("TEXT"), help=_("What was found, and what is asked for."))
@click.option("--item", metavar="ID", help=_("What it is about; the whole plan unless said."))
@click.option("--answer-by", metavar=_("DATE"), help=_("Until when an answer is asked for."))
@pass_invocation
def raise_(invocation: Invocation, plan: str, text: str | None, item: str | None, answer_by: str | None) -> int:
    return sending.send(invocation, plan, "raise_finding", {"text": text, "item": item, "answer_by": answer_by})


@command.command(
    "follow",
    cls=SendCommand,
    help=_("Say what became of a finding. Anybody may answer it; the rest is for the body that raised it to say."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("finding", metavar="ID")
@click.argument(
    "status",
    type=click.Choice(["answered", "under_review", "partly_settled", "settled", "not_settled", "withdrawn"]),
)
@click.option("--text", metavar=_("TEXT"), help=_("What was answered, or why."))
@pass_invocation
def follow(invocation: Invocation, plan: str, finding: str, status: str, text: str | None) -> int:
    return sending.send(invocation, plan, "follow_finding", {"finding": finding, "status": status, "text": text})


@command.command("list", help=_("List a plan's findings and what became of them."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    view = invocation.client.get("plans", plan)

    def text(findings: list[Any]) -> Iterable[str]:
        if not findings:
            output.note(_("No finding was raised yet."))
        return (line for one in findings for line in told(one, view))

    output.rows(invocation, "findings", view["findings"], text)
