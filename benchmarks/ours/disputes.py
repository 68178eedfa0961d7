"""A history of which half is contested or mended: reports that an operator entered for bodies, from minutes.

About half of the reports are contested by their body. In the others an erratum mends the count.
"""

from datetime import datetime, timedelta

from benchmarks.ours.recording import Recorder, Role
from benchmarks.story import BEGAN, BODIES, MILESTONES, Fact

SOURCE = "Minutes of the weekly meeting"


def record_disputed(recorder: Recorder, entries: int) -> list[Fact]:
    """Record so many entries. Returns the facts that count in the end."""
    return [fact for number in range(entries // 2) if (fact := _record_one(recorder, number)) is not None]


def _record_one(recorder: Recorder, number: int) -> Fact | None:
    """Record a report and the entry that disputes it. Returns what is left of the report."""
    body, at = BODIES[number % len(BODIES)], BEGAN + timedelta(minutes=number)
    milestone, count = f"{number % MILESTONES // 4 + 1}.{number % 4 + 1}", number % 90
    stated = {"milestone": milestone, "status": "under_way", "count": str(count), "of": "100", "what": "metres"}
    _send(recorder, at, "operator", body, f"report-{number}", {"command": "report_progress"} | stated)
    entry = recorder.version
    if number // MILESTONES % 2:  # so that every milestone has both
        contest = {"command": "contest_entry", "entry": entry, "reason": "We were not at that meeting"}
        _send(recorder, at, "partner", body, f"contest-{number}", contest)
        return None
    erratum = {"command": "record_erratum", "entry": entry, "field": "count", "says": str(count)}
    _send(recorder, at, "partner", body, f"erratum-{number}", erratum | {"should_say": str(count + 1)})
    return {"what": "report", "milestone": milestone, "status": "under_way", "count": str(count + 1)}


def _send(recorder: Recorder, at: datetime, role: Role, body: str, name: str, command: Fact) -> None:
    recorder.send(command | {"id": name, "on_behalf_of": body, "source": SOURCE}, role, at)
