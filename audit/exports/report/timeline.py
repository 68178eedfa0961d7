"""The report's timeline: a list of entries, and one picture."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, Final
from urllib.parse import urlsplit

from domain.views.models.history import StepView
from domain.views.models.plan import PlanView
from language import _
from ledger.envelope import rfc3339
from telling.annotations import annotation_lines
from telling.history import differences, provenance
from telling.sentences import by_whom, kind_name, sentence
from telling.values import PHASES, day, moment, names_of
from telling.wording import EVENTS

_SHORTEST: Final = 1.0
"""Seconds. A shorter history has no picture."""


def timeline(views: Sequence[StepView], now: PlanView, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """The entries, grouped by the cycle and phase in which they were recorded."""
    group: dict[str, Any] = {}
    for view in views:
        phase = f": {_(PHASES[view.phase])}" if view.phase else ""
        title = _("Cycle {cycle}").format(cycle=view.cycle) + phase if view.cycle else _("Start")
        if group.get("title") != title:
            if group:
                yield group
            group = {"title": title, "entries": []}
        group["entries"].append(_entry(view, now, zone))
    yield group


def _entry(view: StepView, now: PlanView, zone: tzinfo) -> dict[str, Any]:
    return {
        "version": view.version,
        "at": rfc3339(view.effective_at),
        "when": moment(view.effective_at, zone),
        "recorded": moment(view.recorded_at, zone),
        "kind": view.kind.replace("_", "-"),
        "name": kind_name(view.kind),
        "text": sentence(view, now, zone),
        "who": by_whom(view, names_of(now)),
        "source": provenance(view, now, zone),
        "link": _link(view.source.url if view.source else None),
        "withheld": not isinstance(view.data, dict),
        "marks": list(annotation_lines(view, now)),
        "changed": list(differences(view.changed, now)) if view.changed else [],
        "because": [(led.version, kind_name(led.kind)) for led in view.because] if view.changed else [],
        "hash": view.hash[:16],
    }


def _link(url: Any) -> str:
    """The address if it is http or https; otherwise empty, so that no other scheme becomes a link."""
    return url if isinstance(url, str) and urlsplit(url).scheme in ("http", "https") else ""


def strip(views: Sequence[StepView], zone: tzinfo) -> dict[str, Any] | None:
    """The history as a line of marks over its phases. Positions are thousandths of its length."""
    at = [view.effective_at.timestamp() for view in views]
    first, length = min(at), max(at) - min(at)
    if length < _SHORTEST:
        return None

    def place(moment_: float) -> float:
        return round(1000 * (moment_ - first) / length, 1)

    opened = [
        (place(when), str(view.data["phase"]))
        for when, view in zip(at, views, strict=True)
        if view.kind in ("phase_opened", "phase_reopened") and isinstance(view.data, dict)
    ]
    marks = {kind: wording.mark for kind, wording in EVENTS.items() if wording.mark}
    ends = [start for start, _phase in opened[1:]] + [1000.0]
    return {
        "from": day(min(view.effective_at for view in views), zone),
        "to": day(max(view.effective_at for view in views), zone),
        "phases": [
            {"x": start, "width": max(round(end - start, 1), 0), "phase": phase, "name": _(PHASES[phase])}
            for (start, phase), end in zip(opened, ends, strict=True)
        ],
        "marks": [
            {
                "x": place(when),
                "mark": marks[view.kind],
                "version": view.version,
                "name": kind_name(view.kind),
            }
            for when, view in zip(at, views, strict=True)
            if view.kind in marks
        ],
        "legend": [(mark, kind_name(kind)) for kind, mark in marks.items()],
    }
