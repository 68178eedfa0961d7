"""Drives ``handle`` on the real ledger: journals commands as the gateway does, and calls it as a workflow does."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.contract import Agenda, HandleInput, ReceivedSignal, workflow_id
from activities.handle import Handle
from domain import PLAN
from domain.kernel.entry import Entry
from ledger import journal, log
from ledger.canonical import canonical
from ledger.connection import Pool
from ledger.identity import Identity
from ledger.keyring import Keyring, key_id_of, public_bytes
from ledger.outcomes import Outcome, outcome_of
from ledger.signature import Attestation, commitment, sign

PLAN_FILE: dict[str, Any] = {
    "plan": "canal",
    "title": "A canal that is kept clean",
    "live_from": "2027-01-01",
    "problem": {"statement": "The canal floods the lower streets"},
    "partners": [
        {"id": "works", "name": "Works office", "decides": "yes"},
        {"id": "neighbours", "name": "Neighbours' committee", "decides": "yes"},
    ],
    "stakeholders": [{"id": "quarry", "name": "The quarry"}],
    "commitments": [
        {
            "id": "1",
            "title": "Dredge it",
            "lead": "works",
            "milestones": [{"id": "1.1", "deliverable": "First kilometre", "due": "2027-03-31"}],
        }
    ],
    "policy": {"decisions": {"quorum": "1"}},
}


@dataclass
class Desk:
    pool: Pool
    keyring: Keyring
    identity: Identity
    handle: Handle
    runs: Any = field(default_factory=lambda: count(1))

    async def journal(
        self,
        fields: Mapping[str, Any],
        at: datetime,
        *,
        plan: str = "canal",
        role: str = "partner",
        actor: str = "actor-1",
        forged: bool = False,
    ) -> int:
        """Journals a command as accepted at a moment; returns its number."""
        command = PLAN.parse(fields)
        body, salt = canonical(fields), secrets.token_bytes(32)
        key = self.keyring.gateway_key()
        attestation = Attestation(
            origin="elsewhere" if forged else self.identity.origin,
            plan=plan,
            command=command.id,
            kind=command.command,
            commitment=commitment(salt, body),
            actor=actor,
            on_behalf_of=command.on_behalf_of,
            role=role,
            accepted_at=at,
            effective_at=None,
            key_id=key_id_of(public_bytes(key)),
        )
        data_key = self.keyring.new() if any(command.words()) else None
        row = journal.journalled(self.keyring, attestation, sign(key, attestation), body, salt, data_key)
        return (await journal.accept(self.pool, row)).row.number

    async def call(
        self, now: datetime, arrivals: tuple[ReceivedSignal, ...] = (), *, plan: str = "canal", run: str | None = None
    ) -> Agenda:
        """Calls ``handle`` at a moment; the same ``run`` is a retry of the same call."""
        environment = ActivityEnvironment()
        environment.info = _info(environment.info, workflow_id(plan), run or f"run-{next(self.runs)}", now)
        return await environment.run(self.handle.handle, HandleInput(plan=plan, arrivals=arrivals))

    async def start(self, at: datetime, policy: Mapping[str, Any] | None = None) -> Agenda:
        """Starts the plan ``canal``."""
        definition = PLAN_FILE | ({"policy": policy} if policy else {})
        fields = {"command": "start_plan", "id": "start", "definition": definition}
        await self.journal(fields, at, role="operator")
        return await self.call(at)

    async def outcome(self, command: str, actor: str = "actor-1", plan: str = "canal") -> Outcome | None:
        stood = await outcome_of(self.pool, plan, actor, command)
        return stood.outcome if stood else None

    async def history(self, plan: str = "canal") -> list[Entry]:
        return [one.decode(PLAN.read) async for one in log.entries(self.pool, plan)]

    async def kinds(self) -> list[str]:
        return [entry.kind for entry in await self.history()]


def _info(info: Any, workflow: str, run: str, now: datetime) -> Any:
    return replace(
        info, workflow_id=workflow, workflow_run_id=run, activity_id="1", started_time=now, heartbeat_details=[]
    )


def report(name: str, body: str = "works") -> dict[str, Any]:
    return {
        "command": "report_progress",
        "id": name,
        "on_behalf_of": body,
        "milestone": "1.1",
        "status": "under_way",
        "text": "Two hundred metres",
    }


def power(name: str) -> dict[str, Any]:
    return {
        "command": "observe_power",
        "id": name,
        "on_behalf_of": "neighbours",
        "stakeholder": "quarry",
        "authority": "high",
        "text": "Stops the lorries when it likes",
    }


def soon(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
