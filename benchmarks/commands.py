"""The commands that these measurements send: the same to ours and to the peers."""

from collections.abc import Iterator
from typing import Any

from benchmarks.story import BODIES, MILESTONES

CommandJson = dict[str, Any]

LESSON = {"id": "rains", "text": "The rains begin in May now"}


def correction(number: int) -> CommandJson:
    """A course correction: a milestone's deadline moves."""
    return {
        "command": "propose_correction",
        "on_behalf_of": BODIES[number % len(BODIES)],
        "trigger": "roadblock",
        "rests_on": ["rains"],
        "rationale": "The rains came early and the second stretch cannot be dug before they end.",
        "changes": [{"item": "1.1", "field": "due", "from": "2031-06-30", "to": f"2032-{number % 12 + 1:02}-15"}],
    }


def report(number: int) -> CommandJson:
    """A body's report on a milestone."""
    return {
        "command": "report_progress",
        "on_behalf_of": BODIES[number % len(BODIES)],
        "milestone": f"{number % MILESTONES // 4 + 1}.{number % 4 + 1}",
        "status": "under_way",
        "text": "The second stretch was opened and lined; the valves at both ends hold.",
    }


def reflection(number: int) -> CommandJson:
    return {
        "command": "submit_reflection",
        "on_behalf_of": BODIES[number % len(BODIES)],
        "answers": {"did": "Digging at night, when nobody draws water."},
    }


def cycle(reports: int, reflections: int, corrections: int) -> Iterator[CommandJson]:
    """One full cycle of a plan that has been started, in order; its last command opens the next."""
    for number in range(reports):
        yield report(number)
    yield {"command": "convene", "phase": "reflection"}
    for number in range(reflections):
        yield reflection(number)
    yield {"command": "record_lesson", "on_behalf_of": "works", "lesson": LESSON}
    yield {"command": "convene", "phase": "adaptation"}
    for number in range(corrections):
        name = f"correction-{number}"
        moved = {"item": f"{number + 1}.1", "field": "due", "from": "2031-06-30", "to": "2032-01-15"}
        yield correction(number) | {"id": name, "changes": [moved], "on_behalf_of": "works"}
        for body in ("treasury", "observatory"):
            yield {"command": "endorse_correction", "on_behalf_of": body, "correction": name}
        yield {
            "command": "decide_correction",
            "on_behalf_of": "treasury",
            "correction": name,
            "decision": "adopted",
            "response": "The rains leave no choice, and the money is there.",
            "authority": {"document": "Minutes", "number": "7", "date": "2026-01-20"},
        }
    yield {"command": "convene", "phase": "action"}
