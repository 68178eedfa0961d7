"""A plan as it stands, made from its state for one reader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from domain.judging.messages import AssessmentRecord, FindingRecord
from domain.kernel.event import Visibility
from domain.kernel.statement import Statement
from domain.learning.messages import AssumptionTest, Lesson
from domain.loop.messages import Silence
from domain.partners.messages import FormerPartner
from domain.plan import Plan
from domain.plan_file.calendar import Calendar
from domain.plan_file.deadlines import Recurring, due_day, is_waiting
from domain.plan_file.definition import Assumption, Awaited, Commitment, Indicator, Milestone, Partner
from domain.views.annotations import Annotations, annotations_of, errata_views, source_view
from domain.views.construct import fields_of, part_view, text_of, unchecked, written
from domain.views.correction import correction_view, grounds
from domain.views.models.parts import (
    ApprovedPart,
    AssumptionPart,
    AwaitedPart,
    CommitmentPart,
    IndicatorPart,
    MilestonePart,
    PartnerPart,
    PolicyPart,
    ProblemPart,
    ScaleWordPart,
    WordsPart,
)
from domain.views.models.plan import (
    AssessmentView,
    AssumptionTestView,
    AssumptionView,
    AwaitedView,
    CommitmentView,
    FindingView,
    FollowUpView,
    FormerPartnerView,
    IndicatorView,
    LessonView,
    MeasurementView,
    MilestoneView,
    PartnerView,
    PlanView,
    PowerView,
    ReportsAskedView,
    SilenceView,
)
from domain.views.models.view import ALL, WithheldView

S = TypeVar("S", bound=Statement)


def plan_view(plan: Plan, now: datetime, may_see: Collection[Visibility] = ALL) -> PlanView:
    """A plan as it stands. ``now`` only says what is overdue; nothing else depends on it."""
    reader = _Reader(plan, now, may_see, annotations_of(plan, may_see), plan.defined.calendar(), plan.happened())
    definition = plan.defined
    return PlanView(
        id=plan.id,
        title=definition.title,
        status=plan.status,
        version=plan.version,
        revision=plan.revision,
        illustrative=definition.illustrative,
        live_from=plan.live_from,
        entered_afterwards=plan.live_from is None,
        timezone=definition.timezone,
        cycle=plan.cycle,
        phase=plan.phase,
        phase_closes_at=plan.round.closes_at if plan.round and plan.status == "open" else None,
        phase_over=bool(plan.round and plan.round.over),
        reports_asked=_reports_asked(plan),
        reports_period=_reports_period(plan),
        words=part_view(WordsPart, definition.words),
        scale={word: part_view(ScaleWordPart, meaning) for word, meaning in definition.scale.items()},
        questions=definition.questions,
        triggers=definition.all_triggers(),
        source=source_view(definition.source),
        approved=part_view(ApprovedPart, definition.approved) if definition.approved else None,
        problem=part_view(ProblemPart, definition.problem),
        mended=tuple(one for name in ("plan", "problem") for one in reader.annotations.mended.get(("item", name), ())),
        partners=tuple(_partner(plan, partner) for partner in definition.partners),
        former_partners=tuple(_former(former) for former in plan.former.values()),
        commitments=tuple(reader.commitment(commitment) for commitment in definition.commitments),
        indicators=tuple(reader.indicator(one) for one in definition.indicators),
        assumptions=tuple(reader.assumption(one) for one in definition.assumptions),
        awaited=tuple(reader.awaited(one) for one in definition.awaited),
        corrections=tuple(
            correction_view(plan, one, may_see, reader.annotations)
            for one in plan.corrections.values()
            if one.visibility in may_see
        ),
        assessments=tuple(one for item in plan.assessments for one in reader.assessed(item)),
        findings=tuple(reader.finding(one) for one in plan.findings.values() if one.visibility in may_see),
        lessons=lesson_views(plan, may_see, reader.annotations),
        power=reader.power(),
        silences=tuple(_silence(silence) for silence in plan.silences if reader.may_hear(silence)),
        policy=part_view(PolicyPart, definition.policy),
        contested=reader.annotations.contested_entries,
        errata=errata_views(plan, may_see),
        refused=plan.refused,
    )


def lesson_views(
    plan: Plan, may_see: Collection[Visibility], annotations: Annotations | None = None
) -> tuple[LessonView, ...]:
    """The lessons that a reader may see. ``annotations`` are those of the plan, where they are known already."""
    annotations = annotations or annotations_of(plan, may_see)
    return tuple(
        _lesson(lesson, grounds(plan, lesson.rests_on, may_see) | annotations.about("lesson", lesson.id))
        for lesson in plan.lessons.values()
        if (entry := plan.history.ground(lesson.id)) is not None and entry.visibility in may_see
    )


def _lesson(lesson: Lesson, context: dict[str, Any]) -> LessonView:
    """A lesson with its grounds and annotations. A plan may have thousands; texts in clear need no validation."""
    if isinstance(lesson.text, BaseModel) or isinstance(lesson.therefore, BaseModel):
        return LessonView.model_validate(written(lesson) | context)
    fields = {"id": lesson.id, "text": lesson.text, "meant_for": lesson.meant_for} | context
    return unchecked(LessonView, fields if lesson.therefore is None else fields | {"therefore": lesson.therefore})


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who looks at a plan, and when; with what is computed once for all its parts."""

    plan: Plan
    moment: datetime
    may_see: Collection[Visibility]
    annotations: Annotations
    calendar: Calendar
    happened: Mapping[str, date]

    def commitment(self, commitment: Commitment) -> CommitmentView:
        fields = fields_of(part_view(CommitmentPart, commitment))
        fields |= self._standing(commitment.id)
        fields |= self.annotations.about("item", commitment.id)
        fields |= {
            "assessed": self.assessed(commitment.id),
            "dropped": self.plan.dropped.get(commitment.id),
            "milestones": tuple(self.milestone(commitment, milestone) for milestone in commitment.milestones),
        }
        return unchecked(CommitmentView, fields)

    def milestone(self, commitment: Commitment, milestone: Milestone) -> MilestoneView:
        plan, due = self.plan, due_day(milestone.due, self.happened, self.calendar) if milestone.due else None
        finished = plan.meaning_of(milestone.id) in ("done", "stopped") or plan.dropped_since(milestone.id) is not None
        is_over = due is not None and self.moment >= self.calendar.end_of(due)
        part = part_view(MilestonePart, milestone)
        fields = fields_of(part)
        fields |= self._standing(milestone.id)
        fields |= self.annotations.about("item", milestone.id)
        fields |= {
            "deadline": part.due,
            "due": due,
            "next": None if finished else self._next(milestone),
            "waiting": milestone.due is not None and is_waiting(milestone.due, self.happened),
            "overdue": is_over and not finished and plan.status == "open",
            "lead": plan.defined.lead_of(commitment, milestone),
            "evidence": plan.evidence.get(milestone.id, 0),
            "assessed": self.assessed(milestone.id),
            "introduced": plan.introduced.get(milestone.id),
            "dropped": plan.dropped.get(milestone.id),
        }
        return unchecked(MilestoneView, fields)

    def indicator(self, indicator: Indicator) -> IndicatorView:
        measured = self._last(self.plan.measurements, indicator.id)
        return IndicatorView(
            **fields_of(part_view(IndicatorPart, indicator)),
            **self.annotations.about("item", indicator.id),
            measured=part_view(MeasurementView, measured) if measured else None,
        )

    def assumption(self, assumption: Assumption) -> AssumptionView:
        test = self._last(self.plan.assumptions, assumption.id)
        return AssumptionView(
            **fields_of(part_view(AssumptionPart, assumption)),
            **self.annotations.about("item", assumption.id),
            test=self._test(test) if test else None,
        )

    def awaited(self, awaited: Awaited) -> AwaitedView:
        fields = fields_of(part_view(AwaitedPart, awaited)) | self.annotations.about("item", awaited.id)
        return AwaitedView(**fields, happened=self._happened(awaited.id))

    def assessed(self, item: str) -> tuple[AssessmentView, ...]:
        """What others judge of an item, beside what was reported of it."""
        found = self.plan.assessments.get(item, ())
        return tuple(self._assessment(one) for one in found if one.visibility in self.may_see)

    def finding(self, finding: FindingRecord) -> FindingView:
        """A finding with its own follow-up, which is no status of the plan."""
        steps = [step for step in finding.follow_ups if step.visibility in self.may_see]
        follow_ups = [
            FollowUpView(
                status=step.status, body=step.body, at=step.at, text=text_of(step.text), visibility=step.visibility
            )
            for step in steps
        ]
        return FindingView.model_validate(
            written(finding.finding)
            | {
                "id": finding.id,
                "raised_by": finding.body,
                "raised_at": finding.raised_at,
                "status": steps[-1].status if steps else "open",
                "follow_ups": follow_ups,
            }
        )

    def power(self) -> tuple[PowerView, ...]:
        """The last observation of every stakeholder."""
        if "restricted" not in self.may_see:
            return ()
        return tuple(PowerView.model_validate(written(seen)) for _, seen in self.plan.power.values())

    def may_hear(self, silence: Silence) -> bool:
        """Whether a silence is about nothing hidden from the reader: a position is asked for on one correction."""
        about = (self.plan.corrections[name] for name in silence.about if name in self.plan.corrections)
        return silence.asked_for != "position" or all(correction.visibility in self.may_see for correction in about)

    def _standing(self, item: str) -> dict[str, Any]:
        """The fields of `StandingView`."""
        held = self.plan.standings.get(item)
        if held is None or held.visibility not in self.may_see:
            status = "not_reported" if held is None else "withheld"
            return {"status": status, "means": None, "reported_by": None, "as_at": None}
        closed_at = self.plan.closed_at
        return {
            "status": held.status,
            "means": held.means,
            "reported_by": held.body,
            "as_at": held.source_day,
            "told_at": held.at[0],
            "after_closing": closed_at is not None and held.at[0] > closed_at,
            "count": held.report.count,
            "of": held.report.of,
            "what": text_of(held.report.what),
            "text": text_of(held.report.text),
        }

    def _assessment(self, one: AssessmentRecord) -> AssessmentView:
        after_closing = self.plan.closed_at is not None and one.at > self.plan.closed_at
        return AssessmentView.model_validate(
            {"body": one.body, "at": one.at, "after_closing": after_closing} | written(one.assessment)
        )

    def _happened(self, awaited: str) -> date | WithheldView | None:
        """The day on which an awaited event happened, or that it is withheld; nothing before.

        Deadlines that count from it run for everybody all the same: whoever has to meet them has to know them.
        """
        if awaited not in self.plan.occurrences:
            return None
        (_, version), day = self.plan.occurrences[awaited]
        entry = self.plan.find_entry(version)
        if entry is not None and entry.visibility not in self.may_see:
            return WithheldView(withheld=entry.visibility)
        return day

    def _last(self, facts: Mapping[str, tuple[Any, S, Visibility]], name: str) -> S | None:
        """The last statement about a thing, or nothing where the reader may not see it."""
        _, statement, visibility = facts.get(name, (None, None, None))
        return statement if visibility in self.may_see else None

    def _test(self, test: AssumptionTest) -> AssumptionTestView:
        return AssumptionTestView.model_validate(written(test) | grounds(self.plan, test.rests_on, self.may_see))

    def _next(self, milestone: Milestone) -> date | None:
        """The next day of a recurring deadline."""
        if not isinstance(milestone.due, Recurring) or self.plan.started_at is None:
            return None
        day_of = self.calendar.day_of
        return milestone.due.next_from(day_of(self.moment), day_of(self.plan.started_at), self.calendar)


