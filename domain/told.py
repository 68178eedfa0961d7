"""What was told of each thing, in the order in which it was told: what a body may contest, and what then still counts.

An entry is about one subject, and a subject's facts are added up from its entries alone. So where one of them stops
counting they are added up again from the others, and what held before it holds again. Decisions are facts of their
own: what was decided on such an entry stays decided, and the draft it was decided on stays that draft.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from domain.entry import Entry, Event
from domain.events import (
    AssessmentRecorded,
    AssumptionTested,
    CorrectionDecided,
    CorrectionExplained,
    CorrectionProposed,
    CorrectionRedrafted,
    CorrectionReturned,
    CorrectionWithdrawn,
    ErratumConfirmed,
    ErratumContested,
    ErratumRecorded,
    EvidenceAttached,
    FindingFollowed,
    FindingRaised,
    IndicatorMeasured,
    LessonRecorded,
    OccurrenceRecorded,
    PlanStarted,
    PositionTaken,
    PowerObserved,
    ProgressReported,
    ReflectionSubmitted,
)
from domain.statements import DecidingSession, Session

FACTS: Final[dict[str, tuple[str, ...]]] = {
    "item": ("standings", "evidence", "measurements", "occurrences", "assumptions"),
    "stakeholder": ("power",),
    "cycle": (),
    "assessment": ("assessments",),
    "finding": ("findings",),
    "lesson": ("lessons",),
    "correction": ("corrections",),
    "erratum": ("errata",),
    "plan": (),
}
"""By the kind of subject, which facts of the state are added up from its entries; each by the subject's own id."""

Said = (
    ProgressReported
    | EvidenceAttached
    | IndicatorMeasured
    | OccurrenceRecorded
    | ReflectionSubmitted
    | LessonRecorded
    | AssumptionTested
    | PowerObserved
    | AssessmentRecorded
    | FindingRaised
    | FindingFollowed
    | CorrectionProposed
    | CorrectionRedrafted
    | PositionTaken
    | CorrectionReturned
    | CorrectionWithdrawn
    | CorrectionDecided
    | CorrectionExplained
    | ErratumRecorded
    | ErratumConfirmed
    | ErratumContested
)
"""What people say; the rest is steering, or the clock's."""

_STAYS: Final = (LessonRecorded, CorrectionProposed, CorrectionDecided, ErratumRecorded)
"""What stays where it is although it is contested, marked, because others refer to it or rest on it."""


def subject_of(event: Event) -> tuple[str, str] | None:
    """Of which kind of subject, and of which, an entry tells; ``None`` for one whose facts nothing else shares."""
    match event:
        case ProgressReported() | EvidenceAttached():
            return "item", event.item
        case IndicatorMeasured(indicator=item) | OccurrenceRecorded(awaited=item) | AssumptionTested(assumption=item):
            return "item", item
        case PowerObserved(stakeholder=stakeholder):
            return "stakeholder", stakeholder
        case ReflectionSubmitted(cycle=cycle):
            return "cycle", str(cycle)
        case AssessmentRecorded(item=item):
            return "assessment", item or "plan"
        case FindingRaised(finding=finding) | FindingFollowed(finding=finding):
            return "finding", finding
        case LessonRecorded(id=lesson):
            return "lesson", lesson
        case ErratumRecorded() | ErratumConfirmed() | ErratumContested():
            return "erratum", event.erratum
        case PlanStarted():
            return "plan", event.definition.plan
        case _:
            correction = getattr(event, "correction", None)
            return ("correction", correction) if isinstance(correction, str) else None


def bodies_of(entry: Entry) -> tuple[str, ...]:
    """The bodies that an entry speaks for: one, or all that were present in its session."""
    session = getattr(entry.event, "session", None)
    present: tuple[str, ...] = session.present if session else ()
    return tuple(dict.fromkeys([*filter(None, [entry.on_behalf_of]), *present]))


def entered_for(entry: Entry) -> tuple[str, ...]:
    """The bodies that somebody else spoke for in an entry: an operator, or a session. They may contest it."""
    return bodies_of(entry) if isinstance(entry.event, Said) and entry.role == "operator" else ()


def counting(entry: Entry, contested_by: Collection[str], told: Iterable[Entry]) -> Entry | None:
    """What of an entry counts once some of its bodies have contested it; ``None`` where nothing does.

    Takes all that was told of its subject, since a decision keeps in place what it rests on.
    """
    if not contested_by:
        return entry
    left = [body for body in bodies_of(entry) if body not in contested_by]
    if not left and not isinstance(entry.event, _STAYS) and not _is_decided(entry.event, told):
        return None
    session: Session | None = getattr(entry.event, "session", None)
    if session is None:
        return entry
    reduced: dict[str, object] = {"present": tuple(left)}
    if isinstance(session, DecidingSession):
        reduced["positions"] = {body: stand for body, stand in session.positions.items() if body in left}
    heard = entry.event.model_copy(update={"session": session.model_copy(update=reduced)})
    return replace(entry, event=heard)


def _is_decided(event: Event, told: Iterable[Entry]) -> bool:
    """Whether it wrote a draft that was decided on."""
    decided = (entry.event.draft for entry in told if isinstance(entry.event, CorrectionDecided))
    return isinstance(event, CorrectionRedrafted) and event.draft in decided


def is_of_another_draft(event: Event, draft: int) -> bool:
    """Whether it speaks of a draft that is not the present one: what was said of that does not carry over."""
    return isinstance(event, PositionTaken | CorrectionReturned) and event.draft != draft
