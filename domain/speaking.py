"""Rules for every command: which body speaks, when the command takes effect, and what it may refer to."""

from collections.abc import Iterable
from datetime import date, datetime

from domain.judging.messages import FollowFinding, RecordAssessment
from domain.kernel.command import Command
from domain.kernel.context import CommandEnvelope
from domain.kernel.refused import Refused
from domain.plan import Plan


def require_speaker(plan: Plan, sent: CommandEnvelope, moment: datetime) -> None:
    """Require a partner in whose name the command is sent, and a source if an operator sends it for that partner.

    A meeting (``session``) speaks for the bodies present, and its minutes are the source.
    """
    body, session = sent.on_behalf_of, sent.command.meeting
    partners = plan.partner_ids()
    if body is not None and body in plan.former:
        # An operator with a source may still record what was so before it left.
        if moment >= plan.former[body].left_at or sent.role != "operator":
            require_takes_part(plan, body)
    elif body is not None and body not in partners:
        raise Refused("unknown_body", body=body, partners=", ".join(partners))
    elif body is not None:
        require_subject(plan, body, plan.joined.get(body), moment)
    afterwards = plan.entered_afterwards(moment)
    if (
        body is None
        and session is None
        and not _has_outside_assessor(sent.command)
        and not _settles_finding_without_auditor(plan, sent)
        and not afterwards
        and sent.command.CLASS != "steering"
    ):
        raise Refused("body_needed")
    if sent.command.source is None and session is None and not (afterwards and plan.defined.source is not None):
        if plan.live_from is None or moment < min(plan.live_from, sent.accepted_at):
            raise Refused("source_needed_afterwards")
        if body is not None and sent.role == "operator":
            raise Refused("source_needed", body=body)


def _has_outside_assessor(command: Command) -> bool:
    """Whether a command names an assessor that is no partner, so that no body speaks in it."""
    return isinstance(command, RecordAssessment) and command.assessor is not None


def _settles_finding_without_auditor(plan: Plan, sent: CommandEnvelope) -> bool:
    """Whether the operator settles, from a source, a finding whose auditor left without a successor."""
    command = sent.command
    if not isinstance(command, FollowFinding) or sent.role != "operator" or command.source is None:
        return False
    finding = plan.findings.get(command.finding)
    return command.status != "answered" and finding is not None and plan.auditor_of(finding) is None


def require_takes_part(plan: Plan, body: str) -> None:
    """Require that a body has not left. Its successor speaks in its own name."""
    if (former := plan.former.get(body)) is None:
        return
    if former.successor is None:
        raise Refused("body_left", body=body, since=former.left_at)
    raise Refused(
        "body_succeeded", body=body, since=former.left_at, successor=plan.current_holder(body) or former.successor
    )


def require_single(plan: Plan, body: str | None) -> None:
    """Require that a body is not a group: the members of a group are counted, and it takes no position as one."""
    if body is not None and any(partner.id == body and partner.group is not None for partner in plan.defined.partners):
        raise Refused("group_cannot_answer", body=body)


def require_members(plan: Plan, body: str | None, members: int | None, before: int = 0) -> None:
    """Require a group for a number of members, and no more members than it has. ``before``: already counted."""
    size = plan.group_of(body)
    if members is not None and size is None:
        raise Refused("not_a_group", body=body or "-")
    if members is not None and isinstance(size, int) and before + members > size:
        raise Refused("more_than_the_group", body=body, size=size, before=before)


def moment_of(plan: Plan, sent: CommandEnvelope) -> datetime:
    """When a command takes effect: when it was accepted, or earlier if it says so and its kind allows it."""
    given = sent.command.effective
    if given is None:
        # Two commands accepted together may be journalled in either order; no time runs backwards.
        return max(sent.accepted_at, plan.latest or sent.accepted_at)
    moment = effective_at(given, sent.accepted_at, plan)
    if moment > sent.accepted_at:
        raise Refused("in_the_future", given=given)
    if moment < sent.accepted_at and not plan.entered_afterwards(moment) and not sent.command.MAY_BE_EARLIER:
        raise Refused("takes_effect_when_recorded", live_from=plan.live_from)
    return moment


def effective_at(given: date | datetime | None, accepted_at: datetime, plan: Plan) -> datetime:
    """A date means its last moment in the plan's time zone; the date of acceptance means the moment of acceptance."""
    match given:
        case None:
            return accepted_at
        case datetime():
            return given
        case date():
            calendar = plan.defined.calendar()
            return accepted_at if given == calendar.day_of(accepted_at) else calendar.last_moment_of(given)


def require_subject(plan: Plan, subject: str, since: datetime | None, moment: datetime) -> None:
    """Require that a statement does not take effect before its subject exists."""
    if since is not None and moment < since:
        raise Refused("before_its_subject", subject=subject, since=since, given=moment)


def require_item(plan: Plan, item: str, moment: datetime) -> None:
    """Require an item that exists, existed at that moment, and was not dropped."""
    if item not in plan.introduced:
        raise Refused("unknown_item", item=item)
    if (since := plan.dropped_since(item)) is not None:
        raise Refused("item_dropped", item=item, since=since)
    require_subject(plan, item, plan.introduced[item], moment)


def require_grounds(plan: Plan, grounds: Iterable[str], moment: datetime) -> None:
    """Require that every ground was recorded, was not contested, and had taken effect."""
    for ground in grounds:
        entry = plan.history.ground(ground)
        if entry is None:
            raise Refused("unknown_ground", ground=ground)
        if not plan.stands(entry.version):
            raise Refused("ground_contested", ground=ground)
        require_subject(plan, ground, entry.effective_at, moment)
