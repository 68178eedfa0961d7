"""A meeting that speaks for several bodies at once: who was there, and what its minutes may say of whom.

The operator enters it, and the minutes are its source. Absent bodies say nothing in it; a group may be present, and is
counted and heard in no other way.
"""

from datetime import datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.meeting import DecidingMeeting, Meeting
from domain.kernel.refused import Refused
from domain.plan import Plan
from domain.speaking import require_subject


def require_session(plan: Plan, sent: CommandEnvelope, session: Meeting, moment: datetime) -> None:
    """Hold that they met on a day that has come, each there or not, and that nobody absent took a position.

    Who is a partner is judged by that day: minutes that are entered late may name a body that has left since.
    """
    if sent.role != "operator":
        raise Refused("session_by_operator")
    positions = session.positions if isinstance(session, DecidingMeeting) else {}
    if session.date > plan.defined.calendar().day_of(sent.accepted_at):
        raise Refused("session_in_the_future", given=session.date)
    partners = plan.took_part_on(session.date)
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


def speaking(plan: Plan, session: Meeting) -> tuple[str, ...]:
    """The bodies a meeting speaks for: those present that can answer as one."""
    former = tuple(one.partner for one in plan.former.values())
    partners = (*plan.definition.partners, *former) if plan.definition else former
    groups = {partner.id for partner in partners if partner.group is not None}
    return tuple(body for body in dict.fromkeys(session.present) if body not in groups)
