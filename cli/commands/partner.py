"""`rumbo partner`: which bodies take part in a plan."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from cli import output
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import argument, option, reason_option, send_verb
from language import _
from telling.values import day, named, zone_of

if TYPE_CHECKING:
    from domain.views.models.plan import FormerPartnerView, PartnerView


def _joining(values: dict[str, Any]) -> Mapping[str, Any]:
    """The command's fields: the size of a group is a number where digits were typed."""
    group = values["group"]
    return values | {"group": int(group) if group and group.isdecimal() else group}


command = NounGroup(
    "partner",
    commands=[
        send_verb(
            "join",
            "join_partner",
            _(
                "Record that a body takes part from now on. Name the document that shows it with --source.\n\n"
                "It votes only if the plan lets every partner vote; otherwise a course correction of the policy gives "
                "it a vote."
            ),
            argument("body", metavar=_("BODY")),
            option("--name", metavar=_("TEXT"), help=_("The body's name.")),
            option("--group", metavar="N", help=_("If it is a group: the number of its members, or unknown.")),
            option("--audits", is_flag=True, default=None, help=_("It may raise findings.")),
            fields=_joining,
        ),
        send_verb(
            "leave",
            "leave_partner",
            _("Record that a body no longer takes part and has no successor. It owes nothing and counts in no quorum."),
            argument("body", metavar=_("BODY")),
            reason_option(),
        ),
        send_verb(
            "succeed",
            "succeed_partner",
            _("Record that a new body takes the place of another: its leads, its vote, its open proposals."),
            argument("body", metavar=_("BODY")),
            argument("successor", metavar=_("SUCCESSOR")),
            option("--name", metavar=_("TEXT"), help=_("The successor's name.")),
            reason_option(),
        ),
    ],
)


@command.command("list", help=_("List present and former partners."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    answer = invocation.client.plan(plan)

    def text(_partners: list[Any]) -> Iterable[str]:
        view = answer.view
        present = [[one.id, named(one.id, one.name), _present(one, zone_of(view))] for one in view.partners]
        former = [[one.id, named(one.id, one.name), _former(one, zone_of(view))] for one in view.former_partners]
        return output.table([_("body"), _("name"), _("takes part")], present + former)

    output.rows(invocation, "partners", [*answer.json["partners"], *answer.json["former_partners"]], text)


def _present(one: "PartnerView", zone: tzinfo) -> str:
    return _("since {day}").format(day=day(one.since, zone)) if one.since else _("from the start")


def _former(one: "FormerPartnerView", zone: tzinfo) -> str:
    until = _("until {day}").format(day=day(one.left_at, zone))
    return until + (", " + _("then {successor}").format(successor=one.successor) if one.successor else "")
