"""What became of entries afterwards: no view shows one that was contested or mended as if nothing had happened."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from domain.errata.messages import Erratum
from domain.kernel.event import Visibility
from domain.plan import Plan


def marks_of(plan: Plan, version: int) -> dict[str, list[dict[str, Any]]]:
    """Who contested an entry, and which errata mend it; by the entries that say so."""
    return {
        "contested": [
            {
                "body": contest.body,
                "by": contest.by,
                "recorded_at": _moment(contest.recorded_at),
                "successor": contest.successor,
            }
            for contest in plan.contests_of(version)
        ],
        "mended": [_mending(erratum) for erratum in plan.errata_on(version) if erratum.in_effect],
    }


def errata(plan: Plan, may_see: Collection[Visibility]) -> list[dict[str, Any]]:
    """Every erratum that a reader may see, with what became of it."""
    return [erratum_view(one) for one in plan.errata.values() if one.visibility in may_see]


def erratum_view(erratum: Erratum) -> dict[str, Any]:
    """An erratum: which entry, what it says and should say, whose word it is and who confirmed or contested it."""
    source = erratum.source.model_dump(mode="json", exclude_none=True) if erratum.source else None
    return _mending(erratum) | {
        "entry": erratum.entry,
        "status": erratum.status,
        "waits": erratum.waits,
        "written_by": erratum.body,
        "confirmed_by": erratum.confirmed_by,
        "contested_by": erratum.contested_by,
        "source": source,
    }


def mended(plan: Plan, may_see: Collection[Visibility], subject: str) -> list[dict[str, Any]]:
    """The errata in effect on what was told of a subject, or on what the plan says of it."""
    kind, _, id_ = subject.partition(" ")
    versions = {entry.version for entry in plan.about(kind, id_)}
    found = [
        one
        for one in plan.errata.values()
        if one.in_effect
        and one.visibility in may_see
        and (one.entry in versions if one.item is None else f"item {one.item}" == subject)
    ]
    return [_mending(one) | {"entry": one.entry} for one in found]


def _mending(erratum: Erratum) -> dict[str, Any]:
    return {
        "erratum": erratum.id,
        "by": erratum.version,
        "recorded_at": _moment(erratum.recorded_at),
        "item": erratum.item,
        "field": erratum.field,
        "says": erratum.says,
        "should_say": erratum.should_say,
    }


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def contested(plan: Plan, may_see: Collection[Visibility], subject: str | None = None) -> list[dict[str, Any]]:
    """The contested entries that a reader may see, of one subject or of all, each with who contested it."""
    found = [
        {"entry": entry.version, "kind": entry.kind, "subject": entry.subject_id, **mark}
        for version in plan.contested_entries()
        if (entry := plan.find_entry(version)) is not None
        and entry.visibility in may_see
        and (subject is None or subject == " ".join(entry.subjects()[0]))
        for mark in marks_of(plan, version)["contested"]
    ]
    return sorted(found, key=lambda one: (one["entry"], one["by"]))
