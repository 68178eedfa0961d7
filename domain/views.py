"""What people are shown of a plan: the state in the field's words, as JSON. A view decides nothing and hides no gap."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter

from domain.corrections.changes import name_of
from domain.corrections.messages import (
    BodyPosition,
    Change,
    Correction,
    Decision,
    EarlierDraft,
    LateExplanation,
    ReturnedDraft,
)
from domain.judging.messages import AssessmentRecord, FindingRecord, FollowUpRecord
from domain.kernel.event import Visibility
from domain.kernel.text import Text
from domain.loop.clock import next_deadline
from domain.loop.messages import Silence
from domain.loop.silence import owing
from domain.marks import contested, errata, mended
from domain.plan import Plan
from domain.plan_file.deadlines import Recurring, due_day, is_waiting
from domain.plan_file.definition import Commitment, Milestone

ALL: frozenset[Visibility] = frozenset({"public", "partners", "restricted"})

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def plan_view(plan: Plan, now: datetime, may_see: Collection[Visibility] = ALL) -> dict[str, Any]:
    """A plan as it stands. ``now`` only says what is overdue; nothing else depends on it.

    ``commitments[].milestones[]`` each have ``id``, ``due`` (an ISO date, or null) and ``status`` (its own word).
    """
    definition = plan.defined
    return {
        "id": plan.id,
        "title": definition.title,
        "status": plan.status,
        "version": plan.version,
        "revision": plan.revision,
        "illustrative": definition.illustrative,
        "live_from": _json(plan.live_from),
        "entered_afterwards": plan.live_from is None,
        "timezone": definition.timezone,
        "cycle": plan.cycle,
        "phase": plan.phase,
        "phase_closes_at": _json(plan.round.closes_at if plan.round and plan.status == "open" else None),
        "phase_over": bool(plan.round and plan.round.over),
        "reports_asked": _reports_asked(plan),
        "reports_period": _reports_period(plan),
        "words": _json(definition.words),
        "scale": _json(definition.scale),
        "questions": definition.questions,
        "triggers": definition.all_triggers(),
        "source": _json(definition.source),
        "approved": _json(definition.approved),
        "problem": _json(definition.problem),
        "mended": [one for name in ("plan", "problem") for one in mended(plan, may_see, f"item {name}")],
        "partners": [_json(partner) | {"since": _json(plan.joined.get(partner.id))} for partner in definition.partners],
        "former_partners": [
            _json(one.partner) | {"left_at": _json(one.left_at), "successor": one.successor}
            for one in plan.former.values()
        ],
        "commitments": [_commitment(plan, commitment, now, may_see) for commitment in definition.commitments],
        "indicators": [
            _json(one)
            | {"measured": _last_said(plan.measurements, one.id, may_see)}
            | _marked(plan, may_see, "item", one.id)
            for one in definition.indicators
        ],
        "assumptions": [
            _json(one) | {"test": _last_test(plan, one.id, may_see)} | _marked(plan, may_see, "item", one.id)
            for one in definition.assumptions
        ],
        "awaited": [
            _json(one) | {"happened": _happened(plan, one.id, may_see)} | _marked(plan, may_see, "item", one.id)
            for one in definition.awaited
        ],
        "corrections": [
            correction_view(plan, one, may_see) for one in plan.corrections.values() if one.visibility in may_see
        ],
        "assessments": [one for item in plan.assessments for one in _assessed(plan, item, may_see)],
        "findings": [_finding(one, may_see) for one in plan.findings.values() if one.visibility in may_see],
        "lessons": [
            _json(lesson) | _rests_on(plan, lesson.rests_on, may_see) | _marked(plan, may_see, "lesson", lesson.id)
            for lesson in plan.lessons.values()
            if plan.named[lesson.id].visibility in may_see
        ],
        "power": [
            {"stakeholder": stakeholder} | _json(seen)
            for stakeholder, (_, seen) in plan.power.items()
            if "restricted" in may_see
        ],
        "silences": [_silence(silence) for silence in plan.silences if _may_hear(plan, silence, may_see)],
        "policy": _json(definition.policy),
        "contested": contested(plan, may_see),
        "errata": errata(plan, may_see),
        "refused": plan.refused,
    }


def _reports_asked(plan: Plan) -> dict[str, Any] | None:
    """The window of the reports' own rhythm that is open now."""
    asked = plan.reporting
    if asked is None or asked.over or plan.status != "open":
        return None
    return {"period": asked.period, "since": _json(asked.reports_on), "closes_at": _json(asked.closes_at)}


