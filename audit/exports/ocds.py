"""The plan as releases and a record, the way the Open Contracting Data Standard 1.1 publishes what changes over time.

Each release says what an entry changed, as it was then published; merged, they are the plan as it stands (*compiled*),
and every value with the releases that gave it (*versioned*): https://standard.open-contracting.org/1.1/en/schema/merging/.
Of the standard it is the way of telling, not the fields: those are a plan's. Texts in further languages stand beside
the first, as the standard has it: ``title``, ``title_es``. A value that is absent says why: ``rationale_absent``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from audit.exports.told import Told

Document = dict[str, Any]

TAGS: Final[Mapping[str, str]] = {
    "plan_started": "planning",
    "correction_took_effect": "planningUpdate",
}
"""The tag of a release by the kind of its entry; any other is an ``implementationUpdate``."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def write(told: Told) -> Iterator[bytes]:
    """A record package with one record: its releases, compiled and versioned."""
    releases = list(_releases(told))
    record = {
        "ocid": told.name,
        "releases": releases,
        "compiledRelease": compiled(releases),
        "versionedRelease": versioned(releases),
    }
    package = {
        "uri": f"urn:rumbo:{told.name}",
        "version": "1.1",
        "publishedDate": told.made_at.isoformat(),
        "publisher": {"name": told.origin},
        "records": [record],
    }
    yield json.dumps(package, ensure_ascii=False).encode()


def _releases(told: Told) -> Iterator[Document]:
    before: Document = {}
    for step in told.steps():
        view, after = told.view(step.entry, step.hash), _document(told.plan_at(step))
        if changed := _patch(before, after):
            yield {
                "ocid": told.name,
                "id": f"{view['version']}-{view['kind']}",
                "date": view["recorded_at"],
                "tag": [TAGS.get(view["kind"], "implementationUpdate")],
                **changed,
            }
        before = after


_OWN: Final = ("ocid", "id", "date", "tag")
"""What a release says of itself; it is not merged."""


# --- merging --------------------------------------------------------------------------------------------------------


def compiled(releases: Sequence[Document]) -> Document:
    """The releases merged: of each field the last value; one that was taken back is left out."""
    merged: Document = {}
    for release in releases:
        _merge(merged, {name: said for name, said in release.items() if name not in _OWN})
    ocid, date = releases[-1]["ocid"], releases[-1]["date"]
    return merged | {"ocid": ocid, "id": f"{ocid}-{date}", "date": date, "tag": ["compiled"]}


def _merge(into: Document, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        match value:
            case None:
                into.pop(name, None)
            case dict():
                _merge(into.setdefault(name, {}), value)
            case [{"id": _}, *_]:
                standing = {one["id"]: one for one in into.setdefault(name, [])}
                for one in value:
                    if one["id"] not in standing:
                        standing[one["id"]] = {}
                        into[name].append(standing[one["id"]])
                    _merge(standing[one["id"]], one)
            case _:
                into[name] = value


def versioned(releases: Sequence[Document]) -> Document:
    """The releases merged: of each field every value that it has had, with the release that gave it."""
    merged: Document = {}
    for release in releases:
        given = {"releaseID": release["id"], "releaseDate": release["date"], "releaseTag": release["tag"]}
        _note(merged, {name: value for name, value in release.items() if name not in _OWN}, given)
    return merged | {"ocid": releases[-1]["ocid"]}


def _note(into: Document, said: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    for name, value in said.items():
        match value:
            case dict():
                _note(into.setdefault(name, {}), value, given)
            case [{"id": _}, *_]:
                standing = {one["id"]: one for one in into.setdefault(name, [])}
                for one in value:
                    if one["id"] not in standing:
                        standing[one["id"]] = {"id": one["id"]}
                        into[name].append(standing[one["id"]])
                    _note(standing[one["id"]], {key: part for key, part in one.items() if key != "id"}, given)
            case _:
                history = into.setdefault(name, [])
                if not history or history[-1]["value"] != value:
                    history.append({**given, "value": value})


def _patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """What must be merged into ``before`` to have ``after``."""
    changed: Document = {name: _gone(was) for name, was in before.items() if name not in after}
    for name, value in after.items():
        was = before.get(name)
        match value:
            case dict():
                part: Any = _patch(was or {}, value)
            case [{"id": _}, *_]:
                part = _patch_list(was or [], value)
            case _:
                part = value if value != was else None
        if part not in (None, {}, []):
            changed[name] = part
    return changed


def _patch_list(before: list[Document], after: list[Document]) -> list[Document]:
    was, now = ({one["id"]: one for one in ones} for ones in (before, after))
    changed = [{"id": id_} | part for id_, one in now.items() if (part := _patch(was.get(id_, {"id": id_}), one))]
    return changed + [_gone(one) for id_, one in was.items() if id_ not in now]


def _gone(value: Any) -> Any:
    """What takes a value back: null for every field of it, for merging knows no other way."""
    match value:
        case dict():
            return {name: part if name == "id" else _gone(part) for name, part in value.items()}
        case [{"id": _}, *_]:
            return [_gone(one) for one in value]
        case _:
            return None


# --- the plan as a document whose every field has one shape ---------------------------------------------------------


def _document(plan: Mapping[str, Any]) -> Document:
    return _filled(
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


def _filled(document: Document) -> Document:
    """Without what is empty: in a release an empty value says that one was taken back."""
    kept: Document = {}
    for name, value in document.items():
        if isinstance(value, dict):
            value = _filled(value)  # noqa: PLW2901
        if isinstance(value, list):
            value = [_filled(one) if isinstance(one, dict) else one for one in value]  # noqa: PLW2901
        if value not in (None, {}, [], ""):
            kept[name] = value
    return kept
