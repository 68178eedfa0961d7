"""Given, when, then: test the domain with a small plan.

``given`` starts a plan from its file; ``when`` sends a command, after the deadlines up to its moment, as the engine
does; ``wait_until`` lets time pass; ``then`` and ``then_refused`` check the result of the last step.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import copy, deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

import yaml

from domain import PLAN
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import CLOCK, NewEvent
from domain.kernel.refused import Refused
from domain.plan import Plan
from domain.plan_file.calendar import Days
from domain.plan_file.definition import Definition

WARD = yaml.load(
    """
    plan: ward
    title: A ward that washes its hands
    timezone: America/Mexico_City
    problem:
      statement: Patients catch infections on the ward
      causes: [{id: c1, text: Nobody sees whether hands are washed}]
    partners:
      - {id: nurses, name: Nursing office, decides: yes}
      - {id: doctors, name: Medical office, decides: yes}
      - {id: auditors, name: Audit office, decides: yes}
      - {id: patients, name: Patients of the ward, group: 30}
    stakeholders: [{id: purchasing, name: Purchasing department}]
    awaited: [{id: guide, what: A national guide is published, told_by: auditors}]
    indicators: [{id: rate, of: "1", name: Infections, baseline: {value: "12"}, target: {value: "4"}}]
    assumptions: [{id: soap, text: Soap is delivered}]
    commitments:
      - id: "1"
        title: Hands are washed
        lead: nurses
        addresses: [c1]
        milestones:
          - {id: "1.1", deliverable: Basins at every bed, due: 2027-03-31, proof: A photograph}
          - {id: "1.2", deliverable: Weekly counts, due: {after: guide, working_days: "10"}, proof: A table}
      - id: "2"
        title: Hands are looked at
        lead: doctors
        addresses: [c1]
        milestones: [{id: "2.1", deliverable: A round a week, due: 2027-06, proof: Minutes}]
    policy: {decisions: {quorum: "2"}}
    """,
    yaml.BaseLoader,  # noqa: S506  (the one that makes text of every scalar, and nothing but text, lists and mappings)
)
"""A plan convened by its operator; tests say what theirs has otherwise."""

QUARTERLY = {"every": "3 months", "reflection": "10 working_days", "adaptation": "5 working_days"}

START = "2027-01-04 09:00"


def plan_file(edits: Mapping[str, Any] | None = None, **keys: Any) -> dict[str, Any]:
    """The ward's plan file with some keys changed by dotted path; ``None`` removes a key."""
    file: dict[str, Any] = deepcopy(WARD) | keys
    for path, value in (edits or {}).items():
        *steps, last = path.split(".")
        place: Any = file
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last) : int(last) + 1] = [value]
        elif value is None:
            del place[last]
        else:
            place[last] = value
    return file