def _happened(plan: Plan, awaited: str, may_see: Collection[Visibility]) -> Any:
    """The day on which an awaited event happened; nothing before. Who may not know the day hears that it is withheld.

    Deadlines that count from it run for everybody all the same: whoever has to meet them has to know them.
    """
    if awaited not in plan.occurrences:
        return None
    (_, version), day = plan.occurrences[awaited]
    told = plan.find_entry(version)
    if told is not None and told.visibility not in may_see:
        return {"withheld": told.visibility}
    return _json(day)


def _marked(plan: Plan, may_see: Collection[Visibility], kind: str, subject: str) -> dict[str, Any]:
    """What was told of a subject and counts no more, because a body contested it; and what of it an erratum mends."""
    subject = f"{kind} {subject}"
    return {"contested": contested(plan, may_see, subject), "mended": mended(plan, may_see, subject)}


def _assessment(plan: Plan, one: AssessmentRecord) -> dict[str, Any]:
    after_closing = plan.closed_at is not None and one.at > plan.closed_at
    said: dict[str, Any] = _json(one.assessment)
    return {"body": one.body, "at": _json(one.at), "after_closing": after_closing} | said


def _finding(one: FindingRecord, may_see: Collection[Visibility]) -> dict[str, Any]:
    """A finding with its own follow-up, which is no status of the plan."""
    steps = [step for step in one.follow_ups if step.visibility in may_see]
    said: dict[str, Any] = _json(one.finding)
    return said | {
        "id": one.id,
        "raised_by": one.body,
        "raised_at": _json(one.raised_at),
        "status": steps[-1].status if steps else "open",
        "follow_ups": [_fields(step) for step in steps],
    }


def _reports_period(plan: Plan) -> int | None:
    """The period of the reports' own rhythm that a report of now is for: the one asked about, or the one that runs."""
    if plan.defined.policy.reports is None:
        return None
    asked = plan.reporting
    return 1 if asked is None else (asked.period or 0) + asked.over


def summary_view(plan: Plan) -> dict[str, Any]:
    """A plan as one row of a list."""
    deadline = next_deadline(plan)
    return {
        "title": _short(plan.definition.title) if plan.definition else None,
        "status": plan.status,
        "phase": plan.phase,
        "cycle": plan.cycle,
        "next_deadline": _json(deadline),
        "revision": plan.revision,
        "updated_at": _json(plan.recorded_at),
        "illustrative": plan.definition.illustrative if plan.definition else False,
        "entered_afterwards": plan.definition is not None and plan.live_from is None,
    }


def _short(title: Text) -> Text:
    """A title for a list: at most 200 characters, in at most ten languages."""
    if isinstance(title, str):
        return title[:200]
    return {language: said[:200] for language, said in list(title.items())[:10]}


