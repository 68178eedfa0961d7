"""A running gateway for tests, with clients and the name of a plan."""

import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx2

from gateway.state import GatewayState
from settings import Settings

PLAN_FILE = """plan: {plan}
title: {{es: Agua para todos, en: Water for all}}
problem:
  statement: A third of the houses have water one day in five
  causes: [{{id: leaks, text: Nobody looks for leaks}}]
partners:
  - {{id: works, name: Office of public works, decides: yes}}
  - {{id: watch, name: Citizens' observatory, decides: yes}}
stakeholders: [{{id: quarry, name: The quarry}}]
commitments:
  - id: 1
    title: Leaks are found and mended
    lead: works
    addresses: [leaks]
    milestones:
      - {{id: 1.1, deliverable: A map of the leaks, due: 2040-06-30, proof: The published map}}
      - {{id: 1.2, deliverable: All mains mended, due: 2041-06-30, proof: The inspector's list}}
policy:
  decisions: {{quorum: 1, adopts: 1}}
"""


@dataclass
class Running:
    """A gateway, the administrator's client, and a plan name that no other test uses."""

    url: str
    settings: Settings
    state: GatewayState
    plan: str
    admin: httpx2.AsyncClient = field(init=False)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> "Running":
        token = (self.settings.keyring / "admin.token").read_text().strip()
        self.admin = await self.with_token(token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def with_token(self, token: str | None, language: str = "en") -> httpx2.AsyncClient:
        headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {token}"} if token else {})
        return await self._stack.enter_async_context(
            # Loading the certificates of the world, for a client that never needs one, takes longer than many a test.
            httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=False)
        )

    async def client(self, *roles: str, bodies: tuple[str, ...] = (), language: str = "en") -> httpx2.AsyncClient:
        """A client with a token of its own."""
        asked = {"name": "Somebody", "roles": list(roles), "bodies": list(bodies)}
        made = await self.admin.post("/v1/admin/tokens", json=asked)
        assert made.status_code == 201, made.text
        return await self.with_token(made.json()["token"], language)

    async def start(self, wait: int = 20, **query: str) -> httpx2.Response:
        """Start the plan and wait up to ``wait`` seconds for the outcome."""
        body = PLAN_FILE.format(plan=self.plan)
        headers = YAML | {"Prefer": f"wait={wait}"}
        return await self.admin.post("/v1/plans", content=body, params=query, headers=headers)

    @property
    def commands(self) -> str:
        return f"/v1/plans/{self.plan}/commands"

    async def entries(self) -> list[dict[str, Any]]:
        answer = await self.admin.get(f"/v1/plans/{self.plan}/history", params={"limit": 1000})
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries


YAML = {"Content-Type": "application/yaml"}
JSONL = {"Content-Type": "application/jsonl"}


def report(id_: str, **said: Any) -> dict[str, Any]:
    """A report on milestone 1.1."""
    return {"command": "report_progress", "id": id_, "milestone": "1.1", "status": "under_way"} | said


def jsonl(*said: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in said)
