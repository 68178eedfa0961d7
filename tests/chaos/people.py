"""The senders of a chaos run: operators, partners and reviewers, who send a command until it is accepted.

A sender without an answer sends the same command again, to any gateway; some send it several times at once. The answers
are kept and compared with the ledger at the end.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx2

Key = tuple[str, str, str]
"""Plan, actor, command id."""

BODIES: Final = ("works", "watch", "school", "clinic")
DESKS: Final = 3
"""Senders of each body."""
PLANS: Final = 12
BY_THE_CLOCK: Final = 4
"""Plans that move by the clock, with phases of seconds; the others move when they are convened."""

PLAN_FILE: Final = """plan: {plan}
title: Water in every house
problem: {{statement: A third of the houses have water one day in five}}
partners:
  - {{id: works, name: Office of public works, decides: yes}}
  - {{id: watch, name: Citizens' observatory, decides: yes}}
  - {{id: school, name: School committee, decides: yes}}
  - {{id: clinic, name: Clinic, decides: yes}}
stakeholders: [{{id: quarry, name: The quarry}}]
commitments:
  - id: 1
    title: Leaks are found and mended
    lead: works
    milestones:
      - {{id: 1.1, deliverable: A map of the leaks, due: 2040-06-30}}
      - {{id: 1.2, deliverable: All mains mended, due: 2041-06-30, lead: clinic}}
policy:
  decisions: {{quorum: 1, adopts: 1}}
{cycle}"""
CLOCK: Final = "  cycle: {every: PT60S, reflection: PT20S, adaptation: PT20S}\n"
PHASES: Final = ("reflection", "adaptation", "action")

KNOWN: Final = (200, 201, 202, 409)
"""Statuses that mean that a command is journalled, whatever its outcome."""


@dataclass
class SenderLog:
    """For each command every final answer; repeated commands get the same answer."""

    answers: dict[Key, set[tuple[str, tuple[int, ...]]]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    """Answers that no gateway should give, whatever fails behind it."""

    def note(self, key: Key, status: int, answer: dict[str, Any]) -> bool:
        """Keeps an answer; returns whether the sender need not send the command again."""
        if status in KNOWN and answer.get("outcome") != "conflict":
            final = self.answers.setdefault(key, set())
            if answer["outcome"] != "accepted":
                final.add((answer["code"] or "recorded", tuple(answer["versions"])))
            return True
        if status not in (429, 503):
            self.strange.append(f"{status} to {key}: {json.dumps(answer)[:300]}")
        return status < 429  # a malformed or forbidden command is not sent again


@dataclass
class Person:
    """One sender, with a token, a body and a random generator."""

    name: str
    body: str
    actor: str
    headers: dict[str, str]
    chance: Random
    gateways: list[str]
    sender_log: SenderLog
    pace: float
    """Seconds between two commands, on average."""
    ended: Callable[[], bool]

    async def live(self, plans: list[str]) -> None:
        """Sends commands until the run is over; the last one is still sent until it is accepted."""
        invented = self._invent()
        async with httpx2.AsyncClient(headers=self.headers, timeout=8, trust_env=False) as client:
            while not self.ended():
                await self.insist(client, self.chance.choice(plans), next(invented))
                await asyncio.sleep(self.pace * self.chance.uniform(0.5, 1.5))

    async def insist(self, client: httpx2.AsyncClient, plan: str, command: dict[str, Any]) -> None:
        """Sends a command until a gateway answers that it is journalled."""
        copies = self.chance.choice((2, 3, 5)) if self.chance.random() < 0.1 else 1
        while True:
            safe = await asyncio.gather(*(self._send(client, plan, command) for _ in range(copies)))
            if any(safe):
                return
            copies = 1
            await asyncio.sleep(0.3)

    async def _send(self, client: httpx2.AsyncClient, plan: str, command: dict[str, Any]) -> bool:
        url = f"{self.chance.choice(self.gateways)}/v1/plans/{plan}/commands"
        prefer = {"Prefer": f"wait={self.chance.choice((0, 0, 0, 1, 3))}"}
        try:
            answer = await client.post(url, json=command, headers=prefer)
            return self.sender_log.note((plan, self.actor, command["id"]), answer.status_code, answer.json())
        except (httpx2.HTTPError, ValueError):
            return False  # the gateway was killed while it answered

    def _invent(self) -> Iterator[dict[str, Any]]:
        """Commands without end. Some will be refused, which is an outcome too."""
        number = 0
        while True:
            number += 1
            command = self._about(number)
            yield {"id": f"{self.name}-{number}", "on_behalf_of": self.body} | command

    def _about(self, number: int) -> dict[str, Any]:
        match self.chance.choices(
            ("report", "lesson", "power", "reflect", "propose", "endorse", "decide", "nonsense"),
            (40, 12, 8, 10, 10, 10, 6, 4),
        )[0]:
            case "report":
                status = self.chance.choice(("under_way", "waiting", "done"))
                milestone = self.chance.choice(("1.1", "1.2"))
                return {
                    "command": "report_progress",
                    "milestone": milestone,
                    "status": status,
                    "text": f"Report {number}",
                }
            case "lesson":
                lesson = {"id": f"l-{self.name}-{number}", "text": "Maps lie about what lies under the paving"}
                return {"command": "record_lesson", "lesson": lesson}
            case "power":
                return {
                    "command": "observe_power",
                    "stakeholder": "quarry",
                    "authority": "high",
                    "text": "Stops lorries",
                }
            case "reflect":
                return {"command": "submit_reflection", "answers": {"learned": f"Something, for the {number}th time"}}
            case "propose":
                change = {"item": "1.1", "field": "due", "from": "2040-06-30", "to": f"2040-09-{number % 28 + 1:02}"}
                return {
                    "command": "propose_correction",
                    "trigger": "new_information",
                    "rests_on": [self._earlier(number, "l-")],
                    "rationale": "The paving has to come up first",
                    "changes": [change],
                }
            case "endorse":
                return {"command": "endorse_correction", "correction": self._earlier(number)}
            case "decide":
                return {
                    "command": "decide_correction",
                    "correction": self._earlier(number),
                    "decision": self.chance.choice(("adopted", "declined")),
                    "response": "So it was agreed",
                    "authority": {"document": "Minutes 7"},
                }
            case _:
                return {"command": "report_progress", "milestone": "9.9", "status": "done"}

    def _earlier(self, number: int, prefix: str = "") -> str:
        """The id of an item that may have been recorded before, or not."""
        return f"{prefix}{self.chance.choice(BODIES)}-{self.chance.randint(1, number)}"


class Operator(Person):
    """Convenes plans, and sometimes pauses or resumes one."""

    def _about(self, number: int) -> dict[str, Any]:
        match self.chance.choices(("convene", "pause", "resume", "report"), (50, 5, 15, 30))[0]:
            case "convene":
                return {"command": "convene", "phase": self.chance.choice(PHASES), "on_behalf_of": None}
            case "pause":
                return {"command": "pause_plan", "reason": "The rains", "on_behalf_of": None}
            case "resume":
                return {"command": "resume_plan", "on_behalf_of": None}
            case _:
                source = {"document": f"Minutes {number}", "date": "2026-11-01"}
                return {"command": "report_progress", "milestone": "1.1", "status": "under_way", "source": source}


async def moved_in(
    rig_gateways: list[str], admin: str, seed: int, sender_log: SenderLog, pace: float, ended: Callable[[], bool]
) -> tuple[list[str], list[Person]]:
    """Starts the plans, and makes a token for each sender."""
    plans = [f"chaos-{number}" for number in range(PLANS)]
    headers = {"Authorization": f"Bearer {admin}"}
    people: list[Person] = []
    async with httpx2.AsyncClient(base_url=rig_gateways[0], headers=headers, timeout=30, trust_env=False) as client:
        for number, plan in enumerate(plans):
            file = PLAN_FILE.format(plan=plan, cycle=CLOCK if number < BY_THE_CLOCK else "")
            yaml = {"Content-Type": "application/yaml", "Prefer": "wait=20"}
            started = await client.post("/v1/plans", content=file, headers=yaml)
            assert started.status_code == 201, started.text
        for kind, body, roles in [
            *((Person, body, ["partner", "reviewer"]) for body in BODIES * DESKS),
            (Operator, BODIES[0], ["operator"]),
        ]:
            asked = {"name": "Sender", "roles": roles, "bodies": [body]}
            made = (await client.post("/v1/admin/tokens", json=asked)).json()
            desk = sum(person.body == body for person in people)
            name = "operator" if kind is Operator else f"{body}-{desk}" if desk else body
            sign_in = {"Authorization": f"Bearer {made['token']}"}
            chance = Random(f"{seed} {name}")
            people.append(kind(name, body, made["actor"], sign_in, chance, rig_gateways, sender_log, pace, ended))
    return plans, people
