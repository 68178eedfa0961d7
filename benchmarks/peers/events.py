"""A plan as an aggregate of ``eventsourcing``, and its application on Postgres, in the library's default mode.

Its events hold what ours hold of the same facts: the statement, its author, the body and the time.
"""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class PlanAggregate(Aggregate):
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

    def summary(self) -> dict[str, Any]:
        """The facts of `story.summary_of`."""
        items = self.standings.keys() | self.evidence.keys()
        return {
            "milestones": {
                item: {
                    "status": self.standings.get(item, {}).get("status"),
                    "count": self.standings.get(item, {}).get("count"),
                    "evidence": self.evidence.get(item, 0),
                }
                for item in items
            },
            "measured": next(reversed(self.measurements.values()), None),
            "lessons": dict(self.lessons),
        }


class PlansApplication(Application[UUID]):
    pass


def open_application(dsn: str, connections: int) -> PlansApplication:
    """The application on a database of ours. Callers beyond its connections wait for one."""
    fields = urlsplit(dsn)
    return PlansApplication(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": fields.path.removeprefix("/"),
            "POSTGRES_HOST": unquote(parse_qs(fields.query)["host"][0]),
            "POSTGRES_USER": fields.username or "",
            "POSTGRES_PASSWORD": "",
            "POSTGRES_POOL_SIZE": str(connections),
            "POSTGRES_MAX_OVERFLOW": "4",
            "POSTGRES_CONNECT_TIMEOUT": "60",
        }
    )


def record_fact(plan: PlanAggregate, fact: dict[str, Any]) -> None:
    """Have the aggregate record a fact."""
    fields = {key: value for key, value in fact.items() if key not in ("what", "id", "at", "body")}
    fields |= {
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
            plan.report(**fields)
        case "measurement":
            plan.measure(**fields)
        case "evidence":
            plan.attach(**fields)
        case _:
            plan.learn(**fields)
