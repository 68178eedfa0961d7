"""An entry of the history for one reader: what the record says about it, and its event unless that is withheld."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from domain import PLAN
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from domain.plan import Plan
from domain.views.annotations import contests_of, mendings_of, source_view
from domain.views.construct import unchecked
from domain.views.models.base import WithheldView
from domain.views.models.history import EntryView


def entry_view(entry: Entry, hash_: str, may_see: Collection[Visibility], plan: Plan) -> EntryView:
    """One entry. ``hash_`` is its leaf hash in hex; of what the reader may not see the visibility is given.

    ``plan`` is the plan at the moment of looking, at the entry or later. It says who may know of what an entry rests
    on (the rest of it is counted), and what became of the entry since. An id can give away as much as a text, so the
    command behind an entry is withheld with the event.
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
            "data": _open_part(PLAN.write(entry.event), may_see, plan.named)
            if visible
            else WithheldView(withheld=entry.visibility),
            "contested": contests_of(plan, entry.version) if visible else (),
            "mended": mendings_of(plan, entry.version) if visible else (),
        },
    )


def _open_part(data: dict[str, Any], may_see: Collection[Visibility], named: Mapping[str, Entry]) -> dict[str, Any]:
    """What an entry says, without the names of grounds that the reader may not know of."""
    if names_only_what_is_open(data, may_see, named):
        return data
    grounds = data["rests_on"]
    open_ = [ground for ground in grounds if _is_open(ground, may_see, named)]
    return data | {"rests_on": open_, "rests_on_restricted": len(grounds) - len(open_)}


def names_only_what_is_open(
    data: Mapping[str, Any], may_see: Collection[Visibility], named: Mapping[str, Entry]
) -> bool:
    """Whether all that an entry says it rests on is something that its reader may know of."""
    return all(_is_open(ground, may_see, named) for ground in data.get("rests_on", ()))


def _is_open(ground: str, may_see: Collection[Visibility], named: Mapping[str, Entry]) -> bool:
    return ground in named and named[ground].visibility in may_see


def moment(when: datetime) -> str:
    """RFC 3339, UTC, to the microsecond."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
