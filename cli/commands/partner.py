"""`rumbo partner`: who takes part now."""

from collections.abc import Iterable
from typing import Any

import click
from telling.values import day, named, zone_of

from cli import output, sending
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import _

command = NounGroup("partner")


@command.command(
    "join",
    cls=SendCommand,
    help=_(
        "Record that a body takes part from here on. Name the document that says so with --source.\n\n"
        "It votes only where the plan lets every partner vote; else a course correction of the policy gives it one."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("body", metavar=_("BODY"))
@click.option("--name", metavar=_("TEXT"), help=_("What the body is called."))
@click.option("--group", metavar="N", help=_("Where it is a group: how many members it has, or unknown."))
@click.option("--audits", is_flag=True, help=_("Whether it may raise findings."))
@pass_invocation
def join(invocation: Invocation, plan: str, body: str, name: str | None, group: str | None, audits: bool) -> int:
    size = int(group) if group and group.isdecimal() else group
    return sending.send(
        invocation, plan, "join_partner", {"body": body, "name": name, "group": size, "audits": audits or None}
    )


@command.command(
    "leave",
    cls=SendCommand,
    help=_("Record that a body takes part no more and has no successor. It owes nothing and counts in no quorum."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("body", metavar=_("BODY"))
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@pass_invocation
def leave(invocation: Invocation, plan: str, body: str, reason: str | None) -> int:
    return sending.send(invocation, plan, "leave_partner", {"body": body, "reason": reason})


@command.command(
    "succeed",
    cls=SendCommand,
    help=_("Record that a new body takes the place of another: its leads, its vote, its open proposals."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("body", metavar=_("BODY"))
@click.argument("successor", metavar=_("SUCCESSOR"))
@click.option("--name", metavar=_("TEXT"), help=_("What the body is called."))
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@pass_invocation
def succeed(invocation: Invocation, plan: str, body: str, successor: str, name: str | None, reason: str | None) -> int:
    said = {"body": body, "successor": successor, "name": name, "reason": reason}
    return sending.send(invocation, plan, "succeed_partner", said)


@command.command("list", help=_("List who takes part, and who did once."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    view = invocation.client.get("plans", plan)
    zone = zone_of(view)

    def text(partners: list[Any]) -> Iterable[str]:
        return output.table(
            [_("body"), _("name"), _("takes part")], [[one["id"], named(one), _part(one)] for one in partners]
        )

    def _part(one: Any) -> str:
        if one.get("left_at"):
            until = _("until {day}").format(day=day(one["left_at"], zone))
            return until + (", " + _("then {successor}").format(successor=one["successor"]) if one["successor"] else "")
        return _("since {day}").format(day=day(one["since"], zone)) if one.get("since") else _("from the start")

    output.rows(invocation, "partners", [*view["partners"], *view["former_partners"]], text)
