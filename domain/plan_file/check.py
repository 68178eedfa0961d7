"""Checks across the keys of a plan file: references, numbers that cannot be met, windows that do not fit.

A plan with a fault does not start, and a course correction that would cause a fault is refused. Missing information is
only a warning: a missing cause is better than an invented one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from domain.kernel.faults import Fault, Path, hint
from domain.kernel.text import Absent
from domain.plan_file.deadlines import After
from domain.plan_file.definition import Cycle, Definition

MOST = 200
"""The most faults, and the most warnings, in one answer: hints take time, and a person reads no more."""


@dataclass(frozen=True, slots=True)
class Findings:
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def check(definition: Definition) -> Findings:
    """The faults of a definition, and warnings about missing information."""
    faults = chain(
        _duplicates(definition),
        _bodies(definition),
        _references(definition),
        _waiting_circles(definition),
        _decisions(definition),
        _windows(definition),
    )
    return Findings(tuple(islice(faults, MOST)), tuple(islice(_missing(definition), MOST)))


def _duplicates(definition: Definition) -> Iterator[Fault]:
    items: list[tuple[str, Path]] = []
    for c, commitment in enumerate(definition.commitments):
        items.append((commitment.id, ("commitments", c, "id")))
        items += [(m.id, ("commitments", c, "milestones", i, "id")) for i, m in enumerate(commitment.milestones)]
    items += [(x.id, ("indicators", i, "id")) for i, x in enumerate(definition.indicators)]
    items += [(x.id, ("assumptions", i, "id")) for i, x in enumerate(definition.assumptions)]
    items += [(x.id, ("awaited", i, "id")) for i, x in enumerate(definition.awaited)]
    items += [(word, (word,)) for word in ("problem", "policy", "plan")]
    bodies: list[tuple[str, Path]] = [(x.id, ("partners", i, "id")) for i, x in enumerate(definition.partners)]
    bodies += [(x.id, ("stakeholders", i, "id")) for i, x in enumerate(definition.stakeholders)]
    causes: list[tuple[str, Path]] = [
        (x.id, ("problem", "causes", i, "id")) for i, x in enumerate(definition.problem.causes)
    ]
    for group in (items, bodies, causes):
        seen: set[str] = set()
        for given, path in sorted(group, key=lambda pair: len(pair[1]) == 1, reverse=True):
            if given in seen:
                yield Fault("duplicate_id", path, {"id": given})
            seen.add(given)


def _bodies(definition: Definition) -> Iterator[Fault]:
    known = [partner.id for partner in definition.partners]
    named: list[tuple[str | None, Path]] = []
    for c, commitment in enumerate(definition.commitments):
        at: Path = ("commitments", c)
        named.append((commitment.lead, (*at, "lead")))
        named += [(body, (*at, "with", i)) for i, body in enumerate(commitment.supporting)]
        for m, milestone in enumerate(commitment.milestones):
            named.append((milestone.lead, (*at, "milestones", m, "lead")))
            named += [(body, (*at, "milestones", m, "with", i)) for i, body in enumerate(milestone.supporting)]
    for a, awaited in enumerate(definition.awaited):
        named += [(body, ("awaited", a, "told_by")) for body in awaited.told_by]
    if definition.approved:
        named += [(body, ("approved", "by", i)) for i, body in enumerate(definition.approved.by)]
    named += [(body, ("policy", "decisions", "bodies", i)) for i, body in enumerate(definition.policy.decisions.bodies)]
    for body, path in named:
        if body is not None and body not in known:
            yield Fault("unknown_body_named", path, {"body": body, "hint": hint(body, known)})


def _references(definition: Definition) -> Iterator[Fault]:
    causes = [cause.id for cause in definition.problem.causes]
    commitments = [commitment.id for commitment in definition.commitments]
    indicators = [indicator.id for indicator in definition.indicators]
    happenings = [milestone.id for _, milestone in definition.milestones()] + [x.id for x in definition.awaited]

    def unknown(code: str, given: str, known: list[str], path: Path, key: str = "given") -> Iterator[Fault]:
        if given not in known:
            yield Fault(code, path, {key: given, "hint": hint(given, known)})

    for c, commitment in enumerate(definition.commitments):
        for i, cause in enumerate(commitment.addresses):
            yield from unknown("unknown_cause", cause, causes, ("commitments", c, "addresses", i), "cause")
        for m, milestone in enumerate(commitment.milestones):
            if isinstance(milestone.due, After):
                path: Path = ("commitments", c, "milestones", m, "due", "after")
                yield from unknown("unknown_awaited_named", milestone.due.after, happenings, path)
    for i, indicator in enumerate(definition.indicators):
        if indicator.of is not None:
            yield from unknown("unknown_commitment", indicator.of, commitments, ("indicators", i, "of"))
    for i, assumption in enumerate(definition.assumptions):
        if assumption.watch is not None:
            yield from unknown("unknown_indicator", assumption.watch, indicators, ("assumptions", i, "watch"))


def _waiting_circles(definition: Definition) -> Iterator[Fault]:
    waits = {m.id: m.due.after for _, m in definition.milestones() if isinstance(m.due, After)}
    for c, commitment in enumerate(definition.commitments):
        for m, milestone in enumerate(commitment.milestones):
            seen: set[str] = set()
            step: str | None = milestone.id
            while step in waits and step not in seen:
                seen.add(step)
                step = waits[step]
            if step == milestone.id and seen:
                yield Fault("waits_for_itself", ("commitments", c, "milestones", m, "due"), {"given": milestone.id})


def _decisions(definition: Definition) -> Iterator[Fault]:
    decisions = definition.policy.decisions
    groups = {partner.id for partner in definition.partners if partner.group is not None}
    bodies = definition.deciding_bodies()
    path: Path = ("policy", "decisions")
    for body in bodies:
        if body in groups:
            yield Fault("group_cannot_decide", path, {"body": body})
    able = len(set(bodies) - groups)
    if definition.quorum() > able:
        yield Fault(
            "quorum_cannot_be_met", (*path, "quorum"), {"quorum": str(definition.quorum()), "bodies": str(able)}
        )
    if isinstance(decisions.adopts, int) and decisions.adopts > able:
        yield Fault("adoption_cannot_be_met", (*path, "adopts"), {"adopts": str(decisions.adopts), "bodies": str(able)})


def _windows(definition: Definition) -> Iterator[Fault]:
    yield from _rhythm(definition)
    cycle = definition.policy.cycle
    if not isinstance(cycle, Cycle):
        return
    calendar = definition.calendar()
    begins = calendar.start_of(date(2027, 1, 1))
    ends = calendar.after(begins, cycle.every)
    reflection = calendar.before(calendar.before(ends, cycle.adaptation), cycle.reflection)
    if reflection <= begins:
        yield Fault("windows_do_not_fit", ("policy", "cycle"), {"every": str(cycle.every.model_dump())})


def _rhythm(definition: Definition) -> Iterator[Fault]:
    rhythm = definition.policy.reports
    if rhythm is None:
        return
    calendar = definition.calendar()
    begins = calendar.start_of(date(2027, 2, 1))  # the shortest month: a window has to fit into it too
    if calendar.after(begins, rhythm.within) > calendar.after(begins, rhythm.every):
        given = {"within": str(rhythm.within.model_dump()), "every": str(rhythm.every.model_dump())}
        yield Fault("reports_overlap", ("policy", "reports"), given)


def _missing(definition: Definition) -> Iterator[Fault]:
    def say(code: str, path: Path, **params: str) -> Iterable[Fault]:
        yield Fault(code, path, params)

    addressed = {cause for commitment in definition.commitments for cause in commitment.addresses}
    if len(bodies := definition.deciding_bodies()) == 1:
        yield from say("one_body_decides", ("policy", "decisions"), body=bodies[0])
    if not definition.problem.causes:
        yield from say("no_causes", ("problem",))
    for i, cause in enumerate(definition.problem.causes):
        if cause.id not in addressed:
            yield from say("cause_unaddressed", ("problem", "causes", i), id=cause.id)
    for c, commitment in enumerate(definition.commitments):
        if definition.problem.causes and not commitment.addresses:
            yield from say("commitment_without_cause", ("commitments", c), id=commitment.id)
        if not commitment.milestones:
            yield from say("commitment_without_milestones", ("commitments", c), id=commitment.id)
        for m, milestone in enumerate(commitment.milestones):
            path: Path = ("commitments", c, "milestones", m)
            if definition.lead_of(commitment, milestone) is None:
                yield from say("nobody_leads", path, id=milestone.id)
            if milestone.proof is None and milestone.measure is None:
                yield from say("no_proof", path, id=milestone.id)
            if not milestone.stated and (milestone.due is None or isinstance(milestone.due, Absent)):
                yield from say("no_due", path, id=milestone.id)
