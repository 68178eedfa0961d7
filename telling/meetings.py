"""A meeting of bodies in words."""

from collections.abc import Mapping
from typing import Any

from language import _
from telling.values import date_text, listed, localized, names_of

View = Mapping[str, Any]


def meeting(session: View | None, plan: View) -> str:
    """Its date, its minutes, who was present and who was absent; empty if there was no meeting."""
    if not session:
        return ""
    if "withheld" in session:
        return f"{_('a session')} {localized(session)}"
    names = names_of(plan)
    present, absent = (listed(names.get(one, one) for one in session.get(key, ())) for key in ("present", "absent"))
    head = _("the session of {day} ({minutes}; present: {there}").format(
        day=date_text(session["date"]), minutes=localized(session["minutes"]), there=present
    )
    return head + (_("; absent: {missing}").format(missing=absent) if absent else "") + ")"
