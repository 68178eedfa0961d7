"""Playing an example through the domain's port alone, with moments that the example gives: no server, no clock."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from domain import PLAN
from domain.kernel.command import Command
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import CLOCK, NewEvent
from domain.loop.messages import StartPlan
from domain.plan import Plan
from domain.plan_file.definition import Definition

EXAMPLES = Path(__file__).parents[3] / "examples"


def plan_file_of(example: str) -> Any:
    """The plan file of an example, every scalar read as text."""
    written = (EXAMPLES / example / "plan.yaml").read_text(encoding="utf-8")
    return yaml.load(written, yaml.BaseLoader)  # noqa: S506 - it makes nothing but text, lists and mappings


def definition_of(example: str) -> Definition:
    return Definition.model_validate(plan_file_of(example))


def lines_of(example: str, name: str = "commands.jsonl") -> list[dict[str, Any]]:
    lines = (EXAMPLES / example / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@dataclass
class Play:
    """A plan being played: its state, and the entries so far. A refused command raises."""

    name: str
    role: str = "operator"
    plan: Plan = PLAN.empty
    entries: list[Entry] = field(default_factory=list)

    def start(self, definition: Definition, at: datetime, effective: datetime | None = None) -> None:
        self._ask(StartPlan(id=f"start-{self.name}", definition=definition, effective=effective), at)

    def send(self, command: dict[str, Any], at: datetime) -> None:
        """Let the clock come to a moment, then send a command."""
        self.wait(at)
        self._ask(PLAN.parse(command), at)

    def wait(self, until: datetime) -> None:
        """Let everything fall due up to a moment."""
        while drafts := PLAN.due(self.plan, until):
            self._record(drafts, until, None)

    def _ask(self, command: Command, at: datetime) -> None:
        body = command.on_behalf_of
        asked = CommandEnvelope(
            command=command, plan=self.name, actor="rehearsal", role=self.role, on_behalf_of=body, accepted_at=at
        )
        self._record(PLAN.decide(self.plan, asked), at, command)

    def _record(self, drafts: Iterable[NewEvent], at: datetime, command: Command | None) -> None:
        for draft in drafts:
            version = len(self.entries) + 1
            entry = Entry(
                plan=self.name,
                version=version,
                id=f"{self.name}-{version}",
                kind=type(draft.event).model_fields["kind"].default,
                schema=draft.event.SCHEMA,
                actor="rehearsal" if command else CLOCK,
                role=self.role if command else CLOCK,
                on_behalf_of=command.on_behalf_of if command else None,
                source=command.source if command else None,
                effective_at=draft.effective_at,
                recorded_at=at,
                cycle=self.plan.cycle,
                phase=self.plan.phase,
                cause=command.id if command else None,
                visibility=draft.visibility,
                event=draft.event,
            )
            self.entries.append(entry)
            self.plan = PLAN.evolve(self.plan, entry)


def as_of(entries: Iterable[Entry], moment: datetime) -> Plan:
    """The fold of what had taken effect before a moment."""
    plan = PLAN.empty
    for entry in entries:
        if entry.effective_at < moment:
            plan = PLAN.evolve(plan, entry)
    return plan
