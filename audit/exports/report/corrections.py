"""The report's section on course corrections: what changed, and why."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from domain.views.models.correction import ChangeView, CorrectionView
from domain.views.models.history import StepView
from domain.views.models.plan import PlanView
from language import _, ngettext
from telling.changes import NAMES, added, field, value
from telling.corrections import body, decided
from telling.corrections import status as correction_status
from telling.sentences import sentence
from telling.values import day_text, localized, trigger
from telling.wording.corrections import STANDS


def correction(one: CorrectionView, now: PlanView, views: Sequence[StepView], zone: tzinfo) -> dict[str, Any]:
    """One course correction: its changes, the entries that led to it, its proposer, the positions and the decision."""
    own = [view for view in views if isinstance(view.data, dict) and view.data.get("correction") == one.id]
    numbers = [view.version for view in own]
    led = {part.version for view in own for part in view.because}.difference(numbers)
    return {
        "id": one.id,
        "status": correction_status(one),
        "in_effect": one.status == "in_effect",
        "asked": _("{status}, draft {draft}, proposed by {body} on {day}").format(
            status=correction_status(one),
            draft=one.draft,
            body=body(one.proposed_by, now),
            day=day_text(one.proposed_at, zone),
        ),
        "because": _("Trigger: {trigger}. Reason: {rationale}").format(
            trigger=trigger(one.trigger, now), rationale=localized(one.rationale)
        ),
        "explained": [localized(reason.rationale) for reason in one.explained],
        "changes": [_change(change) for change in one.changes],
        "led": [_led(view, now, zone) for view in views if view.version in led],
        "entries": numbers,
        "hidden": _hidden(one.rests_on_restricted),
        "positions": [
            f"{body(name, now)} {_(STANDS[held.position])}" + (f": {localized(held.reason)}" if held.reason else "")
            for name, held in one.positions.items()
        ],
        "decision": decided(one, now, zone) if one.decision else "",
        "effective": day_text(one.effective_at, zone) if one.effective_at else "",
    }


def _hidden(count: int) -> str:
    text = ngettext(
        "It rests on {count} restricted observation.", "It rests on {count} restricted observations.", count
    )
    return text.format(count=count) if count else ""


def _change(one: ChangeView) -> dict[str, str]:
    name = _(NAMES[one.name])
    if one.add:
        return {"what": name, "before": "", "after": added(one.add)}
    if one.drop:
        return {"what": f"{one.drop} {name}", "before": "", "after": ""}
    what = f"{one.item} {name}: {field(one.field)}"
    return {"what": what, "before": value(one.was), "after": value(one.shall_be)}


def _led(view: StepView, now: PlanView, zone: tzinfo) -> dict[str, Any]:
    return {"version": view.version, "text": sentence(view, now, zone), "day": day_text(view.effective_at, zone)}
