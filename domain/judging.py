"""What others judge: assessments by another body on its own scale, and the findings of an audit body.

They stand beside what a body reports of itself, and none of the three ever overwrites another. All of it is recorded
after a plan was closed as well, for audits come a year later.
"""

from datetime import datetime
from typing import Final

from domain.commands import Asked, FollowFinding, RaiseFinding, RecordAssessment
from domain.definition import Commitment
from domain.entry import Draft
from domain.events import AssessmentRecorded, FindingFollowed, FindingRaised
from domain.plan import Plan
from domain.refusals import Refused
from domain.speaking import hold_item, hold_subject
from domain.statements import Assessment, Finding, FollowUp, said_of
from domain.visibility import visibility_of

SETTLED: Final = ("settled", "withdrawn")
"""The follow-up statuses after which a finding demands nothing more."""
DEMANDS: Final = ("open", "partly_settled", "not_settled")
"""Those in which it demands an answer; else whoever raised it is looking at one."""


def assess(plan: Plan, asked: Asked, command: RecordAssessment, moment: datetime) -> list[Draft]:
    """Record how another body judges an item, or the whole plan. Nobody assesses what it leads itself."""
    if command.source is None:
        raise Refused("assessment_source_needed")
    if command.item is not None:
        hold_item(plan, command.item, moment)
        if command.assessor is None and asked.on_behalf_of in leads_of(plan, command.item):
            raise Refused("own_assessment", body=asked.on_behalf_of or "-", item=command.item)
    return [Draft(AssessmentRecorded(**said_of(Assessment, command)), moment, visibility_of(plan, command))]


def find(plan: Plan, asked: Asked, command: RaiseFinding, moment: datetime) -> list[Draft]:
    """Raise a finding: an audit body demands an answer. A course correction may rest on it by the command's id."""
    auditors = _auditors(plan)
    if asked.on_behalf_of is not None and asked.on_behalf_of not in auditors:
        raise Refused("not_an_audit_body", body=asked.on_behalf_of, bodies=", ".join(auditors) or "-")
    if command.item is not None:
        hold_item(plan, command.item, moment)
    event = FindingRaised(finding=command.id, **said_of(Finding, command))
    return [Draft(event, moment, visibility_of(plan, command))]


def follow(plan: Plan, asked: Asked, command: FollowFinding, moment: datetime) -> list[Draft]:
    """Say what became of a finding. Whoever it concerns may answer; what the answer is worth says who raised it.

    Where whoever raised it takes part no more and has no successor, another audit body says so, or the operator from
    a source: no finding stays open for ever. What is settled is not answered again; who settled it may take it up.
    """
    finding = plan.findings.get(command.finding)
    if finding is None:
        raise Refused("unknown_finding", finding=command.finding)
    hold_subject(plan, command.finding, finding.raised_at, moment)
    if command.status == "answered":
        if finding.status in SETTLED:
            raise Refused("finding_settled", finding=command.finding)
    elif (raiser := plan.raiser_of(finding)) is None:
        if asked.on_behalf_of is not None and asked.on_behalf_of not in _auditors(plan):
            raise Refused("auditor_left", finding=command.finding, bodies=", ".join(_auditors(plan)) or "-")
    elif asked.on_behalf_of is not None and asked.on_behalf_of != raiser:
        raise Refused("not_the_auditor", auditor=raiser, finding=command.finding)
    return [Draft(FindingFollowed(**said_of(FollowUp, command)), moment, visibility_of(plan, command))]


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
