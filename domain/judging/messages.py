"""Judgements by others: assessments on a scale of their own, and the findings of audit bodies."""

from datetime import datetime
from typing import Literal

from domain.kernel.command import Command
from domain.kernel.event import Event, Visibility, about
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.statement import Statement
from domain.kernel.text import CommandId, Id, SealableText, Text
from domain.kernel.visibility import ByPolicy, LikeFact
from domain.plan_file.calendar import Day


class Assessment(Statement):
    """The judgement of another body on an item or the whole plan, on its own scale."""

    item: Id | None = None
    """``None``: the whole plan."""
    assessor: Text | None = None
    """The assessor, if it is no partner; the operator enters it from the document."""
    scale: SealableText | None = None
    """The name of the assessor's scale."""
    verdict: SealableText
    """A word of that scale."""
    as_at: Day | None = None
    text: SealableText | None = None


class Finding(Statement):
    """A finding of an audit body, which demands an answer."""

    item: Id | None = None
    text: SealableText
    answer_by: Day | None = None


class FollowUp(Statement):
    """The follow-up of a finding, with statuses of its own, independent of the plan's status scale."""

    finding: CommandId
    status: Literal["answered", "under_review", "partly_settled", "settled", "not_settled", "withdrawn"]
    text: SealableText | None = None


@record(frozen=True, slots=True)
class AssessmentRecord:
    """An assessment as it was recorded."""

    body: str | None
    at: datetime
    assessment: Assessment
    visibility: Visibility


@record(frozen=True, slots=True)
class FollowUpRecord:
    status: str
    body: str | None
    at: datetime
    text: SealableText | None
    visibility: Visibility


@record(frozen=True, slots=True)
class FindingRecord:
    """A finding with its follow-ups."""

    id: str
    body: str | None
    raised_at: datetime
    finding: Finding
    visibility: Visibility
    follow_ups: tuple[FollowUpRecord, ...] = ()

    @property
    def status(self) -> str:
        return self.follow_ups[-1].status if self.follow_ups else "open"


class RecordAssessment(Command, Assessment):
    command: Literal["record_assessment"] = "record_assessment"
    VISIBILITY = ByPolicy("reports")
    WORDS = ("scale", "verdict", "text")


class RaiseFinding(Command, Finding):
    """Raise a finding. Its id becomes the finding's."""

    command: Literal["raise_finding"] = "raise_finding"
    VISIBILITY = ByPolicy("reports")
    WORDS = ("text",)


class FollowFinding(Command, FollowUp):
    command: Literal["follow_finding"] = "follow_finding"
    VISIBILITY = LikeFact("findings", "finding", "reports")
    WORDS = ("text",)


class AssessmentRecorded(Event, Assessment):
    kind: Literal["assessment_recorded"] = "assessment_recorded"
    SUBJECT = about("assessment", "item", otherwise="plan")
    IS_STATEMENT = True
    IS_GROUND = True


class FindingRaised(Event, Finding):
    kind: Literal["finding_raised"] = "finding_raised"
    SUBJECT = about("finding", "finding")
    IS_STATEMENT = True
    IS_GROUND = True
    finding: CommandId


class FindingFollowed(Event, FollowUp):
    kind: Literal["finding_followed"] = "finding_followed"
    SUBJECT = about("finding", "finding")
    IS_STATEMENT = True
    IS_GROUND = True


refusals(
    {
        "assessment_source_needed": "An assessment needs the document that contains it. Add it as the source.",
        "own_assessment": "{body} leads {item}, and a body cannot assess its own work. Send a progress report instead.",
        "not_an_audit_body": "{body} may not raise findings in this plan. These bodies may: {bodies}.",
        "unknown_finding": "There is no such finding. `rumbo finding list` lists them.",
        "not_the_auditor": "Only {auditor} may set the status of {finding}. Other bodies may answer it.",
        "auditor_left": "The body that raised {finding} has left the plan. Its status may be set by another audit body ({bodies}), or by the operator without naming a body and with a source.",
        "finding_settled": "{finding} was settled or withdrawn, so it takes no more answers. The body that settled it can reopen it with `under_review`.",
    }
)
