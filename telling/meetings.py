"""A session in words."""

from collections.abc import Mapping
from typing import Any

from language import _
from telling.values import localized, names_of

View = Mapping[str, Any]


def meeting(session: View | None, plan: View) -> str:
    """A session in words: its date, its minutes, who was there and who was not; nothing where none spoke."""
    if not session:
        return ""
    if "withheld" in session:
        return f"{_('a session')} {said(session)}"
    names = names_of(plan)
    there, missing = (", ".join(names.get(one, one) for one in session.get(key, ())) for key in ("present", "absent"))
    told = _("the session of {day} ({minutes}; present: {there}").format(
        day=session["date"], minutes=localized(session["minutes"]), there=there
    )
    return told + (_("; absent: {missing}").format(missing=missing) if missing else "") + ")"
