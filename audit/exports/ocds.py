"""The plan as releases and a record, the way the Open Contracting Data Standard 1.1 publishes what changes over time.

Each release says what an entry changed, as it was then published; merged, they are the plan as it stands (*compiled*),
and every value with the releases that gave it (*versioned*): https://standard.open-contracting.org/1.1/en/schema/merging/.
Of the standard it is the way of telling, not the fields: those are a plan's. Texts in further languages stand beside
the first, as the standard has it: ``title``, ``title_es``. A value that is absent says why: ``rationale_absent``.
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
        "uri": f"urn:rumbo:{told.name}",
        "version": "1.1",
        "publishedDate": content.made_at.isoformat(),
        "publisher": {"name": content.origin},
        "records": [record],
    }
    yield json.dumps(package, ensure_ascii=False).encode()


def _releases(content: ExportContent) -> Iterator[Document]:
    before: Document = {}
    for step in content.steps():
        view, after = content.view(step.entry, step.hash), _document(content.plan_at(step))
        if changed := patch(before, after):
            yield {
                "ocid": content.name,
                "id": f"{view['version']}-{view['kind']}",
                "date": view["recorded_at"],
                "tag": [TAGS.get(view["kind"], "implementationUpdate")],
                **changed,
            }
        before = after


# --- the plan as a document whose every field has one shape ---------------------------------------------------------


def _document(plan: Mapping[str, Any]) -> Document:
    return filled(
        {
            **_said(plan, "title", "status", "cycle", "phase"),
            "revision": plan["revision"],
            "enteredAfterwards": plan["entered_afterwards"],
            "problem": _said(plan["problem"], "statement", "who_suffers", "solved_when"),
            "causes": [_said(one, "id", "text") for one in plan["problem"].get("causes", ())],
            "parties": [
                _said(one, "id", "name", "left_at", "successor")
                for one in (*plan["partners"], *plan["former_partners"])
            ],
            "commitments": [_commitment(one) for one in plan["commitments"]],
            "indicators": [_indicator(one) for one in plan["indicators"]],
            "lessons": [
                _said(one, "id", "text", "therefore", "for", "rests_on") | _contested(one) for one in plan["lessons"]
            ],
            "courseCorrections": [_correction(one) for one in plan["corrections"]],
        }
    )


def _commitment(one: Mapping[str, Any]) -> Document:
    milestones = [
        _said(part, "id", "deliverable", "proof", "due", "lead", "with", "status", "as_at", "count", "of", "what",
              "evidence", "dropped")
        | {"dueRule": _whole(part["deadline"]) if isinstance(part.get("deadline"), dict) else None}
        | _contested(part)
        for part in one["milestones"]
    ]  # fmt: skip
    return (
        _said(one, "id", "title", "lead", "with", "status", "as_at", "dropped")
        | _contested(one)
        | {"milestones": milestones}
    )


def _indicator(one: Mapping[str, Any]) -> Document:
    points = {name: _said(one.get(name) or {}, "value", "date", "as_at") for name in ("baseline", "target", "measured")}
    return _said(one, "id", "name", "unit") | points | _contested(one)


def _contested(one: Mapping[str, Any]) -> Document:
    """The numbers of the entries about it that do not count, because the body contested what was entered for it."""
    return {"contestedEntries": sorted({mark["entry"] for mark in one.get("contested", ())})}


def _correction(one: Mapping[str, Any]) -> Document:
    said = _said(one, "id", "status", "draft", "trigger", "rationale", "rests_on", "proposed_by", "proposed_at",
                 "decision", "decided_by", "decided_at", "response", "effective_at")  # fmt: skip
    changes = [
        _said(change, "name", "subject", "field", "rationale")
        | {"id": str(nth), "from": _whole(change.get("from")), "to": _whole(change.get("to") or change.get("add"))}
        for nth, change in enumerate(one["changes"], start=1)
    ]
    positions = [{"id": body} | _said(held, "position", "reason") for body, held in one["positions"].items()]
    return said | {"changes": changes, "positions": positions} | _contested(one)


def _said(one: Mapping[str, Any], *names: str) -> Document:
    """Some fields, each of one shape: a text in its first language, further languages and reasons beside it."""
    said: Document = {}
    for name in names:
        match one.get(name):
            case {"absent": why} | {"withheld": why}:
                said[f"{name}_absent"] = why
            case {"sealed": _}:
                said[f"{name}_absent"] = "sealed"
            case dict() as texts if texts and all(_LANGUAGE.fullmatch(key) for key in texts):
                (_, first), *others = texts.items()
                said[name] = first
                said |= {f"{name}_{language}": text for language, text in others}
            case value:
                said[name] = value
    return said


def _whole(value: Any) -> str | None:
    """Anything as one text, which no merging takes apart."""
    return value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def filled(document: Document) -> Document:
    """Without what is empty: in a release an empty value says that one was taken back."""
    kept: Document = {}
    for name, value in document.items():
        if isinstance(value, dict):
            value = filled(value)  # noqa: PLW2901
        if isinstance(value, list):
            value = [filled(one) if isinstance(one, dict) else one for one in value]  # noqa: PLW2901
        if value not in (None, {}, [], ""):
            kept[name] = value
    return kept
