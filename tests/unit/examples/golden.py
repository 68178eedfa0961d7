"""The whole history of the illustrative plan, a line an entry, as every way of playing it must tell it.

    python -m tests.unit.examples.golden

writes it anew from the rules alone; look at the difference before you believe it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from domain.kernel.entry import Entry
from tests.unit.examples.folding import Play, definition_of, lines_of

EXAMPLE: Final = "veracruz-public-works"
GOLDEN: Final = Path(__file__).parents[2] / "golden" / "examples" / "veracruz.json"
SUBJECTS: Final = (
    "correction",
    "erratum",
    "milestone",
    "indicator",
    "assumption",
    "awaited",
    "stakeholder",
    "successor",
)

Line = list[Any]


def play() -> Play:
    """The example, played by the domain's port alone up to its script's last step, and to the end of that cycle."""
    definition = definition_of(EXAMPLE)
    commands = {command["id"]: command for command in lines_of(EXAMPLE)}
    played = Play(definition.plan)
    for step in lines_of(EXAMPLE, "script.jsonl"):
        at = datetime.fromisoformat(step["at"])
        if "start" in step:
            played.start(definition, at)
            continue
        command = commands[step["send"]]
        played.role = step.get("by") or ("partner" if command.get("on_behalf_of") else "operator")
        played.send(command, at)
    if played.plan.cycle_ends_at:
        played.wait(played.plan.cycle_ends_at)
    return played


def line_of(entry: Mapping[str, Any]) -> Line:
    """An entry in short: number, day (in UTC), cycle, phase, kind, who, and what it is about."""
    data = entry["data"]
    who = data.get("body") or entry["on_behalf_of"]
    about = (
        data.get("phase") if entry["kind"].startswith("phase_") else next(filter(None, map(data.get, SUBJECTS)), None)
    )
    day = datetime.fromisoformat(entry["effective_at"]).astimezone(UTC).date().isoformat()
    about = about["id"] if isinstance(about, dict) else about
    return [entry["version"], day, entry["cycle"], entry["phase"], entry["kind"], who, about]


def shown(entry: Entry) -> dict[str, Any]:
    """An entry as the gateway shows it, as far as a line needs it."""
    return {
        "version": entry.version,
        "effective_at": entry.effective_at.isoformat(),
        "cycle": entry.cycle,
        "phase": entry.phase,
        "kind": entry.kind,
        "on_behalf_of": entry.on_behalf_of,
        "data": entry.event.model_dump(mode="json"),
    }


def expected() -> list[Line]:
    lines: list[Line] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return lines


if __name__ == "__main__":
    told = ",\n  ".join(json.dumps(line_of(shown(entry)), ensure_ascii=False) for entry in play().entries)
    GOLDEN.write_text(f"[\n  {told}\n]\n", encoding="utf-8")
