"""`rumbo` itself: the nouns, in the order in which people meet them."""

import click

from cli.command import RootGroup
from language import _

NOUNS = {
    "up": ("cli.commands.up", _("Run all of Rumbo on this machine.")),
    "demo": ("cli.commands.demo", _("Play a real plan, from an empty folder to its replayed history.")),
    "rehearse": ("cli.commands.rehearse", _("Play a plan's whole life in seconds, before it starts.")),
    "plan": ("cli.commands.plan", _("Start plans, see how they stand, keep them moving.")),
    "progress": ("cli.commands.progress", _("Report how far things are.")),
    "evidence": ("cli.commands.evidence", _("Attach what proves it.")),
    "indicator": ("cli.commands.indicator", _("Record what was measured.")),
    "reflection": ("cli.commands.reflection", _("Answer the plan's questions at the end of a cycle.")),
    "lesson": ("cli.commands.lesson", _("Record what was learned, and read it.")),
    "power": ("cli.commands.power", _("Note who holds power and how it shifts.")),
    "assumption": ("cli.commands.assumption", _("Test what must hold for the plan to work.")),
    "assessment": ("cli.commands.assessment", _("Record what others judge, on their own scale.")),
    "finding": ("cli.commands.finding", _("Raise findings as an audit body, and follow them up.")),
    "partner": ("cli.commands.partner", _("Say who takes part now: who joined, left, was succeeded.")),
    "correction": ("cli.commands.correction", _("Correct the course: propose, take a position, decide.")),
    "erratum": ("cli.commands.erratum", _("Fix what was typed wrongly, in the open.")),
    "history": ("cli.commands.history", _("See what happened, and the plan as it was.")),
    "verify": ("cli.commands.verify", _("Check a bundle or a receipt, offline and without trusting anybody.")),
    "witness": ("cli.commands.witness", _("Watch somebody's log, and cosign that it never contradicted itself.")),
    "admin": ("cli.commands.admin", _("Look after Rumbo: tokens, database, health.")),
    "help": ("cli.commands.help", _("More about a topic.")),
}


@click.group(
    cls=RootGroup,
    table=NOUNS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_(
        "Action plans that learn: action, reflection, adaptation; and a history that nobody can quietly rewrite.\n\n"
        "Begin with `rumbo demo`, or with `rumbo up` and `rumbo plan start FILE`."
    ),
    epilog=_("Results go to standard output, everything else to standard error. `rumbo help exit-codes` lists those."),
)
@click.version_option(package_name="rumbo", message="rumbo %(version)s", help=_("Show the version and exit."))
def rumbo() -> None:
    """The command itself; what it does is in its nouns."""
