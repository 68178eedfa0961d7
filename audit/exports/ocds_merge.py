"""Merging OCDS releases (Open Contracting Data Standard 1.1), and computing a release from two documents.

Objects are merged field by field, lists of objects by their ``id``; any other value is replaced, and null removes it:
https://standard.open-contracting.org/1.1/en/schema/merging/. The reference library ``ocdsmerge`` gives the same output,
as tests check. It stays a test dependency: it would bring a second HTTP client (``requests``, with the MPL-licensed
``certifi``) into the server, and it fetches a schema from the network unless given one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Document = dict[str, Any]

_METADATA: Final = ("ocid", "id", "date", "tag")
"""Metadata of a release, which is not merged."""


def compiled(releases: Sequence[Document]) -> Document:
    """The compiled release: the last value of each field. A removed field is left out."""
    merged: Document = {}
    for release in releases:
        _merge(merged, {name: value for name, value in release.items() if name not in _METADATA})
    ocid, date = releases[-1]["ocid"], releases[-1]["date"]
    return merged | {"ocid": ocid, "id": f"{ocid}-{date}", "date": date, "tag": ["compiled"]}


def _merge(into: Document, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
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
    """The versioned release: every value that each field has had, with the release that set it."""
    merged: Document = {}
    for release in releases:
        given = {"releaseID": release["id"], "releaseDate": release["date"], "releaseTag": release["tag"]}
        _note(merged, {name: value for name, value in release.items() if name not in _METADATA}, given)
    return merged | {"ocid": releases[-1]["ocid"]}


def _note(into: Document, changes: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    for name, value in changes.items():
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


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """The release that turns ``before`` into ``after`` when merged."""
    changed: Document = {name: _gone(was) for name, was in before.items() if name not in after}
    for name, value in after.items():
        was = before.get(name)
        match value:
            case dict():
                part: Any = patch(was or {}, value)
            case [{"id": _}, *_]:
                part = _patch_list(was or [], value)
            case _:
                part = value if value != was else None
        if part not in (None, {}, []):
            changed[name] = part
    return changed


def _patch_list(before: list[Document], after: list[Document]) -> list[Document]:
    was, now = ({one["id"]: one for one in ones} for ones in (before, after))
    changed = [{"id": id_} | part for id_, one in now.items() if (part := patch(was.get(id_, {"id": id_}), one))]
    return changed + [_gone(one) for id_, one in was.items() if id_ not in now]


def _gone(value: Any) -> Any:
    """The value that removes ``value`` when merged: null for each field, since merging has no other removal."""
    match value:
        case dict():
            return {name: part if name == "id" else _gone(part) for name, part in value.items()}
        case [{"id": _}, *_]:
            return [_gone(one) for one in value]
        case _:
            return None
