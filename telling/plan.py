"""A plan as text: the problem, the commitments and their progress, open matters, silences, lessons, power."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from language import N_, _, ngettext
from telling.annotations import contested_entries as contested
from telling.annotations import errata
from telling.corrections import brief
from telling.values import (
    PHASES,
    PLAN_STATUSES,
    counted,
    date_text,
    day_text,
    deadline,
    listed,
    localized,
    named,
    names_of,
    status_of,
    trigger,
    until,
    wrapped,
    zone_of,
)
from telling.wording.judging import FOLLOWED
from telling.wording.learning import OUTCOMES, levels
from telling.wording.loop import ASKED_FOR, availability

if TYPE_CHECKING:
    from domain.views.models.parts import PointPart, ScaleWordPart
    from domain.views.models.plan import (
        AssessmentView,
        CommitmentView,
        FindingView,
        LessonView,
        MeasurementView,
        MilestoneView,
        PlanView,
    )
    from domain.views.models.view import AbsentView

OPEN: Final = ("open", "returned")
UNDECIDED: Final = (*OPEN, "adopted")
HEADINGS: Final = {
    "problem": N_("The problem"),
    "commitments": N_("Commitments"),
    "indicators": N_("Indicators"),
    "assumptions": N_("Assumptions"),
    "awaited": N_("Awaited events"),
    "corrections": N_("Open course corrections"),
    "assessments": N_("Assessments by others"),
    "findings": N_("Findings"),
    "silences": N_("Silences"),
    "contested": N_("Contested entries"),
    "errata": N_("Errata"),
    "lessons": N_("Lessons"),
    "power": N_("Power (restricted)"),
    "words": N_("Words for reports and course corrections"),
}


def lines(plan: PlanView) -> Iterator[str]:
    """The whole plan."""
    zone = zone_of(plan)
    yield from _head(plan, zone)
    parts = {
        "problem": _problem(plan),
        "commitments": _commitments(plan, zone),
        "indicators": _indicators(plan),
        "assumptions": _assumptions(plan),
        "awaited": _awaited(plan),
        "corrections": _corrections(plan, zone),
        "assessments": _assessments(plan),
        "findings": _findings(plan),
        "silences": _silences(plan, zone),
        "contested": contested(plan.contested, plan),
        "errata": errata(plan.errata, plan),
        "lessons": _lessons(plan),
        "power": _power(plan),
        "words": _words(plan),
    }
    for name, part in parts.items():
        section = list(part)
        if section:
            yield ""
            yield _(HEADINGS[name]).upper()
            yield from section


def progress(plan: PlanView) -> str:
    """How many milestones are done and overdue, in one line. Dropped ones do not count."""
    milestones = [one for commitment in plan.commitments for one in commitment.milestones if not one.dropped]
    done = sum(one.means == "done" for one in milestones)
    overdue = sum(one.overdue for one in milestones)
    line = _("{done} of {all} milestones done").format(done=done, all=len(milestones))
    return line + (ngettext(", {count} overdue", ", {count} overdue", overdue).format(count=overdue) if overdue else "")


def _head(plan: PlanView, zone: tzinfo) -> Iterator[str]:
    yield f"{localized(plan.title)} ({plan.id})"
    if plan.illustrative:
        yield _("ILLUSTRATIVE: an example, not a real plan.")
    if plan.entered_afterwards:
        yield _("ENTERED AFTERWARDS: the whole history was recorded from sources, not as it happened.")
    elif plan.live_from:
        yield _("Recorded as it happened since {day}; earlier entries were entered afterwards.").format(
            day=day_text(plan.live_from, zone)
        )
    phase = f", {_(PHASES[plan.phase])}" if plan.phase else ""
    yield _("{status} · cycle {cycle}{phase} · version {revision} of the plan · entry {version}").format(
        status=_(PLAN_STATUSES[plan.status]),
        cycle=plan.cycle,
        phase=phase,
        revision=plan.revision,
        version=plan.version,
    )
    if plan.phase_over and plan.status == "open":
        yield _("This phase is over; the operator opens the next.")
    elif plan.phase_closes_at:
        yield _("This phase is open {until}.").format(until=until(plan.phase_closes_at, zone))
    if (reports := plan.reports_asked) and reports.closes_at:
        yield _("Reports on period {period} are taken {until}.").format(
            period=reports.period, until=until(reports.closes_at, zone)
        )
    yield progress(plan)


def _problem(plan: PlanView) -> Iterator[str]:
    problem = plan.problem
    yield from wrapped(localized(problem.statement))
    if problem.who_suffers:
        yield from wrapped(localized(problem.who_suffers), first=_("Who suffers: "))
    for cause in problem.causes:
        yield from wrapped(localized(cause.text), first=_("Cause {id}: ").format(id=cause.id))
    if problem.solved_when:
        yield from wrapped(localized(problem.solved_when), first=_("Solved when: "))


def _commitments(plan: PlanView, zone: tzinfo) -> Iterator[str]:
    names, scale = names_of(plan), plan.scale
    for commitment in plan.commitments:
        yield from wrapped(localized(commitment.title), first=f"{commitment.id}  ")
        tags = [status_of(commitment.status, commitment.means, scale)] if commitment.status != "not_reported" else []
        if commitment.lead:
            tags.append(_("lead: {body}").format(body=names.get(commitment.lead, commitment.lead)))
        if commitment.dropped:
            tags.append(_("dropped on {day}").format(day=day_text(commitment.dropped, zone)))
        if tags:
            yield from wrapped(" · ".join(tags), 5)
        for milestone in commitment.milestones:
            yield from wrapped(_milestone(milestone, commitment, scale, names, zone), 4, f"{milestone.id}  ")
            yield from wrapped(localized(milestone.deliverable), 6 + len(milestone.id))


def _milestone(
    one: MilestoneView,
    commitment: CommitmentView,
    scale: Mapping[str, ScaleWordPart],
    names: Mapping[str, str],
    zone: tzinfo,
) -> str:
    tags = [status_of(one.status, one.means, scale)]
    if one.dropped:
        tags.append(_("dropped on {day}").format(day=day_text(one.dropped, zone)))
    if count := counted(one.count, one.of, one.what):
        tags.append(count)
    tags.append(deadline(one))
    if one.overdue:
        tags.append("! " + _("overdue"))
    if one.lead and one.lead != commitment.lead:
        tags.append(_("lead: {body}").format(body=names.get(one.lead, one.lead)))
    if one.as_at:
        tags.append(_("status as at {day}").format(day=date_text(one.as_at)))
    return " · ".join(tags)


def _indicators(plan: PlanView) -> Iterator[str]:
    for one in plan.indicators:
        points = (_("baseline"), one.baseline), (_("target"), one.target), (_("measured"), one.measured)
        shown = [f"{title} {_point(point)}" for title, point in points if point]
        unit = f" ({localized(one.unit)})" if one.unit else ""
        yield from wrapped(f"{named(one.id, one.name)}{unit}: {', '.join(shown) or '-'}", first=f"{one.id}  ")


def _point(point: PointPart | AbsentView | MeasurementView) -> str:
    from domain.views.models.parts import PointPart  # noqa: PLC0415
    from domain.views.models.view import AbsentView  # noqa: PLC0415  (loaded, since there is a view)

    if isinstance(point, AbsentView):
        return localized(point)
    on = point.date if isinstance(point, PointPart) else point.as_at
    return localized(point.value) + (f" ({on})" if on else "")


def _assumptions(plan: PlanView) -> Iterator[str]:
    for one in plan.assumptions:
        yield from wrapped(localized(one.text), first=f"{one.id}  ")
        if one.test:
            yield from wrapped(_(OUTCOMES[one.test.outcome]).format(assumption=one.id), 5)


def _awaited(plan: PlanView) -> Iterator[str]:
    names = names_of(plan)
    for one in plan.awaited:
        declaring = listed(names.get(body, body) for body in one.told_by)
        state = (
            _("happened on {day}").format(day=date_text(localized(one.happened)))
            if one.happened
            else _("not yet; to be declared by {bodies}").format(bodies=declaring)
        )
        yield from wrapped(f"{localized(one.what)}: {state}", first=f"{one.id}  ")


def _corrections(plan: PlanView, zone: tzinfo) -> Iterator[str]:
    for one in plan.corrections:
        if one.status in UNDECIDED:
            yield from brief(one, plan, zone)


def _assessments(plan: PlanView) -> Iterator[str]:
    for one in plan.assessments:
        yield from assessment(one, plan)


def assessment(one: AssessmentView, plan: PlanView) -> Iterator[str]:
    """An assessment of another body's work: its author, its verdict and its scale."""
    by = localized(one.assessor) if one.assessor else names_of(plan).get(one.body or "", one.body or "-")
    scale = f" ({localized(one.scale)})" if one.scale else ""
    line = f"{by}: {localized(one.verdict)}{scale}. {localized(one.text)}".strip()
    after = " · " + _("after closing") if one.after_closing else ""
    yield from wrapped(line + after, first=f"{one.item or plan.id}  ")


