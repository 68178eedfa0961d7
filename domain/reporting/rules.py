"""Progress: reports, evidence, measurements, and occurrences outside the plan."""

from collections.abc import Mapping
from datetime import date, datetime

from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry, Stamp
from domain.kernel.event import Visibility
from domain.kernel.refused import Refused
from domain.kernel.registry import Decided, decides, evolves, fact, latest
from domain.kernel.statement import as_statement, statement_fields
from domain.loop.answers import with_late_answer
from domain.plan import Plan
from domain.plan_file.definition import Commitment, Indicator, Milestone, ScaleWord
from domain.reporting.messages import (
    AttachedEvidence,
    AttachEvidence,
    EvidenceAttached,
    IndicatorMeasured,
    MeasureIndicator,
    Measurement,
    Occurrence,
    OccurrenceRecorded,
    ProgressReported,
    RecordOccurrence,
    Report,
    ReportedStatus,
    ReportProgress,
)
from domain.speaking import require_item, require_members

KINDS = {"milestone": Milestone, "commitment": Commitment, "indicator": Indicator}


@decides(ReportProgress)
def report(plan: Plan, sent: CommandEnvelope, command: ReportProgress, moment: datetime) -> Decided:
    """Report the progress of an item in the plan's own scale."""
    require_item(plan, command.item, moment)
    require_as_at(plan, sent, command.as_at)
    for name, kind in KINDS.items():
        if getattr(command, name) is not None and not isinstance(plan.find(command.item), kind):
            raise Refused("wrong_kind_of_item", item=command.item, wanted=name)
    if isinstance(command.status, str):
        scale = plan.defined.scale
        if command.status not in scale:
            raise Refused("unknown_status", given=command.status, words=", ".join(scale))
        require_done(plan, command.item, scale[command.status], proven=bool(command.evidence))
    require_members(plan, sent.on_behalf_of, command.members)
    event = ProgressReported(**statement_fields(Report, command))
    return [event]


@decides(AttachEvidence)
def attach(plan: Plan, sent: CommandEnvelope, command: AttachEvidence, moment: datetime) -> Decided:
    """Attach evidence to an item."""
    require_item(plan, command.item, moment)
    event = EvidenceAttached(**statement_fields(AttachedEvidence, command))
    return [event]


@decides(MeasureIndicator)
def measure(plan: Plan, sent: CommandEnvelope, command: MeasureIndicator, moment: datetime) -> Decided:
    """Record a value of an indicator."""
    require_item(plan, command.indicator, moment)
    require_as_at(plan, sent, command.as_at)
    if not isinstance(plan.find(command.indicator), Indicator):
        raise Refused("wrong_kind_of_item", item=command.indicator, wanted="indicator")
    event = IndicatorMeasured(**statement_fields(Measurement, command))
    return [event]


@decides(RecordOccurrence)
def declare(plan: Plan, sent: CommandEnvelope, command: RecordOccurrence, moment: datetime) -> Decided:
    """Declare that an awaited event happened, so that the deadlines counting from it begin to run."""
    awaited = {awaited.id: awaited for awaited in plan.defined.awaited}
    if command.awaited not in awaited:
        raise Refused("unknown_awaited", awaited=command.awaited, known=", ".join(awaited) or "-")
    require_item(plan, command.awaited, moment)
    may_declare = awaited[command.awaited].told_by
    if sent.on_behalf_of is not None and sent.on_behalf_of not in may_declare:
        tellers = ", ".join(may_declare)
        raise Refused("not_the_teller", body=sent.on_behalf_of, awaited=command.awaited, tellers=tellers)
    if command.awaited in plan.occurrences:
        raise Refused("already_declared", awaited=command.awaited)
    event = OccurrenceRecorded(**statement_fields(Occurrence, command))
    return [event]


def require_done(plan: Plan, item: str, status: ScaleWord, *, proven: bool) -> None:
    """Require evidence for a status that means *done*, if the policy requires it."""
    done = status.means == "done"
    if done and plan.defined.policy.done_needs == "evidence" and not proven and item not in plan.evidence:
        raise Refused("evidence_needed", item=item)


def require_as_at(plan: Plan, sent: CommandEnvelope, day: date | None) -> None:
    """Require that a report or a measurement is not about a future day."""
    if day is not None and day > plan.defined.calendar().day_of(sent.accepted_at):
        raise Refused("as_at_in_the_future", given=day)


# --- effects on the state -------------------------------------------------------------------------------------------


@evolves(ProgressReported)
def reported(plan: Plan, entry: Entry) -> Plan:
    """A report is a late answer to the silence of its body in the round that asked for it."""
    if not plan.recorded_silences or plan.round is None or entry.effective_at < plan.round.opened_at:
        return plan
    return with_late_answer(plan, entry, (entry.on_behalf_of,), "report", cycle=plan.cycle)


@fact("reported", "cycle", of=(ProgressReported,))
def bodies_that_reported(plan: Plan, so_far: frozenset[str] | None, entry: Entry) -> frozenset[str] | None:
    """The bodies that reported in a cycle after its round began to count answers."""
    since = plan.round_counts_from(entry.version)
    if since is None or entry.effective_at < since:
        return so_far
    return (so_far or frozenset()) | {entry.on_behalf_of or ""}


@fact("last_reported", "cycle", of=(ProgressReported,))
def last_reported(plan: Plan, so_far: Mapping[str, datetime] | None, entry: Entry) -> Mapping[str, datetime] | None:
    """When the last report of each body in a cycle took effect."""
    body, before = entry.on_behalf_of, so_far or {}
    if body is None:
        return so_far
    return {**before, body: max(before.get(body, entry.effective_at), entry.effective_at)}


@latest("standings", "item", of=(ProgressReported,))
def reported_status(plan: Plan, entry: Entry) -> ReportedStatus | None:
    """The status of an item in the last report that states one. Its scale is the one in force when it was recorded."""
    event, scale = entry.event, plan.scale_at(entry.version)
    assert isinstance(event, ProgressReported)
    if not isinstance(event.status, str) or plan.definition is None or event.status not in scale:
        return None
    day = event.as_at or plan.definition.calendar().day_of(entry.effective_at)
    means, report = scale[event.status].means, as_statement(Report, event)
    return ReportedStatus(entry.stamp, event.status, means, report, entry.on_behalf_of, day, entry.visibility)


@fact("evidence", "item", of=(ProgressReported, EvidenceAttached))
def evidence(plan: Plan, so_far: int | None, entry: Entry) -> int | None:
    """How many pieces of evidence an item has. Reports without evidence are not decoded."""
    if entry.kind_of_event is EvidenceAttached:
        return (so_far or 0) + 1
    count = len(getattr(entry.event, "evidence", ())) if entry.may_hold("evidence") else 0
    return (so_far or 0) + count or None


@latest("measurements", "item", of=(IndicatorMeasured,))
def measurement(plan: Plan, entry: Entry) -> tuple[Stamp, Measurement, Visibility]:
    """The last measurement of an indicator."""
    return entry.stamp, as_statement(Measurement, entry.event), entry.visibility


@latest("occurrences", "item", of=(OccurrenceRecorded,))
def occurrence(plan: Plan, entry: Entry) -> tuple[Stamp, date]:
    """The day on which an awaited event happened."""
    moment = entry.effective_at
    return entry.stamp, plan.definition.calendar().day_of(moment) if plan.definition else moment.date()
