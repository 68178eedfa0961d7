"""A meeting of bodies in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from language import _
from telling.values import date_text, listed, localized, names_of

if TYPE_CHECKING:
    from domain.views.models.correction import SessionView
    from domain.views.models.plan import PlanView
    from domain.views.models.view import WithheldView


def meeting(session: SessionView | WithheldView | None, plan: PlanView) -> str:
    """Its date, its minutes, who was present and who was absent; empty if there was no meeting."""
    from domain.views.models.view import WithheldView  # noqa: PLC0415  (loaded, since there is a view)

    if session is None:
        return ""
    if isinstance(session, WithheldView):
        return f"{_('a session')} {localized(session)}"
    names = names_of(plan)
    present, absent = (listed(names.get(one, one) for one in bodies) for bodies in (session.present, session.absent))
    head = _("the session of {day} ({minutes}; present: {there}").format(
        day=date_text(session.date), minutes=localized(session.minutes), there=present
    )
    return head + (_("; absent: {missing}").format(missing=absent) if absent else "") + ")"
