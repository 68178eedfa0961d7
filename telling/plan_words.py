"""The words of one plan: names of bodies, statuses and triggers in its own terms, moments in its time zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from language import _
from telling.meetings import meeting
from telling.values import day_text, listed, names_of, status_of, trigger, until

if TYPE_CHECKING:
    from domain.views.models.plan import PlanView


@dataclass(frozen=True, slots=True)
class PlanWords:
    """A view of a plan, asked for its words. An unknown body or trigger is shown by its id."""

    view: PlanView
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

    def status(self, status: Any) -> str:
        return status_of(status, None, self.view.scale)

    def trigger(self, name: str | None) -> str:
        return trigger(name, self.view)

    def in_meeting(self, data: Mapping[str, Any]) -> str:
        """The meeting in which an event was decided or answered, as a sentence of its own."""
        from domain.views.models.correction import SessionView  # noqa: PLC0415  (loaded, since there is a view)

        if not data.get("session"):
            return ""
        return " " + _("In {session}.").format(session=meeting(SessionView.read(data["session"]), self.view))
