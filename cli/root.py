"""`rumbo` itself: the nouns with their one line of help, in the order in which a newcomer needs them."""

import click

from cli.command import RootGroup
from language import _

SUMMARIES = {
    "up": _("Run all of Rumbo on this machine."),
    "demo": _("Play a real plan, from an empty folder to its replayed history."),
    "rehearse": _("Play a plan's whole life in seconds, before it starts."),
    "plan": _("Start plans, see their progress, keep them moving."),
    "progress": _("Report progress."),
    "evidence": _("Attach evidence."),
    "indicator": _("Record measurements."),
    "reflection": _("Answer the plan's questions at the end of a cycle."),
    "lesson": _("Record and read lessons."),
    "power": _("Record who holds power and how it shifts."),
    "assumption": _("Test the assumptions of the plan."),
    "assessment": _("Record what others judge, on their own scale."),
    "finding": _("Raise findings as an audit body, and follow them up."),
    "partner": _("Record who takes part: bodies that join, leave, or succeed another."),
    "correction": _("Correct the course: propose, take a position, decide."),
    "erratum": _("Correct typing errors in the record, in the open."),
    "history": _("See what happened, and the plan as it was."),
    "verify": _("Check a bundle or a receipt, offline and without trusting the server."),
    "witness": _("Watch another log, and cosign that it never contradicted itself."),
    "admin": _("Administer Rumbo: tokens, database, health."),
    "help": _("More about a topic."),
}


@click.group(
    cls=RootGroup,
    summaries=SUMMARIES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_(
        "Action plans that learn: action, reflection, adaptation; and a history that cannot be rewritten unnoticed.\n\n"
        "Begin with `rumbo demo`, or with `rumbo up` and `rumbo plan start FILE`."
    ),
    epilog=_(
        "Results go to standard output, everything else to standard error. "
        "`rumbo help exit-codes` lists the exit codes."
    ),
)
@click.version_option(package_name="rumbo", message="rumbo %(version)s", help=_("Show the version and exit."))
def rumbo() -> None:
    """The command itself; its work is in the nouns."""
