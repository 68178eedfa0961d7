"""The history in words: entries with their sources, what each changed, and the difference between two states."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any

from language import _, ngettext
from telling.annotations import annotations, contested_entries, errata
from telling.changes import NAMES, change, part_text
from telling.corrections import body
from telling.meetings import meeting
from telling.sentences import by_whom, kind_name, sentence
from telling.values import localized, moment, names_of, status_of, trigger, wrapped
from telling.wording import EVENTS

View = Mapping[str, Any]


def entry(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """An entry: its number, its effective time, its sentence, its author, its source and its annotations."""
    head = f"{one['version']:>5}  {moment(one['effective_at'], zone)}  "
    by = "; ".join(filter(None, [by_whom(one, names_of(plan)), _id(one)]))
    yield from wrapped(f"{sentence(one, plan, zone)} ({by})", 0, head, hang=len(head))
    if source := provenance(one, plan, zone):
        yield from wrapped(source, len(head))
    for line in annotations(one, plan):
        yield from wrapped(line, len(head))


def step(one: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """An entry of a replay: what it changed in the plan, and the chain of entries that led to it."""
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
    """A trace: the entries that led to one, the entry itself, and the entries that followed from it."""
    parts = {"because": _("Led to it:"), "entries": trace["name"], "came_of_it": _("Followed from it:")}
    for part, title in parts.items():
        if trace[part]:
            yield title
        for one in trace[part]:
            yield from entry(one, plan, zone)
    if hidden := trace["withheld"]:
        yield ngettext(
            "{count} more entry is not visible to you.", "{count} more entries are not visible to you.", hidden
        ).format(count=hidden)


def _id(one: View) -> str:
    """The id under which a course correction or a lesson can rest on the entry, if its sentence does not contain it."""
    wording = EVENTS.get(str(one["kind"]))
    is_shown = wording is not None and wording.shows_id and "withheld" not in (one.get("data") or {})
    return _("id {id}").format(id=one["cause"]) if is_shown and one.get("cause") else ""


def provenance(one: View, plan: View, zone: tzinfo) -> str:
    """The source of an entry, and notes: restricted, after the plan's closing, or entered afterwards."""
    if one.get("role") == "clock":
        return ""
    notes = []
    if _unsealed(one):
        notes.append(_("restricted; sealed for other readers"))
    if one.get("phase") is None and one.get("cycle"):
        notes.append(_("after closing"))
    if _entered_afterwards(one, plan):
        notes.append(_("entered afterwards, on {recorded}").format(recorded=moment(one["recorded_at"], zone)))
    source = one.get("source") or {}
    if source.get("document"):
        document = f"{localized(source['document'])} {localized(source.get('date'))}".strip()
        notes.append(_("source: {document}").format(document=document))
    return f"[{'; '.join(notes)}]" if notes else ""


def _unsealed(part: Any) -> bool:
    """Whether any sealed value in it was unsealed for this reader."""
    match part:
        case {"sealed": _digest, "opened": _value}:
            return True
        case dict():
            return any(map(_unsealed, part.values()))
        case list():
            return any(map(_unsealed, part))
        case _:
            return False


def _entered_afterwards(one: View, plan: View) -> bool:
    # All stamps have one format, so their order as text is their order in time.
    live_from = plan.get("live_from")
    return bool(plan.get("entered_afterwards")) or bool(live_from and one["effective_at"][:19] < live_from[:19])


def difference(diff: View, plan: View, zone: tzinfo) -> Iterator[str]:
    """The changes between two states of a plan, with their reasons. ``plan`` is the later view, for its words."""
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
        yield _("Partners:")
    yield from (f"  {_took_part(one, names_of(plan))}" for one in diff["partners"])
    if diff["statuses"]:
        yield ""
        yield _("Statuses:")
    for one in diff["statuses"]:
        yield f"  {_status(one, plan)}"
    if diff["errata"]:
        yield ""
        yield _("Errata:")
    for line in errata(diff["errata"], plan):
        yield from wrapped(line, 2)
    if diff["contested"]:
        yield ""
        yield _("Contested:")
    for line in contested_entries(diff["contested"], plan):
        yield from wrapped(line, 2)
    yield from _made(diff, plan, zone)


def _took_part(one: View, names: Mapping[str, str]) -> str:
    """A body that joined or left. A successor is shown twice: as joining, and beside the body that it follows."""
    if "joined" in one:
        return f"+ {names.get(one['joined'], one['joined'])}"
    successor = f" → {names.get(one['successor'], one['successor'])}" if one["successor"] else ""
    return f"- {names.get(one['left'], one['left'])}{successor}"


def differences(changed: View, plan: View) -> Iterator[str]:
    """Everything that an entry changed, one line each."""
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
        _("course correction {correction}. Trigger: {trigger}. Reason: {rationale}").format(
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
            _("proposed by {proposed}, decided by {decided}, in effect since {moment}").format(
                proposed=body(one["proposed_by"], plan),
                decided=meeting(one["session"], plan) or body(one["decided_by"], plan),
                moment=moment(one["effective_at"], zone),
            ),
            2,
            first=f"{one['id']}  ",
        )