def correction_view(plan: Plan, correction: Correction, may_see: Collection[Visibility] = ALL) -> dict[str, Any]:
    """A course correction and its fate. What was said of it to fewer is counted, and what it rests on not named."""
    positions = {body: held for body, held in correction.positions.items() if held.visibility in may_see}
    explained = [reason for reason in correction.explained if reason.visibility in may_see]
    decision, hidden = correction.decision, {"withheld": correction.decision_visibility}
    open_to_reader = correction.decision_visibility in may_see
    return {
        "id": correction.id,
        "status": correction.status,
        "draft": correction.draft,
        "proposed_by": correction.body,
        "in_hands_of": plan.heir(correction.body) if correction.body else None,
        "proposed_at": _json(correction.proposed_at),
        "trigger": correction.proposal.trigger,
        **_rests_on(plan, correction.proposal.rests_on, set(may_see) - {"restricted"}),
        **_marked(plan, may_see, "correction", correction.id),
        "rationale": _json(correction.proposal.rationale),
        "explained": [_fields(reason) for reason in explained],
        "explained_withheld": len(correction.explained) - len(explained),
        "takes_effect": _json(correction.proposal.takes_effect),
        "changes": [change_view(change) for change in correction.proposal.changes],
        "positions": {body: _fields(held) for body, held in positions.items()},
        "positions_withheld": len(correction.positions) - len(positions),
        "returned": _given_back(correction.returned, may_see),
        "earlier_drafts": [_earlier(one, may_see) for one in correction.earlier],
        "decision": decision.decision if decision else None,
        "response": _json(decision.response if open_to_reader else hidden) if decision else None,
        "authority": _json(decision.authority if open_to_reader else hidden) if decision else None,
        "decided_by": correction.decided_by,
        "session": _session(decision, hidden if not open_to_reader else None),
        "decided_at": _json(correction.decided_at),
        "effective_at": _json(correction.effective_at),
        "stale": list(correction.stale),
        "carried": correction.carried,
        "owed_by": _owed_by(plan, correction),
    }


def _earlier(one: EarlierDraft, may_see: Collection[Visibility]) -> dict[str, Any]:
    """A draft that another has followed; of one that was for fewer, that it was there."""
    if one.visibility not in may_see:
        return {"draft": one.draft, "withheld": one.visibility}
    positions = {body: held for body, held in one.positions.items() if held.visibility in may_see}
    return {
        "draft": one.draft,
        "drafted_at": _json(one.drafted_at),
        "trigger": one.proposal.trigger,
        "rationale": _json(one.proposal.rationale),
        "takes_effect": _json(one.proposal.takes_effect),
        "changes": [change_view(change) for change in one.proposal.changes],
        "positions": {body: _fields(held) for body, held in positions.items()},
        "positions_withheld": len(one.positions) - len(positions),
        "returned": _given_back(one.returned, may_see),
    }


def _given_back(returned: ReturnedDraft | None, may_see: Collection[Visibility]) -> dict[str, Any] | None:
    """By whom and why a draft was returned to its author."""
    if returned is None:
        return None
    return _fields(returned) if returned.visibility in may_see else {"withheld": returned.visibility}


def _session(decision: Decision | None, hidden: dict[str, Visibility] | None) -> Any:
    """The meeting that decided, but for its positions, which stand with the others."""
    if decision is None or decision.session is None:
        return None
    return hidden or {name: said for name, said in _json(decision.session).items() if name != "positions"}


def _owed_by(plan: Plan, correction: Correction) -> list[str]:
    """The bodies whose answer is missing: to an open draft, to one given back to its author, or when it lapsed."""
    match correction.status:
        case "open" | "returned":
            return list(owing(plan, correction))
        case "lapsed":
            return list(correction.owed_by)
        case _:
            return []


def change_view(change: Change) -> dict[str, Any]:
    """A change with the name that the field gives it."""
    return {"name": name_of(change), "subject": change.subject, **_json(change)}


def _commitment(plan: Plan, commitment: Commitment, now: datetime, may_see: Collection[Visibility]) -> dict[str, Any]:
    view: dict[str, Any] = _json(commitment) | _standing(plan, commitment.id, may_see)
    view |= _marked(plan, may_see, "item", commitment.id)
    view["assessed"] = _assessed(plan, commitment.id, may_see)
    view["dropped"] = _json(plan.dropped.get(commitment.id))
    view["milestones"] = [_milestone(plan, commitment, milestone, now, may_see) for milestone in commitment.milestones]
    return view


