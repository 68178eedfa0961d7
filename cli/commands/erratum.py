"""`rumbo erratum`: correct typing errors in the record, in the open."""

import json
from typing import Any

import click

from cli.command import NounGroup
from cli.verb import argument, list_verb, option, reason_option, send_verb
from language import _
from telling.annotations import errata


class TextOrJson(click.ParamType[Any]):
    """Text, or the value of a JSON object or list; what is not valid JSON stays text."""

    name = "value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return json.loads(value) if value[:1] in ("{", "[") else value
        except ValueError:
            return value


command = NounGroup(
    "erratum",
    commands=[
        send_verb(
            "record",
            "record_erratum",
            _(
                "Record an erratum: which field of which entry is wrong, what it says, what it should say, and the "
                "source that already had the right value. Its id becomes the erratum's.\n\n"
                "An erratum on a deadline, target, lead, deliverable or status waits until another body confirms it. "
                "If no earlier source has the right value, propose a course correction instead.\n\n"
                '  rumbo erratum record PLAN 214 count 7 8 --source "Field sheet 12" --source-date 2027-02-27\n\n'
                '  rumbo erratum record PLAN 1 due 2027-02-26 2027-02-28 --item 1.2 --source "Published plan"'
            ),
            argument("entry", metavar=_("ENTRY")),
            argument("field", metavar=_("FIELD")),
            argument("says", metavar=_("SAYS"), type=TextOrJson()),
            argument("should_say", metavar=_("SHOULD_SAY"), type=TextOrJson()),
            option("--item", metavar=_("ITEM"), help=_("The item of the plan, if the entry set several.")),
        ),
        send_verb(
            "confirm",
            "confirm_erratum",
            _("Confirm an erratum that another body recorded on a promise of the plan."),
            argument("erratum", metavar="ID"),
        ),
        send_verb(
            "contest",
            "contest_erratum",
            _("Contest an erratum; give the reason. It has no effect then; propose a course correction instead."),
            argument("erratum", metavar="ID"),
            reason_option(),
        ),
        list_verb(
            "errata",
            _("List a plan's errata and the status of each."),
            _("No erratum is recorded yet."),
            lambda plan: errata(plan.errata, plan),
        ),
    ],
)
