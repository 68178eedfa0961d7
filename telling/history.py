"""The history in words: one entry in a line, and what differs between two moments with its reasons."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any, Final

from language import _, ngettext
from telling.annotations import annotations, errata
from telling.annotations import contested_entries as contested
from telling.changes import NAMES, change, part_text
from telling.corrections import body
from telling.meetings import meeting
from telling.sentences import by_whom, kind_name, sentence
from telling.values import localized, moment, names_of, status_of, trigger, wrapped

View = Mapping[str, Any]

_GROUNDS: Final = (
    "progress_reported",
    "evidence_attached",
    "indicator_measured",
    "occurrence_recorded",
    "reflection_submitted",
    "assumption_tested",
    "power_observed",
)
"""Kinds on which something may rest and whose sentence does not name their id."""


def entry(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """An entry: its number, when it took effect, by whom, and what happened."""
    head = f"{one['version']:>5}  {moment(one['effective_at'], zone)}  "
    by = "; ".join(filter(None, [by_whom(one, names_of(plan)), _id(one)]))
    yield from wrapped(f"{sentence(one, plan, zone)} ({by})", 0, head, hang=len(head))
    told = provenance(one, plan, zone)
    if told:
        yield from wrapped(told, len(head))
    for mark in annotations(one, plan):
        yield from wrapped(mark, len(head))


def step(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """An entry of a history told again: under it what it changed, and the entries that led to that."""
    yield from entry(one, plan, zone)
    if one["changed"] is None:
        return
    for line in differences(one["changed"], plan):
        yield from wrapped(line, 9, "→ ")
    chain = [f"{led['version']} {kind_name(led['kind'])}" for led in one["because"]]
    if hidden := one["because_withheld"]:
        chain.append(ngettext("{count} withheld", "{count} withheld", hidden).format(count=hidden))
    if chain:
        yield from wrapped(" → ".join(chain), 9, _("Why: "))


def traced(trace: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """What led to a command, what it led to, and what came of that."""
    parts = {"because": _("Led to it:"), "entries": trace["name"], "came_of_it": _("Came of it:")}
    for part, title in parts.items():
        if trace[part]:
            yield title
        for one in trace[part]:
            yield from entry(one, plan, zone)
    if hidden := trace["withheld"]:
        yield ngettext(
            "{count} more entry is withheld from you.", "{count} more entries are withheld from you.", hidden
        ).format(count=hidden)


def _id(one: View) -> str:
    """The id by which a course correction or a lesson can rest on it."""
    kept = one["kind"] in _GROUNDS and one.get("cause") and "withheld" not in (one.get("data") or {})
    return _("id {id}").format(id=one["cause"]) if kept else ""


def provenance(one: View, plan: View, zone: tzinfo) -> str:
    """The source of an entry, that it was recorded later than what it tells, and that not everybody reads it."""
    if one.get("role") == "clock":
        return ""
    told = []
    if _opened(one):
        told.append(_("restricted; this is sealed for others"))
    if one.get("phase") is None and one.get("cycle"):
        told.append(_("after closing"))
    if _entered_afterwards(one, plan):
        told.append(_("entered afterwards, on {recorded}").format(recorded=moment(one["recorded_at"], zone)))
    source = one.get("source") or {}
    if source.get("document"):
        document = f"{said(source['document'])} {said(source.get('date'))}".strip()
        told.append(_("source: {document}").format(document=document))
    return f"[{'; '.join(told)}]" if told else ""


def _opened(part: Any) -> bool:
    """Whether what is sealed anywhere in it was opened for whoever reads it."""
    match part:
        case {"sealed": _digest, "opened": _value}:
            return True
        case dict():
            return any(map(_opened, part.values()))
        case list():
            return any(map(_opened, part))
        case _:
            return False


def _entered_afterwards(one: View, plan: View) -> bool:
    # Stamps in one format: their order as text is their order in time.
    live_from = plan.get("live_from")
    return bool(plan.get("entered_afterwards")) or bool(live_from and one["effective_at"][:19] < live_from[:19])


def difference(diff: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """What changed between two moments, and for what reason; ``plan`` is the later view, for its words."""
    yield _("From entry {before} (version {was} of the plan) to entry {after} (version {now} of the plan)").format(
        before=diff["from"]["version"],
        was=diff["from"]["revision"],
        after=diff["to"]["version"],
        now=diff["to"]["revision"],
    )
    if not any(diff[part] for part in ("changes", "added", "dropped", "contested", "errata", "statuses", "partners")):
        yield _("Nothing changed in between.")
    for one in diff["changes"]:
        yield ""
        yield from wrapped(change(one), 0)
        yield from _why(one, plan)
    for one in diff["added"]:
        yield ""
        yield from wrapped(f"{one['item']} {_(NAMES['add'])}: {part_text(one['is'])}", 0)
        yield from _why(one, plan)
    for one in diff["dropped"]:
        yield ""
        yield f"{one['item']} {_(NAMES['drop'])}"
        yield from _why(one, plan)
    if diff["partners"]:
        yield ""
        yield _("Who takes part:")
    yield from (f"  {_took_part(one, names_of(plan))}" for one in diff["partners"])
    if diff["statuses"]:
        yield ""
        yield _("Statuses:")
    for one in diff["statuses"]:
        yield f"  {_status(one, plan)}"
    if diff["errata"]:
        yield ""
        yield _("Errata:")
    for told in errata(diff["errata"], plan):
        yield from wrapped(told, 2)
    if diff["contested"]:
        yield ""
        yield _("Contested:")
    for told in contested(diff["contested"], plan):
        yield from wrapped(told, 2)
    yield from _made(diff, plan, zone)


def _took_part(one: View, names: Mapping[str, str]) -> str:
    """A body that came or went. Whoever takes another's place is told with the one it followed, too."""
    if "joined" in one:
        return f"+ {names.get(one['joined'], one['joined'])}"
    successor = f" → {names.get(one['successor'], one['successor'])}" if one["successor"] else ""
    return f"- {names.get(one['left'], one['left'])}{successor}"


