"""What became of entries afterwards: no view shows one that was contested as if nothing had happened."""

from collections.abc import Collection
from datetime import UTC
from typing import Any

from domain.entry import Visibility
from domain.plan import Plan


def marks_of(plan: Plan, version: int) -> dict[str, list[dict[str, Any]]]:
    """Who contested an entry, by its number, and in which entry."""
    return {
        "contested": [
            {
                "body": contest.body,
                "by": contest.by,
                "recorded_at": contest.recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }
            for contest in plan.contests.get(version, ())
        ]
    }


def contested(plan: Plan, may_see: Collection[Visibility], subject: str | None = None) -> list[dict[str, Any]]:
    """The contested entries that a reader may see, of one subject or of all, each with who contested it."""
    if not plan.contests:
        return []
    told = {subject: plan.told.get(subject, ())} if subject else plan.told
    found = [
        {"entry": entry.version, "kind": entry.kind, "subject": key.partition(" ")[2], **mark}
        for key, entries in told.items()
        for entry in entries
        if entry.version in plan.contests and entry.visibility in may_see
        for mark in marks_of(plan, entry.version)["contested"]
    ]
    return sorted(found, key=lambda one: (one["entry"], one["by"]))
