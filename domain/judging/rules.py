"""Judgements of others: assessments by another body on its own scale, and findings of audit bodies.

Self-reports, assessments and findings never overwrite each other. All of them are also recorded after a plan was
closed: audits come a year later.
"""

from datetime import datetime
from typing import Final

from domain.judging.messages import (
    Assessment,
    AssessmentRecord,
    AssessmentRecorded,
    Finding,
    FindingFollowed,
    FindingRaised,
    FindingRecord,
    FollowFinding,
    FollowUp,
    FollowUpRecord,
    RaiseFinding,
    RecordAssessment,
)
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.record import replace
from domain.kernel.refused import Refused
from domain.kernel.registry import Decided, decides, fact
from domain.kernel.statement import as_statement, statement_fields
from domain.plan import Plan
from domain.plan_file.definition import Commitment
from domain.speaking import require_item, require_subject

SETTLED: Final = ("settled", "withdrawn")
"""The statuses of a finding that demands no answer any more."""
DEMANDS: Final = ("open", "partly_settled", "not_settled")
"""The statuses of a finding that demands an answer. In the others, the auditor is examining an answer."""


@decides(RecordAssessment)
def assess(plan: Plan, sent: CommandEnvelope, command: RecordAssessment, moment: datetime) -> Decided:
    """Record an assessment of an item or the whole plan. A body cannot assess an item that it leads."""
    if command.source is None:
        raise Refused("assessment_source_needed")
    if command.item is not None:
        require_item(plan, command.item, moment)
        if command.assessor is None and sent.on_behalf_of in leads_of(plan, command.item):
            raise Refused("own_assessment", body=sent.on_behalf_of or "-", item=command.item)
    return [AssessmentRecorded(**statement_fields(Assessment, command))]


@decides(RaiseFinding)
def raise_finding(plan: Plan, sent: CommandEnvelope, command: RaiseFinding, moment: datetime) -> Decided:
    """Raise a finding of an audit body. A course correction may rest on it by the command's id."""
    auditors = _auditors(plan)
    if sent.on_behalf_of is not None and sent.on_behalf_of not in auditors:
        raise Refused("not_an_audit_body", body=sent.on_behalf_of, bodies=", ".join(auditors) or "-")
    if command.item is not None:
        require_item(plan, command.item, moment)
    event = FindingRaised(finding=command.id, **statement_fields(Finding, command))
    return [event]


@decides(FollowFinding)
def follow_up(plan: Plan, sent: CommandEnvelope, command: FollowFinding, moment: datetime) -> Decided:
    """Record a follow-up of a finding. Any body may answer it; only the body that raised it sets another status.

    If that body left without a successor, another audit body sets the status, or the operator from a source, so that no
    finding stays open for ever. A settled finding takes no answer; the body that settled it may reopen it.
    """
    finding = plan.findings.get(command.finding)
    if finding is None:
        raise Refused("unknown_finding", finding=command.finding)
    require_subject(plan, command.finding, finding.raised_at, moment)
    if command.status == "answered":
        if finding.status in SETTLED:
            raise Refused("finding_settled", finding=command.finding)
    elif (auditor := plan.auditor_of(finding)) is None:
        if sent.on_behalf_of is not None and sent.on_behalf_of not in _auditors(plan):
            raise Refused("auditor_left", finding=command.finding, bodies=", ".join(_auditors(plan)) or "-")
    elif sent.on_behalf_of is not None and sent.on_behalf_of != auditor:
        raise Refused("not_the_auditor", auditor=auditor, finding=command.finding)
    return [FindingFollowed(**statement_fields(FollowUp, command))]


def _auditors(plan: Plan) -> list[str]:
    return [partner.id for partner in plan.defined.partners if partner.audits]


def leads_of(plan: Plan, item: str) -> set[str]:
    """The bodies that lead an item. The lead of an indicator is that of its commitment."""
    leads = {plan.defined.lead_of(*pair) for pair in plan.defined.milestones() if pair[1].id == item}
    commitment = next((indicator.of for indicator in plan.defined.indicators if indicator.id == item), item)
    part = plan.find(commitment) if commitment is not None else None
    if isinstance(part, Commitment):
        leads.add(part.lead)
    return {lead for lead in leads if lead is not None}


# --- facts ----------------------------------------------------------------------------------------------------------


@fact("assessments", "assessment", of=(AssessmentRecorded,))
def assessments(plan: Plan, so_far: tuple[AssessmentRecord, ...] | None, entry: Entry) -> tuple[AssessmentRecord, ...]:
    """Every assessment of an item or of the plan, oldest first."""
    assessment = as_statement(Assessment, entry.event)
    return (
        *(so_far or ()), AssessmentRecord(entry.on_behalf_of, entry.effective_at, assessment, entry.visibility)
    )  # fmt: skip


@fact("findings", "finding", of=(FindingRaised, FindingFollowed))
def finding(plan: Plan, so_far: FindingRecord | None, entry: Entry) -> FindingRecord | None:
    """A finding with its follow-ups."""
    match entry.event:
        case FindingRaised() as event:
            raised = as_statement(Finding, event)
            return FindingRecord(event.finding, entry.on_behalf_of, entry.effective_at, raised, entry.visibility)
        case FindingFollowed() as event if so_far is not None:
            step = FollowUpRecord(event.status, entry.on_behalf_of, entry.effective_at, event.text, entry.visibility)
            return replace(so_far, follow_ups=(*so_far.follow_ups, step))
        case _:
            return so_far