def _milestone(
    plan: Plan, commitment: Commitment, milestone: Milestone, now: datetime, may_see: Collection[Visibility]
) -> dict[str, Any]:
    calendar = plan.defined.calendar()
    happened = plan.happened()
    due = due_day(milestone.due, happened, calendar) if milestone.due else None
    view: dict[str, Any] = _json(milestone) | _standing(plan, milestone.id, may_see)
    view |= _marked(plan, may_see, "item", milestone.id)
    finished = plan.meaning_of(milestone.id) in ("done", "stopped") or plan.dropped_since(milestone.id) is not None
    view |= {
        "deadline": view.get("due"),
        "due": _json(due),
        "next": None if finished else _json(_next(plan, milestone, calendar.day_of(now))),
        "waiting": milestone.due is not None and is_waiting(milestone.due, happened),
        "overdue": due is not None and not finished and plan.status == "open" and now >= calendar.end_of(due),
        "lead": plan.defined.lead_of(commitment, milestone),
        "evidence": plan.evidence.get(milestone.id, 0),
        "assessed": _assessed(plan, milestone.id, may_see),
        "introduced": _json(plan.introduced.get(milestone.id)),
        "dropped": _json(plan.dropped.get(milestone.id)),
    }
    return view


def _next(plan: Plan, milestone: Milestone, today: date) -> date | None:
    """The next day of a recurring deadline."""
    if not isinstance(milestone.due, Recurring) or plan.started_at is None:
        return None
    calendar = plan.defined.calendar()
    return milestone.due.next_from(today, calendar.day_of(plan.started_at), calendar)


def _assessed(plan: Plan, item: str, may_see: Collection[Visibility]) -> list[dict[str, Any]]:
    """What others judge of an item, beside what was reported of it."""
    return [_assessment(plan, one) for one in plan.assessments.get(item, ()) if one.visibility in may_see]


def _standing(plan: Plan, item: str, may_see: Collection[Visibility]) -> dict[str, Any]:
    """The last stated status of an item; ``not_reported`` where none was ever stated."""
    held = plan.standings.get(item)
    if held is None:
        return {"status": "not_reported", "means": None, "reported_by": None, "as_at": None}
    if held.visibility not in may_see:
        return {"status": "withheld", "means": None, "reported_by": None, "as_at": None}
    return {
        "status": held.status,
        "means": held.means,
        "reported_by": held.body,
        "as_at": _json(held.source_day),
        "told_at": _json(held.at[0]),
        "after_closing": plan.closed_at is not None and held.at[0] > plan.closed_at,
        "count": held.report.count,
        "of": held.report.of,
        "what": _json(held.report.what),
        "text": _json(held.report.text),
    }


def _last_said(facts: Mapping[str, tuple[Any, Any, Visibility]], name: str, may_see: Collection[Visibility]) -> Any:
    """What was said of a thing last, or nothing where that was said to fewer."""
    if name not in facts:
        return None
    _, said, visibility = facts[name]
    return _json(said) if visibility in may_see else None


def _last_test(plan: Plan, assumption: str, may_see: Collection[Visibility]) -> Any:
    said = _last_said(plan.assumptions, assumption, may_see)
    return said and said | _rests_on(plan, said["rests_on"], may_see)


def _rests_on(plan: Plan, grounds: Collection[str], may_see: Collection[Visibility]) -> dict[str, Any]:
    """What something rests on: named where the reader may know of it, for an id can say as much as a text; counted."""
    open_ = [ground for ground in grounds if ground in plan.named and plan.named[ground].visibility in may_see]
    return {
        "rests_on": open_,
        "rests_on_restricted": len(grounds) - len(open_),
        "rests_on_contested": [ground for ground in open_ if not plan.stands(plan.named[ground].version)],
    }


def _may_hear(plan: Plan, silence: Silence, may_see: Collection[Visibility]) -> bool:
    """Whether a silence is about nothing that a reader may not know of: a position is asked for on one correction."""
    about = (plan.corrections[name] for name in silence.about if name in plan.corrections)
    return silence.asked_for != "position" or all(correction.visibility in may_see for correction in about)


def _silence(silence: Silence) -> dict[str, Any]:
    """A silence, and beside it by which entry it was answered late."""
    told = {name: said for name, said in _fields(silence).items() if name != "answers"}
    answered_by = silence.answers[0][1] if silence.answers else None
    return told | {"answered_late": _json(silence.answered_late), "answered_by": answered_by}


def _fields(part: BodyPosition | LateExplanation | ReturnedDraft | Silence | FollowUpRecord) -> dict[str, Any]:
    return {field.name: _json(getattr(part, field.name)) for field in fields(part)}


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return _ANY.dump_python(value, mode="json", by_alias=True, exclude_none=True)
