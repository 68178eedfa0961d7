"""`rumbo finding`: what an audit body wants answered, and the answers."""

import click

from cli.command import NounGroup
from cli.verb import argument, list_verb, option, send_verb, text_option
from language import _
from telling.plan import finding
from telling.wording.judging import FOLLOWED

command = NounGroup(
    "finding",
    commands=[
        send_verb(
            "raise",
            "raise_finding",
            _("Raise a finding, as an audit body of the plan. A course correction can be based on it by its id."),
            text_option(_("What was found, and what is asked for.")),
            option("--item", metavar="ID", help=_("The item that it is about; by default, the whole plan.")),
            option("--answer-by", metavar=_("DATE"), help=_("The last day for an answer.")),
        ),
        send_verb(
            "follow",
            "follow_finding",
            _("Record the status of a finding. Any body may answer it; only the body that raised it may do the rest."),
            argument("finding", metavar="ID"),
            argument("status", type=click.Choice([status for status in FOLLOWED if status != "open"])),
            text_option(_("The answer, or the reason.")),
        ),
        list_verb(
            "findings",
            _("List a plan's findings and their status."),
            _("No finding was raised yet."),
            lambda plan: (line for one in plan.findings for line in finding(one, plan)),
        ),
    ],
)
