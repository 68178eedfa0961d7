"""The plan as a record of releases, the model of change in the Open Contracting Data Standard 1.1.

A release contains what one entry changed. Merged, the releases give the present plan (*compiled*), and every value with
the release that set it (*versioned*): https://standard.open-contracting.org/1.1/en/schema/merging/. Only this model is
from the standard; the fields are a plan's. Texts in further languages stand beside the first, as in the standard:
``title``, ``title_es``. The reason for an absent value stands in ``rationale_absent``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from audit.exports.content import ExportContent
from audit.exports.ocds_merge import Document, compiled, patch, versioned

TAGS: Final[Mapping[str, str]] = {
    "plan_started": "planning",
    "correction_took_effect": "planningUpdate",
}
"""The tag of a release by the kind of its entry; any other is an ``implementationUpdate``."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def write(content: ExportContent) -> Iterator[bytes]:
    """A record package with one record: its releases, compiled and versioned."""
    releases = list(_releases(content))
    record = {
        "ocid": content.name,
        "releases": releases,
        "compiledRelease": compiled(releases),
        "versionedRelease": versioned(releases),
    }
    package = {
        "uri": f"urn:rumbo:{content.name}",
        "version": "1.1",
        "publishedDate": content.made_at.isoformat(),
        "publisher": {"name": content.origin},
        "records": [record],
    }
    yield json.dumps(package, ensure_ascii=False).encode()


def _releases(content: ExportContent) -> Iterator[Document]:
    before: Document = {}
    for step in content.steps():
        view, after = content.view(step.entry, step.hash), _document(content.plan_at(step).as_json())
        if changed := patch(before, after):
            yield {
                "ocid": content.name,
                "id": f"{view['version']}-{view['kind']}",
                "date": view["recorded_at"],
                "tag": [TAGS.get(view["kind"], "implementationUpdate")],
                **changed,
            }
        before = after


# --- the plan as a document in which each field has one type ---------------------------------------------------------


def _document(plan: Mapping[str, Any]) -> Document:
    return filled(
        {
            **_fields(plan, "title", "status", "cycle", "phase"),
            "revision": plan["revision"],
            "enteredAfterwards": plan["entered_afterwards"],
            "problem": _fields(plan["problem"], "statement", "who_suffers", "solved_when"),
            "causes": [_fields(one, "id", "text") for one in plan["problem"].get("causes", ())],
            "parties": [
                _fields(one, "id", "name", "left_at", "successor")
                for one in (*plan["partners"], *plan["former_partners"])
            ],
            "commitments": [_commitment(one) for one in plan["commitments"]],
            "indicators": [_indicator(one) for one in plan["indicators"]],
            "lessons": [
                _fields(one, "id", "text", "therefore", "for", "rests_on") | _contested(one) for one in plan["lessons"]
            ],
            "courseCorrections": [_correction(one) for one in plan["corrections"]],
        }
    )


def _commitment(one: Mapping[str, Any]) -> Document:
    milestones = [
        _fields(part, "id", "deliverable", "proof", "due", "lead", "with", "status", "as_at", "count", "of", "what",
              "evidence", "dropped")
        | {"dueRule": _whole(part["deadline"]) if isinstance(part.get("deadline"), dict) else None}
        | _contested(part)
        for part in one["milestones"]
    ]  # fmt: skip
    return (
        _fields(one, "id", "title", "lead", "with", "status", "as_at", "dropped")
        | _contested(one)
        | {"milestones": milestones}
    )


def _indicator(one: Mapping[str, Any]) -> Document:
    points = {
        name: _fields(one.get(name) or {}, "value", "date", "as_at") for name in ("baseline", "target", "measured")
    }
    return _fields(one, "id", "name", "unit") | points | _contested(one)


def _contested(one: Mapping[str, Any]) -> Document:
    """The numbers of entries about this item that do not count, because a body contested what was entered for it."""
    return {"contestedEntries": sorted({mark["entry"] for mark in one.get("contested", ())})}


def _correction(one: Mapping[str, Any]) -> Document:
    fields = _fields(one, "id", "status", "draft", "trigger", "rationale", "rests_on", "proposed_by", "proposed_at",
                 "decision", "decided_by", "decided_at", "response", "effective_at")  # fmt: skip
    changes = [
        _fields(change, "name", "subject", "field", "rationale")
        | {"id": str(nth), "from": _whole(change.get("from")), "to": _whole(change.get("to") or change.get("add"))}
        for nth, change in enumerate(one["changes"], start=1)
    ]
    positions = [{"id": body} | _fields(held, "position", "reason") for body, held in one["positions"].items()]
    return fields | {"changes": changes, "positions": positions} | _contested(one)


def _fields(one: Mapping[str, Any], *names: str) -> Document:
    """These fields, each of one type: a text in its first language, with further languages and reasons beside it."""
    found: Document = {}
    for name in names:
        match one.get(name):
            case {"absent": why} | {"withheld": why}:
                found[f"{name}_absent"] = why
            case {"sealed": _}:
                found[f"{name}_absent"] = "sealed"
            case dict() as texts if texts and all(_LANGUAGE.fullmatch(key) for key in texts):
                (_, first), *others = texts.items()
                found[name] = first
                found |= {f"{name}_{language}": text for language, text in others}
            case value:
                found[name] = value
    return found


def _whole(value: Any) -> str | None:
    """Any value as one text, which merging does not split."""
    return value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def filled(document: Document) -> Document:
    """The document without empty values: in a release an empty value removes a field."""
    kept: Document = {}
    for name, value in document.items():
        if isinstance(value, dict):
            value = filled(value)  # noqa: PLW2901
        if isinstance(value, list):
            value = [filled(one) if isinstance(one, dict) else one for one in value]  # noqa: PLW2901
        if value not in (None, {}, [], ""):
            kept[name] = value
    return kept
