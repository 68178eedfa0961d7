"""`rumbo progress`: report progress."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.command import NounGroup
from cli.commands.evidence import take_evidence
from cli.verb import as_at_option, members_option, option, send_verb, text_option
from language import _


def _fields(values: dict[str, Any]) -> Mapping[str, Any]:
    evidence = take_evidence(values)
    return values | {"evidence": [evidence] if evidence else []}


command = NounGroup(
    "progress",
    commands=[
        send_verb(
            "report",
            "report_progress",
            _(
                "Report the progress of a milestone, commitment or indicator, in the status words of the plan.\n\n"
                "  rumbo progress report PLAN --milestone 3.1 --status done --as-at 2027-03-31\n\n"
                "If there is nothing to report, give the reason: --nothing-to-report --challenge TEXT."
            ),
            option("--milestone", metavar="ID", help=_("The milestone that it is about.")),
            option("--commitment", metavar="ID", help=_("Or the commitment.")),
            option("--indicator", metavar="ID", help=_("Or the indicator.")),
            option("--status", metavar=_("WORD"), help=_("A status word of the plan; `rumbo plan show` lists them.")),
            option(
                "--nothing-to-report",
                is_flag=True,
                default=None,
                help=_("There is nothing to report; --challenge gives the reason."),
            ),
            as_at_option(),
            option("--count", type=int, metavar="N", help=_("The number reached, if something is counted.")),
            option("--of", type=int, metavar="N", help=_("The number to reach.")),
            option("--what", metavar=_("TEXT"), help=_("What is counted.")),
            members_option(),
            text_option(_("The report in words.")),
            option("--challenge", metavar=_("TEXT"), help=_("What hinders the work.")),
            option("--next-step", metavar=_("TEXT"), help=_("What comes next.")),
            option(
                "--file",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar=_("FILE"),
                help=_("Evidence: a document on this machine; its name and digest are recorded."),
            ),
            option("--link", metavar="URL", help=_("Evidence: where it can be read.")),
            option("--document", metavar=_("TEXT"), help=_("Evidence: the document's title.")),
            fields=_fields,
        )
    ],
)
