"""`rumbo assessment`: what other bodies judge, on their own scale."""

from cli.command import NounGroup
from cli.verb import argument, as_at_option, list_verb, option, send_verb, text_option
from language import _
from telling.plan import assessment

command = NounGroup(
    "assessment",
    commands=[
        send_verb(
            "record",
            "record_assessment",
            _(
                "Record how another body judges an item, or the whole plan, on its own scale. Name the document with "
                "--source.\n\n"
                "The assessment is kept beside the reports and changes none of them."
            ),
            argument("verdict", metavar=_("VERDICT")),
            option("--item", metavar="ID", help=_("The item that it judges; by default, the whole plan.")),
            option("--scale", metavar=_("TEXT"), help=_("The name of the assessor's scale.")),
            option("--assessor", metavar=_("TEXT"), help=_("Who judged, if it is not a partner of the plan.")),
            as_at_option(),
            text_option(_("The assessment in words.")),
        ),
        list_verb(
            "assessments",
            _("List the assessments of a plan."),
            _("No assessment is recorded yet."),
            lambda plan: (line for one in plan.assessments for line in assessment(one, plan)),
        ),
    ],
)