def _partner(plan: Plan, partner: Partner) -> PartnerView:
    return PartnerView(**fields_of(part_view(PartnerPart, partner)), since=plan.joined.get(partner.id))


def _former(former: FormerPartner) -> FormerPartnerView:
    fields = fields_of(part_view(PartnerPart, former.partner))
    return FormerPartnerView(**fields, left_at=former.left_at, successor=former.successor)


def _reports_asked(plan: Plan) -> ReportsAskedView | None:
    """The window of the reports' own rhythm that is open now."""
    asked = plan.reporting
    if asked is None or asked.over or plan.status != "open":
        return None
    return ReportsAskedView(period=asked.period, since=asked.reports_on, closes_at=asked.closes_at)


def _reports_period(plan: Plan) -> int | None:
    """The period of the reports' own rhythm that a report of now is for: the one asked about, or the one that runs."""
    if plan.defined.policy.reports is None:
        return None
    asked = plan.reporting
    return 1 if asked is None else (asked.period or 0) + asked.over


def _silence(silence: Silence) -> SilenceView:
    """A silence, with the entry by which it was answered late."""
    return SilenceView(
        body=silence.body,
        asked_for=silence.asked_for,
        about=silence.about,
        cycle=silence.cycle,
        phase=silence.phase,
        period=silence.period,
        until=silence.until,
        open_days=silence.open_days,
        working_days=silence.working_days,
        answered_late=silence.answered_late,
        answered_by=silence.answers[0][1] if silence.answers else None,
    )