def differences(changed: View, plan: View) -> Iterator[str]:
    """Everything that an entry changed, each in a line."""
    yield from map(change, changed["changes"])
    yield from (f"{one['item']} {_(NAMES['add'])}: {part_text(one['is'])}" for one in changed["added"])
    yield from (f"{one['item']} {_(NAMES['drop'])}" for one in changed["dropped"])
    yield from (_took_part(one, names_of(plan)) for one in changed["partners"])
    yield from (_status(one, plan) for one in changed["statuses"])


def _status(one: View, plan: View) -> str:
    before, after = (status_of({"status": one[side]}, plan["scale"]) for side in ("from", "to"))
    return f"{one['item']}: {before} → {after}"


def _why(one: View, plan: View) -> Iterator[str]:
    if one.get("erratum"):
        yield from wrapped(_("by the erratum {erratum}: no change of course").format(erratum=one["erratum"]), 4)
    if not one.get("correction"):
        return
    yield from wrapped(
        _("course correction {correction}, because of {trigger}: {rationale}").format(
            correction=one["correction"],
            trigger=trigger(one["trigger"], plan),
            rationale=localized(one["rationale"]) or "-",
        ),
        4,
    )


def _made(diff: View, plan: View, zone: tzinfo) -> Iterator[str]:
    if diff["corrections"]:
        yield ""
        yield _("Course corrections that took effect:")
    for one in diff["corrections"]:
        yield from wrapped(
            _("asked for by {proposed}, decided by {decided}, in effect since {moment}").format(
                proposed=body(one["proposed_by"], plan),
                decided=meeting(one["session"], plan) or body(one["decided_by"], plan),
                moment=moment(one["effective_at"], zone),
            ),
            2,
            first=f"{one['id']}  ",
        )
