"""What happens to a plan, as plain facts: both sides record the same ones."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Fact = dict[str, Any]

MILESTONES: Final = 24
BODIES: Final = ("works", "treasury", "observatory", "ward-3", "comptroller")
BEGAN: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)

_TEXT: Final = (
    "The second stretch of the main was opened and lined; the valves at both ends hold. The inspector came with the "
    "neighbours' committee, walked it, and noted two places that sweat but do not leak."
)


def plan_file(plan: str) -> dict[str, Any]:
    """The file of a plan with two dozen milestones, every scalar as text."""
    return {
        "plan": plan,
        "title": {"es": "Agua para todos", "en": "Water for everybody"},
        "live_from": "2026-01-01",
        "problem": {"statement": "A third of the houses have water one day in five"},
        "partners": [{"id": body, "name": f"Office of {body}", "decides": "yes"} for body in BODIES],
        "indicators": [{"id": "days", "name": "Days with water", "baseline": {"value": "1"}, "target": {"value": "5"}}],
        "commitments": [
            {
                "id": str(number),
                "title": f"District {number} has water",
                "lead": BODIES[number % len(BODIES)],
                "milestones": [
                    {"id": f"{number}.{part}", "deliverable": f"Stretch {part} is mended", "due": "2031-06-30"}
                    for part in range(1, 5)
                ],
            }
            for number in range(1, MILESTONES // 4 + 1)
        ],
        "policy": {"decisions": {"quorum": "2", "adopts": "2"}},
    }


def facts(count: int) -> Iterator[Fact]:
    """So many facts: of ten, seven reports, a measurement, a piece of evidence and a lesson."""
    for number in range(count):
        milestone = f"{number % MILESTONES // 4 + 1}.{number % 4 + 1}"
        fact: Fact = {
            "id": f"fact-{number}",
            "body": BODIES[number % len(BODIES)],
            "at": (BEGAN + timedelta(minutes=number)).isoformat(),
        }
        match number % 10:
            case 3:
                yield fact | {"what": "measurement", "indicator": "days", "value": f"{number % 50}", "text": _TEXT}
            case 6:
                yield fact | {
                    "what": "evidence",
                    "item": milestone,
                    "document": f"minutes-{number}.pdf",
                    "sha256": f"{number:064x}",
                }
            case 9:
                yield fact | {"what": "lesson", "lesson": f"lesson-{number}", "text": _TEXT}
            case _:
                yield fact | {
                    "what": "report",
                    "milestone": milestone,
                    "status": "under_way",
                    "count": f"{number % 90}",
                    "of": "100",
                    "counted": "metres",
                    "text": _TEXT,
                }


def summary_of(history: Iterable[Fact]) -> dict[str, Any]:
    """What a plan with these facts comes to, as JSON; both sides must come to the same."""
    milestones: dict[str, Any] = {}
    summary: dict[str, Any] = {"milestones": milestones, "measured": None, "lessons": {}}
    for fact in history:
        match fact["what"]:
            case "report":
                before = milestones.get(fact["milestone"], {"evidence": 0})
                milestones[fact["milestone"]] = before | {"status": fact["status"], "count": fact["count"]}
            case "measurement":
                summary["measured"] = fact["value"]
            case "evidence":
                before = milestones.get(fact["item"], {"status": None, "count": None, "evidence": 0})
                milestones[fact["item"]] = before | {"evidence": before["evidence"] + 1}
            case _:
                summary["lessons"][fact["lesson"]] = fact["text"]
    return summary
