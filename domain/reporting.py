"""Progress: reports, evidence, measurements, and what happened outside."""

from datetime import date, datetime

from domain.commands import Asked, AttachEvidence, MeasureIndicator, RecordOccurrence, ReportProgress
from domain.definition import Commitment, Indicator, Milestone, ScaleWord
from domain.entry import Draft
from domain.events import EvidenceAttached, IndicatorMeasured, OccurrenceRecorded, ProgressReported
from domain.plan import Plan
from domain.refusals import Refused
from domain.speaking import hold_item, hold_members
from domain.statements import Exhibit, Measurement, Occurrence, Report, said_of
from domain.visibility import visibility_of

KINDS = {"milestone": Milestone, "commitment": Commitment, "indicator": Indicator}


def report(plan: Plan, asked: Asked, command: ReportProgress, moment: datetime) -> list[Draft]:
    """Tell how far an item is, in the plan's own scale."""
    hold_item(plan, command.item, moment)
    hold_as_at(plan, asked, command.as_at)
    for name, kind in KINDS.items():
        if getattr(command, name) is not None and not isinstance(plan.find(command.item), kind):
            raise Refused("wrong_kind_of_item", item=command.item, wanted=name)
    if isinstance(command.status, str):
        scale = plan.defined.scale
        if command.status not in scale:
            raise Refused("unknown_status", given=command.status, words=", ".join(scale))
        hold_done(plan, command.item, scale[command.status], proven=bool(command.evidence))
    hold_members(plan, asked.on_behalf_of, command.members)
    event = ProgressReported(**said_of(Report, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def attach(plan: Plan, asked: Asked, command: AttachEvidence, moment: datetime) -> list[Draft]:
    """Attach a document that proves something."""
    hold_item(plan, command.item, moment)
    event = EvidenceAttached(**said_of(Exhibit, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def measure(plan: Plan, asked: Asked, command: MeasureIndicator, moment: datetime) -> list[Draft]:
    """Record a value of an indicator."""
    hold_item(plan, command.indicator, moment)
    hold_as_at(plan, asked, command.as_at)
    if not isinstance(plan.find(command.indicator), Indicator):
        raise Refused("wrong_kind_of_item", item=command.indicator, wanted="indicator")
    event = IndicatorMeasured(**said_of(Measurement, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def declare(plan: Plan, asked: Asked, command: RecordOccurrence, moment: datetime) -> list[Draft]:
    """Declare that an awaited event happened, so that the deadlines counting from it begin to run."""
    awaited = {awaited.id: awaited for awaited in plan.defined.awaited}
    if command.awaited not in awaited:
        raise Refused("unknown_awaited", awaited=command.awaited, known=", ".join(awaited) or "-")
    hold_item(plan, command.awaited, moment)
    tellers = awaited[command.awaited].told_by
    if asked.on_behalf_of is not None and asked.on_behalf_of not in tellers:
        raise Refused("not_the_teller", body=asked.on_behalf_of, awaited=command.awaited, tellers=", ".join(tellers))
    if command.awaited in plan.occurrences:
        raise Refused("already_declared", awaited=command.awaited)
    event = OccurrenceRecorded(**said_of(Occurrence, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def hold_done(plan: Plan, item: str, status: ScaleWord, *, proven: bool) -> None:
    """Hold that a status which means *done* has the evidence that the policy wants."""
    done = status.means == "done"
    if done and plan.defined.policy.done_needs == "evidence" and not proven and item not in plan.evidence:
        raise Refused("evidence_needed", item=item)


def hold_as_at(plan: Plan, asked: Asked, day: date | None) -> None:
    """Hold that what is told is not of a day that has not come."""
    if day is not None and day > plan.defined.calendar().day_of(asked.accepted_at):
        raise Refused("as_at_in_the_future", given=day)
