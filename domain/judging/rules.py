"""What others judge: assessments by another body on its own scale, and the findings of an audit body.

They stand beside what a body reports of itself, and none of the three ever overwrites another. All of it is recorded
after a plan was closed as well, for audits come a year later.
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
"""The follow-up statuses after which a finding demands nothing more."""
DEMANDS: Final = ("open", "partly_settled", "not_settled")
"""Those in which it demands an answer; else whoever raised it is looking at one."""


@decides(RecordAssessment)
def assess(plan: Plan, sent: CommandEnvelope, command: RecordAssessment, moment: datetime) -> Decided:
    """Record how another body judges an item, or the whole plan. Nobody assesses what it leads itself."""
    if command.source is None:
        raise Refused("assessment_source_needed")
    if command.item is not None:
        require_item(plan, command.item, moment)
        if command.assessor is None and sent.on_behalf_of in leads_of(plan, command.item):
            raise Refused("own_assessment", body=sent.on_behalf_of or "-", item=command.item)
    return [AssessmentRecorded(**statement_fields(Assessment, command))]


@decides(RaiseFinding)
def find(plan: Plan, sent: CommandEnvelope, command: RaiseFinding, moment: datetime) -> Decided:
    """Raise a finding: an audit body demands an answer. A course correction may rest on it by the command's id."""
    auditors = _auditors(plan)
    if sent.on_behalf_of is not None and sent.on_behalf_of not in auditors:
        raise Refused("not_an_audit_body", body=sent.on_behalf_of, bodies=", ".join(auditors) or "-")
    if command.item is not None:
        require_item(plan, command.item, moment)
    event = FindingRaised(finding=command.id, **statement_fields(Finding, command))
    return [event]


@decides(FollowFinding)
def follow(plan: Plan, sent: CommandEnvelope, command: FollowFinding, moment: datetime) -> Decided:
    """Say what became of a finding. Whoever it concerns may answer; what the answer is worth says who raised it.

    Where whoever raised it takes part no more and has no successor, another audit body says so, or the operator from
    a source: no finding stays open for ever. What is settled is not answered again; who settled it may take it up.
    """
    finding = plan.findings.get(command.finding)
    if finding is None:
        raise Refused("unknown_finding", finding=command.finding)
    require_subject(plan, command.finding, finding.raised_at, moment)
    if command.status == "answered":
        if finding.status in SETTLED:
            raise Refused("finding_settled", finding=command.finding)
    elif (raiser := plan.raiser_of(finding)) is None:
        if sent.on_behalf_of is not None and sent.on_behalf_of not in _auditors(plan):
            raise Refused("auditor_left", finding=command.finding, bodies=", ".join(_auditors(plan)) or "-")
    elif sent.on_behalf_of is not None and sent.on_behalf_of != raiser:
        raise Refused("not_the_auditor", auditor=raiser, finding=command.finding)
    return [FindingFollowed(**statement_fields(FollowUp, command))]


def _auditors(plan: Plan) -> list[str]:
    return [partner.id for partner in plan.defined.partners if partner.audits]


def leads_of(plan: Plan, item: str) -> set[str]:
    """Who leads an item; of an indicator, whoever leads its commitment."""
    leads = {plan.defined.lead_of(*pair) for pair in plan.defined.milestones() if pair[1].id == item}
    of = next((indicator.of for indicator in plan.defined.indicators if indicator.id == item), item)
    found = plan.find(of) if of is not None else None
    if isinstance(found, Commitment):
        leads.add(found.lead)
    return {lead for lead in leads if lead is not None}


# --- what follows ---------------------------------------------------------------------------------------------------


@fact("assessments", "assessment", of=(AssessmentRecorded,))
def assessments(plan: Plan, so_far: tuple[AssessmentRecord, ...] | None, entry: Entry) -> tuple[AssessmentRecord, ...]:
    """Every assessment of an item or of the plan, oldest first."""
    assessment = as_statement(Assessment, entry.event)
    return (
        *(so_far or ()), AssessmentRecord(entry.on_behalf_of, entry.effective_at, assessment, entry.visibility)
    )  # fmt: skip


@fact("findings", "finding", of=(FindingRaised, FindingFollowed))
def finding(plan: Plan, so_far: FindingRecord | None, entry: Entry) -> FindingRecord | None:
    """A finding with its follow-up."""
    match entry.event:
        case FindingRaised() as event:
            raised = as_statement(Finding, event)
            return FindingRecord(event.finding, entry.on_behalf_of, entry.effective_at, raised, entry.visibility)
        case FindingFollowed() as event if so_far is not None:
            step = FollowUpRecord(event.status, entry.on_behalf_of, entry.effective_at, event.text, entry.visibility)
            return replace(so_far, follow_ups=(*so_far.follow_ups, step))
        case _:
            return so_far