class Story:
    """A plan, its entries, and the result of the last step."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.calendar = Definition.model_validate(definition).calendar()
        self.plan: Plan = PLAN.empty
        self.entries: list[Entry] = []
        self.new_entries: list[Entry] = []
        self.refused: Refused | None = None
        self.now = self.moment(START)
        self.open_hours: list[datetime] | None = None
        """The hours of availability; ``None``: always available."""

    def moment(self, value: str | date | datetime) -> datetime:
        """A moment in the plan's time zone: ``2027-02-01`` is noon of that day."""
        value = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if value.tzinfo is None:
            value = value.replace(tzinfo=self.calendar.zone, hour=value.hour or 12)
        return value

    def wait_until(self, moment: str | date | datetime) -> Self:
        """Let time pass, with the deadlines that fall due."""
        self.new_entries = []
        self._until(self.moment(moment))
        return self

    def when(
        self, command: str, *, by: str | None = None, at: Any = None, role: str = "partner", **fields: Any
    ) -> Self:
        """Send a command. By default its id is its number."""
        self.new_entries, self.refused = [], None
        raw = {"command": command, "id": f"c{len(self.entries)}", "on_behalf_of": by} | fields
        raw = {key.rstrip("_"): value for key, value in raw.items() if value is not None}
        parsed = PLAN.parse(raw)
        self._until(self.moment(at) if at else self.now)
        asked = CommandEnvelope(
            command=parsed,
            plan="ward",
            actor=role,
            role=role,
            on_behalf_of=by,
            accepted_at=self.now,
            open_hours=self.open_hours,
        )
        try:
            drafts = PLAN.decide(self.plan, asked)
            # The engine seals a command by the visibility of its events.
            sealed = any(parsed.words())
            assert not sealed or drafts[0].visibility == PLAN.visibility_of(self.plan, parsed)
        except Refused as refused:
            self.refused = refused
            drafts = [PLAN.refusal(command, refused, self.now)]
        self._record(drafts, parsed.id, role, by)
        return self

    def open_on(self, *spans: str) -> Self:
        """Set the availability: days (``2027-03-22``), or ranges of days (``2027-03-22/2027-03-26``)."""
        self.open_hours = sorted({*(self.open_hours or ()), *(hour for span in spans for hour in self._hours(span))})
        return self

    def _hours(self, span: str) -> Iterator[datetime]:
        days = Days.model_validate(span)
        for number in range((days.last - days.first).days + 1):
            yield self.moment(days.first + timedelta(days=number)).astimezone(UTC)

    def then(self, *kinds: str, **fields: Any) -> Self:
        """The last step gave entries of these kinds, in this order; the last one has these values."""
        assert [entry.kind for entry in self.new_entries] == list(kinds), self.refused
        for key, value in fields.items():
            found = getattr(self.new_entries[-1].event, key)
            assert found == value, f"{key} is {found!r}"
        return self

    def then_refused(self, code: str, **params: str) -> Self:
        """The command was refused with this code, and only the refusal was recorded."""
        assert self.refused is not None, [entry.kind for entry in self.new_entries]
        assert self.refused.code == code, self.refused
        assert {name: self.refused.params[name] for name in params} == params
        assert self.new_entries[-1].kind == "command_refused"
        return self

    def events(self, *kinds: str) -> list[Any]:
        """The events of some kinds so far, oldest first."""
        return [entry.event for entry in self.entries if entry.kind in kinds]

    def as_of(self, effective: Any, recorded: datetime | None = None) -> Plan:
        """The plan as of a moment or the end of a day: the fold of the entries effective and recorded by then."""
        whole_day = isinstance(effective, str) and len(effective) == len("2027-01-01")
        until = self.calendar.last_moment_of(date.fromisoformat(effective)) if whole_day else self.moment(effective)
        return fold(cut(self.entries, until, recorded))

    def _until(self, moment: datetime) -> None:
        for _ in range(1_000):
            drafts = PLAN.due(self.plan, moment, self.open_hours)
            if not drafts:
                self.now = max(self.now, moment)
                return
            self._record(drafts, None, CLOCK, None, moment)
        raise AssertionError("the clock never comes to rest")

    def _record(
        self, drafts: Sequence[NewEvent], cause: str | None, role: str, by: str | None, at: datetime | None = None
    ) -> None:
        for draft in drafts:
            entry = recorded(self.plan, draft, cause=cause, role=role, by=by, at=at or self.now)
            self.plan = PLAN.evolve(self.plan, entry)
            self.entries.append(entry)
            self.new_entries.append(entry)


def recorded(plan: Plan, draft: NewEvent, *, cause: str | None, role: str, by: str | None, at: datetime) -> Entry:
    """A new event numbered, recorded and read again as by the ledger."""
    version = plan.version + 1
    kind = PLAN.kind_of(draft.event)
    event = PLAN.read(kind, draft.event.SCHEMA, json.dumps(PLAN.write(draft.event)))
    assert event == draft.event
    return Entry(
        plan="ward",
        version=version,
        id=f"e{version}",
        kind=kind,
        schema=draft.event.SCHEMA,
        actor=role,
        role=role,
        on_behalf_of=by,
        source=None,
        effective_at=draft.effective_at,
        recorded_at=max(at, plan.recorded_at or at),
        cycle=plan.cycle,
        phase=plan.phase,
        cause=cause,
        visibility=draft.visibility,
        event=event,
    )


def cut(entries: Sequence[Entry], effective: datetime, by: datetime | None = None) -> list[Entry]:
    """The entries effective by one moment and recorded by another, in stream order."""
    return [e for e in entries if e.effective_at <= effective and (by is None or e.recorded_at <= by)]


def fold(entries: Sequence[Entry], plan: Plan = PLAN.empty) -> Plan:
    """The state after these entries."""
    for entry in entries:
        plan = PLAN.evolve(plan, entry)
    return plan


