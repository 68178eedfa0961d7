"""A plan as an aggregate of ``eventsourcing``, and its application on Postgres, in the library's default mode.

Its events hold what ours hold of the same facts: what was said, and who said it for whom and when.
"""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Plan(Aggregate):
    @event("Started")
    def __init__(self, name: str, title: dict[str, str]) -> None:
        self.name, self.title = name, title
        self.standings: dict[str, dict[str, Any]] = {}
        self.evidence: dict[str, int] = {}
        self.measurements: dict[str, str] = {}
        self.lessons: dict[str, str] = {}
        self.named: dict[str, datetime] = {}

    @event("ProgressReported")
    def report(
        self, milestone: str, status: str, count: str, of: str, counted: str, text: str,
        cause: str, actor: str, role: str, body: str, cycle: int, phase: str, visibility: str, effective_at: datetime,
    ) -> None:  # fmt: skip
        self.standings[milestone] = {"status": status, "count": count, "of": of, "body": body, "at": effective_at}
        self.named.setdefault(cause, effective_at)

    @event("IndicatorMeasured")
    def measure(
        self, indicator: str, value: str, text: str,
        cause: str, actor: str, role: str, body: str, cycle: int, phase: str, visibility: str, effective_at: datetime,
    ) -> None:  # fmt: skip
        self.measurements[indicator] = value
        self.named.setdefault(cause, effective_at)

    @event("EvidenceAttached")
    def attach(
        self, item: str, document: str, sha256: str,
        cause: str, actor: str, role: str, body: str, cycle: int, phase: str, visibility: str, effective_at: datetime,
    ) -> None:  # fmt: skip
        self.evidence[item] = self.evidence.get(item, 0) + 1
        self.named.setdefault(cause, effective_at)

    @event("LessonRecorded")
    def learn(
        self, lesson: str, text: str,
        cause: str, actor: str, role: str, body: str, cycle: int, phase: str, visibility: str, effective_at: datetime,
    ) -> None:  # fmt: skip
        self.lessons[lesson] = text
        self.named.setdefault(lesson, effective_at)


class Plans(Application[UUID]):
    pass


def opened(dsn: str, connections: int) -> Plans:
    """The application on a database of ours. Callers beyond its connections wait for one."""
    said = urlsplit(dsn)
    return Plans(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": said.path.removeprefix("/"),
            "POSTGRES_HOST": unquote(parse_qs(said.query)["host"][0]),
            "POSTGRES_USER": said.username or "",
            "POSTGRES_PASSWORD": "",
            "POSTGRES_POOL_SIZE": str(connections),
            "POSTGRES_MAX_OVERFLOW": "4",
            "POSTGRES_CONNECT_TIMEOUT": "60",
        }
    )


def tell(plan: Plan, fact: dict[str, Any]) -> None:
    """Have the aggregate record a fact."""
    said = {key: value for key, value in fact.items() if key not in ("what", "id", "at", "body")}
    said |= {
        "cause": fact["id"],
        "actor": "6f2c6a52-2f3b-4a8e-9f0a-5a6d1b1f7c11",
        "role": "partner",
        "body": fact["body"],
        "cycle": 1,
        "phase": "action",
        "visibility": "public",
        "effective_at": datetime.fromisoformat(fact["at"]),
    }
    match fact["what"]:
        case "report":
            plan.report(**said)
        case "measurement":
            plan.measure(**said)
        case "evidence":
            plan.attach(**said)
        case _:
            plan.learn(**said)
