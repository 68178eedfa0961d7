"""Partner changes: bodies that join, leave and are succeeded."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.text import Count, Id, SealableText, Text
from domain.plan_file.definition import Partner, YesOrNo


@record(frozen=True, slots=True)
class FormerPartner:
    """A body that left the plan or was succeeded."""

    partner: Partner
    left_at: datetime
    successor: str | None = None


class JoinPartner(Command):
    """A body joins the plan."""

    command: Literal["join_partner"] = "join_partner"
    CLASS = "steering"
    body: Id
    name: Text
    audits: YesOrNo = False
    """Whether it may raise findings."""
    group: Count | Literal["unknown"] | None = None
    """Of a group: how many members it has. They are counted, never named."""


class LeavePartner(Command):
    """A body leaves the plan without a successor."""

    command: Literal["leave_partner"] = "leave_partner"
    CLASS = "steering"
    body: Id
    reason: SealableText


class SucceedPartner(Command):
    """A body takes the place of another: its leads, its vote, its open proposals."""

    command: Literal["succeed_partner"] = "succeed_partner"
    CLASS = "steering"
    body: Id
    successor: Id
    name: Text
    reason: SealableText | None = None


class PartnerJoined(Event):
    kind: Literal["partner_joined"] = "partner_joined"
    partner: Partner
    SHAPES_THE_PLAN = True


class PartnerLeft(Event):
    """A body left without a successor. Its items have no lead until a course correction gives them one."""

    kind: Literal["partner_left"] = "partner_left"
    body: str
    reason: SealableText
    without_lead: tuple[str, ...] = ()
    """The commitments and milestones that it led."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """The new quorum, if the remaining bodies could not meet the old one."""
    adopts: Annotated[int, Field(ge=1)] | None = None
    """The new number of endorsements that adopt, if the remaining bodies could not give as many."""
    SHAPES_THE_PLAN = True


class PartnerSucceeded(Event):
    """A new body took the place of another, with everything that it held."""

    kind: Literal["partner_succeeded"] = "partner_succeeded"
    body: str
    successor: Partner
    reason: SealableText | None = None
    SHAPES_THE_PLAN = True


refusals(
    {
        "unknown_partner": "There is no such partner. The partners of this plan are: {partners}.",
        "body_exists": "The id {body} belongs to a body of this plan, or to one that left; an id is never used for two bodies. Choose another id.",
        "successor_is_partner": "{successor} is a partner already, so it cannot succeed {body}. Record that {body} leaves, and transfer what it led to {successor} with a course correction.",
        "last_to_decide": "{body} is the last body that may decide here. Name its successor, or close the plan.",
        "partner_source_needed": "A change of partners needs the document that decided it. Add it as the source, with its date.",
    }
)