def given(
    edits: Mapping[str, Any] | None = None, /, at: str = START, effective: str | None = None, **keys: Any
) -> Story:
    """The ward's plan, started, with some keys changed."""
    definition = plan_file(edits, **keys)
    story = Story(definition)
    story.now = story.moment(at)
    story.when(
        "start_plan", role="operator", id="start", definition=definition, effective=effective, source="Minutes 1"
    )
    return story.then("plan_started", "phase_opened")


PROPOSAL: dict[str, Any] = {
    "trigger": "roadblock",
    "rests_on": ["seen"],
    "rationale": "The basins are late",
    "changes": [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}],
}


def proposed(story: Story, by: str | None = "nurses", **fields: Any) -> Story:
    """A report, and a course correction ``cc`` that rests on it."""
    if "seen" not in story.plan.grounds:
        story.when("report_progress", id="seen", by=by, milestone="1.1", status="under_way").then("progress_reported")
    return story.when("propose_correction", by=by, **{"id": "cc"} | PROPOSAL | fields)


def decided(story: Story, by: str = "doctors", decision: str = "adopted", **fields: Any) -> Story:
    """The decision on ``cc``, with its response and authority."""
    fields = {"correction": "cc", "response": "We agree", "authority": {"document": "Minutes 7"}} | fields
    return story.when("decide_correction", by=by, decision=decision, **fields)


SESSION: dict[str, Any] = {"date": "2027-01-04", "minutes": "Minutes 8", "sha256": "d" * 64}


def met(story: Story, *, role: str = "operator", answers: Any = None, lessons: Any = None, **session: Any) -> Story:
    """A reflection by a meeting, by default of the nurses and the doctors."""
    session = SESSION | {"present": ["nurses", "doctors"]} | session
    return story.when(
        "submit_reflection", role=role, session=session, answers=answers or {"did": "We washed"}, lessons=lessons
    )


def decided_in_session(
    story: Story, decision: str = "adopted", correction: str = "cc", draft: int = 1, **session: Any
) -> Story:
    """The decision on ``cc`` by a meeting, in which by default all three bodies endorse."""
    endorsed = {"positions": {"nurses": "endorse", "doctors": "endorse", "auditors": "endorse"}}
    fields: dict[str, Any] = {"decision": decision, "response": "We agree", "authority": {"document": "Minutes 8"}}
    fields |= {"correction": correction, "draft": draft}
    return story.when("decide_correction", role="operator", session=SESSION | endorsed | session, **fields)


def entered(story: Story, command: str = "report_progress", by: str = "nurses", **fields: Any) -> Story:
    """An entry by the operator for a body, from a letter; by default a report on 1.1."""
    fields = {"milestone": "1.1", "status": "done"} | fields if command == "report_progress" else fields
    return story.when(command, by=by, role="operator", source="Letter 5", **fields)


def contested(story: Story, by: str, entry: int | str, **fields: Any) -> Story:
    """A body objects to an entry that was entered for it."""
    return story.when("contest_entry", by=by, entry=entry, **{"reason": "We never said so"} | fields)


def counted(story: Story, by: str = "nurses", **fields: Any) -> Story:
    """A report that counts seven of twelve."""
    report: dict[str, Any] = {"id": "count", "milestone": "1.1", "status": "under_way", "count": 7}
    return story.when("report_progress", by=by, **report | fields)


def erred(story: Story, by: str = "nurses", **fields: Any) -> Story:
    """An erratum ``fe-1``: by default, that report counts eight."""
    mends: dict[str, Any] = {
        "id": "fe-1",
        "entry": "count",
        "field": "count",
        "says": 7,
        "should_say": 8,
        "source": "Field sheet 12",
    }
    return story.when("record_erratum", by=by, **mends | fields)


def convened(story: Story, *phases: str, at: Any = None, **fields: Any) -> Story:
    """The operator opens phases, one after the other."""
    for phase in phases:
        story.when("convene", role="operator", phase=phase, at=at, **fields)
    return story


def changed(entry: Entry, **changes: Any) -> Entry:
    """A copy of an entry with some fields changed."""
    twin = copy(entry)
    for name, value in changes.items():
        setattr(twin, name, value)
    return twin