def _findings(plan: PlanView) -> Iterator[str]:
    for one in plan.findings:
        yield from finding(one, plan)


def finding(one: FindingView, plan: PlanView) -> Iterator[str]:
    """A finding: the body that raised it, its text and its status."""
    by = names_of(plan).get(one.raised_by or "", one.raised_by or "-")
    line = f"{by}, {one.item or plan.id}: {localized(one.text)} · {_(FOLLOWED[one.status])}"
    yield from wrapped(line, first=f"{one.id}  ")


def _silences(plan: PlanView, zone: tzinfo) -> Iterator[str]:
    names = names_of(plan)
    for one in plan.silences:
        asked = _(ASKED_FOR[one.asked_for]).format(about=listed(one.about))
        silence = _("{body}: {asked}; answers were taken {until} (cycle {cycle})").format(
            body=names.get(one.body, one.body),
            asked=asked,
            until=until(one.until, zone),
            cycle=one.cycle,
        )
        late = one.answered_late
        tail = _("answered late, on {day}").format(day=day_text(late, zone)) if late else _("not answered")
        yield from wrapped(f"{silence} · {tail} · {availability(one.open_days, one.working_days)}")


def _lessons(plan: PlanView) -> Iterator[str]:
    for one in plan.lessons:
        yield from lesson(one)


def lesson(one: LessonView) -> Iterator[str]:
    """A lesson, marked if it is for the plan's successor, and its consequence."""
    successor = " " + _("(for the successor)") if "successor" in one.meant_for else ""
    yield from wrapped(localized(one.text) + successor, first=f"{one.id}  ")
    if one.therefore:
        yield from wrapped(localized(one.therefore), 6, first=_("Therefore: "))


def _words(plan: PlanView) -> Iterator[str]:
    """The words that reports take as a status and course corrections as a trigger."""
    scale = [f"{word} ({localized(one.label) or word})" for word, one in plan.scale.items()]
    yield from wrapped(", ".join(scale), first=_("Statuses: "))
    triggers = [f"{word} ({trigger(word, plan)})" for word in plan.triggers]
    yield from wrapped(", ".join(triggers), first=_("Triggers: "))


def _power(plan: PlanView) -> Iterator[str]:
    for one in plan.power:
        text = f"{levels(one)} {localized(one.text)}".strip()
        yield from wrapped(text, first=f"{one.stakeholder}  ")
