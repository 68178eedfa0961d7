"""Who speaks, and when what they say takes effect: the rules that hold for every command."""

from collections.abc import Iterable
from datetime import date, datetime

from domain.judging.messages import FollowFinding, RecordAssessment
from domain.kernel.command import Command
from domain.kernel.context import CommandEnvelope
from domain.kernel.refused import Refused
from domain.plan import Plan


def require_speaker(plan: Plan, sent: CommandEnvelope, moment: datetime) -> None:
    """Hold that a body speaks, that it is a partner, and that an operator who speaks for it names the source.

    A session speaks for the bodies present, and its minutes are the source.
    """
    body, session = sent.on_behalf_of, sent.command.meeting
    partners = plan.partner_ids()
    if body is not None and body in plan.former:
        # What was so before it left may still be told, by who names the source.
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
        and not _names_its_own(sent.command)
        and not _settles_what_nobody_can(plan, sent)
        and not afterwards
        and sent.command.CLASS != "steering"
    ):
        raise Refused("body_needed")
    if sent.command.source is None and session is None and not (afterwards and plan.defined.source is not None):
        if plan.live_from is None or moment < min(plan.live_from, sent.accepted_at):
            raise Refused("source_needed_afterwards")
        if body is not None and sent.role == "operator":
            raise Refused("source_needed", body=body)


def _names_its_own(command: Command) -> bool:
    """Whether a command says itself who speaks in it: an assessor that is no partner."""
    return isinstance(command, RecordAssessment) and command.assessor is not None


def _settles_what_nobody_can(plan: Plan, sent: CommandEnvelope) -> bool:
    """Whether the operator follows up, from a source, a finding that nobody is left to follow up."""
    command = sent.command
    if not isinstance(command, FollowFinding) or sent.role != "operator" or command.source is None:
        return False
    finding = plan.findings.get(command.finding)
    return command.status != "answered" and finding is not None and plan.raiser_of(finding) is None


def require_takes_part(plan: Plan, body: str) -> None:
    """Hold that a body has not left; nobody speaks for one that did, and its successor speaks in its own name."""
    if (former := plan.former.get(body)) is None:
        return
    if former.successor is None:
        raise Refused("body_left", body=body, since=former.left_at)
    raise Refused("body_succeeded", body=body, since=former.left_at, successor=plan.heir(body) or former.successor)


def require_single(plan: Plan, body: str | None) -> None:
    """Hold that a body is not a group: a group is counted, and takes no position as one."""
    if body is not None and any(partner.id == body and partner.group is not None for partner in plan.defined.partners):
        raise Refused("group_cannot_answer", body=body)


def require_members(plan: Plan, body: str | None, members: int | None, before: int = 0) -> None:
    """Hold that members are counted of a group alone, and no more of them than it has."""
    size = plan.group_of(body)
    if members is not None and size is None:
        raise Refused("not_a_group", body=body or "-")
    if members is not None and isinstance(size, int) and before + members > size:
        raise Refused("more_than_the_group", body=body, size=size, before=before)


def moment_of(plan: Plan, sent: CommandEnvelope) -> datetime:
    """When a command takes effect: when it was accepted, or earlier where it says so and may."""
    given = sent.command.effective
    if given is None:
        # Two that arrive together may be journalled in the other order: neither takes effect before what is there.
        return max(sent.accepted_at, plan.latest or sent.accepted_at)
    moment = effective_at(given, sent.accepted_at, plan)
    if moment > sent.accepted_at:
        raise Refused("in_the_future", given=given)
    if moment < sent.accepted_at and not plan.entered_afterwards(moment) and not sent.command.MAY_BE_EARLIER:
        raise Refused("takes_effect_when_recorded", live_from=plan.live_from)
    return moment


def effective_at(given: date | datetime | None, accepted_at: datetime, plan: Plan) -> datetime:
    """A date means its last moment where the plan lives, or the moment of acceptance on that very day."""
    match given:
        case None:
            return accepted_at
        case datetime():
            return given
        case date():
            calendar = plan.defined.calendar()
            return accepted_at if given == calendar.day_of(accepted_at) else calendar.last_moment_of(given)


def require_subject(plan: Plan, subject: str, since: datetime | None, moment: datetime) -> None:
    """Hold that nothing is said of a thing before it exists."""
    if since is not None and moment < since:
        raise Refused("before_its_subject", subject=subject, since=since, given=moment)


def require_item(plan: Plan, item: str, moment: datetime) -> None:
    """Hold that an item exists, existed then, and was not dropped."""
    if item not in plan.introduced:
        raise Refused("unknown_item", item=item)
    if (since := plan.dropped_since(item)) is not None:
        raise Refused("item_dropped", item=item, since=since)
    require_subject(plan, item, plan.introduced[item], moment)


def require_grounds(plan: Plan, grounds: Iterable[str], moment: datetime) -> None:
    """Hold that what something rests on was recorded, and had taken effect."""
    for ground in grounds:
        found = plan.history.ground(ground)
        if found is None:
            raise Refused("unknown_ground", ground=ground)
        if not plan.stands(found.version):
            raise Refused("ground_contested", ground=ground)
        require_subject(plan, ground, found.effective_at, moment)
