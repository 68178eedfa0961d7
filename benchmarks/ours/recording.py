"""Facts as entries of ours: each decided by the domain, enclosed, chained, and folded into the plan."""

import functools
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from benchmarks.story import BEGAN, Fact, facts, plan_file
from domain import PLAN
from domain.kernel.command import Command
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import NewEvent
from domain.plan import Plan
from ledger.appender import Appender, Write, Written
from ledger.envelope import ZERO_HASH, EncodedEntry, encode_entry
from ledger.outcomes import Outcome

Role = Literal["operator", "partner"]


def command_of(fact: Fact) -> Command:
    """The command that asks for a fact to be recorded."""
    raw: dict[str, Any] = {"id": fact["id"], "on_behalf_of": fact["body"]}
    match fact["what"]:
        case "report":
            raw |= {"command": "report_progress", "what": fact["counted"]}
            raw |= {key: fact[key] for key in ("milestone", "status", "count", "of", "text")}
        case "measurement":
            raw |= {"command": "measure_indicator"} | {key: fact[key] for key in ("indicator", "value", "text")}
        case "evidence":
            exhibit = {"document": fact["document"], "sha256": fact["sha256"]}
            raw |= {"command": "attach_evidence", "item": fact["item"], "evidence": exhibit}
        case _:
            raw |= {"command": "record_lesson", "lesson": {"id": fact["lesson"], "text": fact["text"]}}
    return PLAN.parse(raw)


@dataclass
class Recorder:
    """A plan's record as it grows: what the next entry follows."""

    plan: str
    state: Plan = PLAN.empty
    last_hash: bytes = ZERO_HASH
    version: int = 0
    leaves: list[EncodedEntry] = field(default_factory=list)

    def start(self) -> None:
        raw = {"command": "start_plan", "id": "start", "definition": plan_file(self.plan)}
        self.take(self._decided(PLAN.parse(raw), "operator", BEGAN), "start")

    def send(self, raw: dict[str, Any], role: Role, at: datetime) -> None:
        """Decide a command from JSON, and hold its entries."""
        command = PLAN.parse(raw)
        self.take(self._decided(command, role, at), raw["id"], command.on_behalf_of, role)

    def record(self, fact: Fact) -> None:
        """Decide a fact, and hold its entries."""
        self.take(self.decided(fact), fact["id"], fact["body"])

    def decided(self, fact: Fact) -> list[NewEvent]:
        return self._decided(command_of(fact), "partner", datetime.fromisoformat(fact["at"]))

    def take(self, new_events: Iterable[NewEvent], cause: str, body: str | None = None, role: Role = "partner") -> None:
        """Make entries of new events and fold them."""
        for new_event in new_events:
            entry = self.entry(new_event, cause, body, role)
            self.leaves.append(leaf := encode_entry(entry, PLAN.write(new_event.event), self.last_hash))
            self.state, self.version, self.last_hash = PLAN.evolve(self.state, entry), entry.version, leaf.hash

    def entry(self, new_event: NewEvent, cause: str, body: str | None = None, role: Role = "partner") -> Entry:
        """The next entry."""
        return Entry(
            plan=self.plan,
            version=self.version + 1,
            id=str(uuid.uuid4()),
            kind=PLAN.kind_of(new_event.event),
            schema=new_event.event.SCHEMA,
            actor="6f2c6a52-2f3b-4a8e-9f0a-5a6d1b1f7c11",
            role=role,
            on_behalf_of=body,
            source=None,
            effective_at=new_event.effective_at,
            recorded_at=new_event.effective_at,
            cycle=self.state.cycle,
            phase=self.state.phase,
            cause=cause,
            visibility=new_event.visibility,
            event=new_event.event,
        )

    def _decided(self, command: Command, role: Role, at: datetime) -> list[NewEvent]:
        body = command.on_behalf_of
        return PLAN.decide(
            self.state,
            CommandEnvelope(command=command, plan=self.plan, actor=role, role=role, on_behalf_of=body, accepted_at=at),
        )


@functools.cache
def _new_events() -> Sequence[tuple[NewEvent, str]]:
    recorder = Recorder("template")
    recorder.start()
    return [(new_event, fact["body"]) for fact in facts(200) for new_event in recorder.decided(fact)]


def encoded_entries(plan: str) -> Iterator[EncodedEntry]:
    """Entries of a plan without end, each made ready to be stored when it is asked for; none is folded."""
    recorder, prev = Recorder(plan), ZERO_HASH
    for new_event, body in itertools.cycle(_new_events()):
        entry = recorder.entry(new_event, f"c{recorder.version}", body)
        leaf = encode_entry(entry, PLAN.write(new_event.event), prev)
        yield leaf
        recorder.version, prev = entry.version, leaf.hash


def list_row() -> dict[str, Any]:
    """A plan's row in the list."""
    recorder = Recorder("template")
    recorder.start()
    return PLAN.summary(recorder.state)


async def keep(
    appender: Appender, recorder: Recorder, before: tuple[int, bytes] = (0, ZERO_HASH), group: int = 500
) -> None:
    """Append all that a recorder holds, in writes of a group's size."""
    version, prev = before
    leaves, recorder.leaves = recorder.leaves, []
    for first in range(0, len(leaves), group):
        part = leaves[first : first + group]
        done = await appender.append(_write(recorder.plan, version, prev, part))
        assert isinstance(done, Written), done
        version, prev = done.version, part[-1].hash


def _write(plan: str, version: int, prev: bytes, leaves: Sequence[EncodedEntry]) -> Write:
    outcome = Outcome(actor="bench", command=f"{plan}-{version}", outcome="recorded")
    return Write(plan=plan, expected_version=version, prev=prev, entries=leaves, outcomes=[outcome])
