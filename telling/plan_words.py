"""The words of one plan: names of bodies, statuses and triggers in its own terms, moments in its time zone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from language import _
from telling.meetings import meeting
from telling.values import day_text, listed, names_of, status_of, trigger, until


@dataclass(frozen=True, slots=True)
class PlanWords:
    """A view of a plan, asked for its words. An unknown body or trigger is shown by its id."""

    view: Mapping[str, Any]
    zone: tzinfo

    def body(self, id_: str) -> str:
        return names_of(self.view).get(id_, id_)

    def bodies(self, ids: Iterable[str]) -> str:
        return listed(map(self.body, ids))

    def day(self, stamp: str) -> str:
        return day_text(stamp, self.zone)

    def until(self, stamp: str) -> str:
        """The end of a window, with its preposition."""
        return until(stamp, self.zone)

    def status(self, item: Mapping[str, Any]) -> str:
        return status_of(item, self.view.get("scale") or {})

    def trigger(self, name: str | None) -> str:
        return trigger(name, self.view)

    def meeting(self, session: Mapping[str, Any] | None) -> str:
        return meeting(session, self.view)

    def in_meeting(self, data: Mapping[str, Any]) -> str:
        """The meeting in which an event was decided or answered, as a sentence of its own."""
        return " " + _("In {session}.").format(session=self.meeting(data["session"])) if data.get("session") else ""
