"""A subject's facts told again: what holds once an entry counts no more.

Only the facts of the subject itself are added up anew. What the plan decided, asked or found silent meanwhile stands in
entries of its own, and stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from domain.entry import Entry
from domain.events import EntryContested, ProgressReported, ReflectionSubmitted
from domain.mending import as_mended, mended_definition
from domain.plan import Contest, Plan, Silence
from domain.told import FACTS, bodies_of, counting, is_of_another_draft, subject_of

Tell = Callable[[Plan, Entry], Plan]
"""What one entry adds to a plan."""


def contested(plan: Plan, entry: Entry, event: EntryContested, tell: Tell) -> Plan:
    """The plan once a body has contested an entry: it counts no more for that body, and holds nothing up."""
    told, body = plan.find_entry(event.entry), event.spoken_for or entry.on_behalf_of
    if told is None or body is None:
        return plan
    successor = entry.on_behalf_of if event.spoken_for else None
    contest = Contest(body, entry.version, entry.recorded_at, successor)
    contests = {**plan.contests, told.version: (*plan.contests.get(told.version, ()), contest)}
    plan = told_again(replace(plan, contests=contests), told, tell)
    name = getattr(told.event, "erratum", None)
    return mended(plan, name, tell) if name else _unanswered(plan, told, body)


def mended(plan: Plan, name: str, tell: Tell) -> Plan:
    """The plan once an erratum took effect, or lost it: what its entry said, told again as it stands now."""
    erratum = plan.errata.get(name)
    if erratum is None or (entry := plan.find_entry(erratum.entry)) is None:
        return plan
    if erratum.item is not None:
        return plan.with_(definition=mended_definition(plan, erratum))
    return told_again(plan, entry, tell)


def told_again(plan: Plan, one: Entry, tell: Tell) -> Plan:
    """The facts of an entry's subject, added up from what still counts of all that was told of it."""
    kind, subject = subject_of(one.event) or ("", "")
    before: dict[str, Mapping[str, Any]] = {name: getattr(plan, name) for name in FACTS.get(kind, ())}
    bare = {name: {key: fact for key, fact in facts.items() if key != subject} for name, facts in before.items()}
    again = plan.with_(**bare)
    told = plan.told.get(f"{kind} {subject}", ())
    for entry in told:
        counts = counting(as_mended(plan, entry), plan.contested_by(entry.version), told)
        correction = again.corrections.get(subject) if kind == "correction" else None
        if counts is not None and not (correction and is_of_another_draft(entry.event, correction.draft)):
            again = tell(again, counts)
    if kind == "erratum":
        again = _withdrawn_by_its_writer(again, subject)
    if kind == "correction":
        again = _closed_by_its_author(again, subject)
    return plan.with_(**{name: _in_place(facts, getattr(again, name)) for name, facts in before.items()})


def _in_place(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The facts after, each where it stood before."""
    kept = {key: after[key] for key in before if key in after}
    return kept | dict(after)


def _closed_by_its_author(plan: Plan, name: str) -> Plan:
    """A course correction that the body it was proposed for contests is open no more; a decided one stays decided."""
    correction, (proposal, *_) = plan.corrections[name], plan.told[f"correction {name}"]
    if not correction.is_open or plan.stands(proposal.version):
        return plan
    return plan.with_(corrections={**plan.corrections, name: replace(correction, status="contested")})


def _withdrawn_by_its_writer(plan: Plan, name: str) -> Plan:
    """An erratum that the body it was written for contests has no effect."""
    erratum = plan.errata[name]
    if plan.stands(erratum.version):
        return plan
    return plan.with_(errata={**plan.errata, name: replace(erratum, contested_by=erratum.body)})


def _unanswered(plan: Plan, told: Entry, body: str) -> Plan:
    """A body has not answered what a contested entry answered for it, unless it did so in another."""
    said = [
        entry
        for entries in plan.told.values()
        for entry in entries
        if body in bodies_of(entry) and body not in plan.contested_by(entry.version)
    ]
    match told.event:
        case ProgressReported():
            reports = [entry for entry in said if isinstance(entry.event, ProgressReported)]
            if not any(entry.cycle == told.cycle for entry in reports):
                plan = plan.with_(reported=_without(plan.reported, told.cycle, body))
            last = {body: max(entry.effective_at for entry in reports)} if reports else {}
            others = {one: moment for one, moment in plan.last_reported.items() if one != body}
            plan = plan.with_(last_reported=others | last)
        case ReflectionSubmitted(cycle=cycle, members=members):
            if not any(isinstance(entry.event, ReflectionSubmitted) and entry.event.cycle == cycle for entry in said):
                plan = plan.with_(reflected=_without(plan.reflected, cycle, body))
            counted = plan.members.get(cycle, {})
            if members is not None and body in counted:
                plan = plan.with_(members={**plan.members, cycle: {**counted, body: counted[body] - members}})
        case _:
            pass
    return plan.with_(silences=tuple(_without_answer(plan, silence, told, body) for silence in plan.silences))


def _without(rounds: Mapping[int, frozenset[str]], cycle: int, body: str) -> dict[int, frozenset[str]]:
    return {one: bodies - {body} if one == cycle else bodies for one, bodies in rounds.items()}


def _without_answer(plan: Plan, silence: Silence, told: Entry, body: str) -> Silence:
    """A silence of a body that an entry answered is answered by the next that did, or by none."""
    if plan.heir(silence.body) != plan.heir(body):
        return silence
    return replace(silence, answers=tuple(answer for answer in silence.answers if answer[1] != told.version))
