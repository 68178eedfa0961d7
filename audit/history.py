"""An entry of the history for one reader: its envelope, its data unless withheld, and its contests and errata."""

from collections.abc import Collection, Mapping
from typing import Any

from domain import PLAN
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.views.annotations import contests_of, mendings_of, source_view
from domain.views.construct import unchecked
from domain.views.models.history import EntryView
from domain.views.models.view import WithheldView


def entry_view(entry: Entry, hash_: str, may_see: Collection[Visibility], plan: Plan) -> EntryView:
    """One entry. ``hash_`` is its leaf hash in hex. Data that the reader may not see is replaced by its class.

    ``plan`` is the plan's state at this entry or later. From it come the visibility of the entry's grounds (hidden ones
    are only counted), and what was contested or corrected since. An id can reveal as much as a text, so the command id
    is withheld together with the data.
    """
    visible = entry.visibility in may_see
    return unchecked(
        EntryView,
        {
            "version": entry.version,
            "kind": entry.kind,
            "effective_at": entry.effective_at,
            "recorded_at": entry.recorded_at,
            "actor": entry.actor,
            "role": entry.role,
            "on_behalf_of": entry.on_behalf_of,
            "source": source_view(entry.source) if visible else None,
            "cycle": entry.cycle,
            "phase": entry.phase,
            "cause": entry.cause if visible else None,
            "visibility": entry.visibility,
            "hash": hash_,
            "data": _visible_part(PLAN.write(entry.event), may_see, plan.grounds)
            if visible
            else WithheldView(withheld=entry.visibility),
            "contested": contests_of(plan, entry.version) if visible else (),
            "mended": mendings_of(plan, entry.version) if visible else (),
        },
    )


def _visible_part(data: dict[str, Any], may_see: Collection[Visibility], named: Mapping[str, Entry]) -> dict[str, Any]:
    """An entry's data, without the ids of grounds that the reader may not see."""
    if all_grounds_visible(data, may_see, named):
        return data
    grounds = data["rests_on"]
    visible = [ground for ground in grounds if _is_visible(ground, may_see, named)]
    return data | {"rests_on": visible, "rests_on_restricted": len(grounds) - len(visible)}


def all_grounds_visible(data: Mapping[str, Any], may_see: Collection[Visibility], named: Mapping[str, Entry]) -> bool:
    """Whether the reader may see all grounds (``rests_on``) of an entry's data."""
    return all(_is_visible(ground, may_see, named) for ground in data.get("rests_on", ()))


def _is_visible(ground: str, may_see: Collection[Visibility], named: Mapping[str, Entry]) -> bool:
    return ground in named and named[ground].visibility in may_see
