"""`rumbo progress`: tell how far a thing is."""

from pathlib import Path

import click

from cli import sending
from cli.command import NounGroup
from cli.commands.evidence import take_evidence
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _

command = NounGroup("progress")


@command.command(
    "report",
    cls=SendCommand,
    help=_(
        "Report how far a milestone, commitment or indicator is, in the plan's own status words.\n\n"
        "  rumbo progress report PLAN --milestone 3.1 --status done --as-at 2027-03-31\n\n"
        "Where there is nothing to report, say why: --nothing-to-report --challenge TEXT."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.option("--milestone", metavar="ID", help=_("The milestone it is about."))
@click.option("--commitment", metavar="ID", help=_("Or the commitment."))
@click.option("--indicator", metavar="ID", help=_("Or the indicator."))
@click.option("--status", metavar=_("WORD"), help=_("A word of the plan's scale; `rumbo plan show` lists them."))
@click.option("--nothing-to-report", is_flag=True, help=_("There is nothing to report; --challenge says why."))
@click.option("--as-at", metavar=_("DATE"), help=_("The day it speaks of."))
@click.option("--count", type=int, metavar="N", help=_("How many, where something is counted."))
@click.option("--of", type=int, metavar="N", help=_("Out of how many."))
@click.option("--what", metavar=_("TEXT"), help=_("Of what."))
@click.option(
    "--members", type=click.IntRange(0), metavar="N", help=_("Of a group: how many of its members say so; never who.")
)
@click.option("--text", metavar=_("TEXT"), help=_("What there is to say."))
@click.option("--challenge", metavar=_("TEXT"), help=_("What is in the way."))
@click.option("--next-step", metavar=_("TEXT"), help=_("What comes next."))
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("Evidence: a document on this machine; its name and digest are recorded."),
)
@click.option("--link", metavar="URL", help=_("Evidence: where it can be read."))
@click.option("--document", metavar=_("TEXT"), help=_("Evidence: what the document is called."))
@pass_invocation
def report(
    invocation: Invocation, /, plan: str, file: Path | None, link: str | None, document: str | None, **fields: object
) -> int:
    fields["nothing_to_report"] = fields["nothing_to_report"] or None
    shown = take_evidence(file, link, document)
    return sending.send(invocation, plan, "report_progress", fields | {"evidence": [shown] if shown else []})
