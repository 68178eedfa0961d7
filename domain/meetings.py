"""Meetings: one command that speaks for all bodies present.

The operator enters it, and the minutes are its source. Absent bodies say nothing in it. A group may be present, but the
meeting answers and decides nothing for it.
"""

from datetime import datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.meeting import DecidingMeeting, Meeting
from domain.kernel.refused import Refused
from domain.plan import Plan
from domain.speaking import require_subject


def require_session(plan: Plan, sent: CommandEnvelope, session: Meeting, moment: datetime) -> None:
    """Require a meeting that is not in the future, whose bodies are either present or absent; only the present decide.

    The bodies must have been partners on the day of the meeting: minutes entered late may name a body that left since.
    """
    if sent.role != "operator":
        raise Refused("session_by_operator")
    positions = session.positions if isinstance(session, DecidingMeeting) else {}
    if session.date > plan.defined.calendar().day_of(sent.accepted_at):
        raise Refused("session_in_the_future", given=session.date)
    partners = plan.partners_on(session.date)
    named = {*session.present, *session.absent, *positions}
    if not named <= partners.keys():
        raise Refused("session_of_strangers", partners=", ".join(partners))
    for body in sorted(named):
        require_subject(plan, body, plan.joined.get(body), moment)
    if both := sorted({*session.present} & {*session.absent}):
        raise Refused("present_and_absent", body=", ".join(both))
    if away := sorted(positions.keys() - {*session.present}):
        raise Refused("position_of_absent", body=", ".join(away))
    if sent.on_behalf_of is not None and sent.on_behalf_of not in session.present:
        raise Refused("position_of_absent", body=sent.on_behalf_of)
    for body in positions:
        if partners[body].group is not None:
            raise Refused("group_cannot_answer", body=body)


def bodies_speaking(plan: Plan, session: Meeting) -> tuple[str, ...]:
    """The bodies that a meeting speaks for: those present that are no group."""
    former = tuple(former.partner for former in plan.former.values())
    partners = (*plan.definition.partners, *former) if plan.definition else former
    groups = {partner.id for partner in partners if partner.group is not None}
    return tuple(body for body in dict.fromkeys(session.present) if body not in groups)
