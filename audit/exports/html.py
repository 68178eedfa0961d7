"""A report that an auditor keeps for ten years: one HTML file, in the language of whoever asks.

It loads nothing and runs nothing (its own content security policy says so), reads the same on paper, and escapes every
word that anybody typed. What it shows are views; what it proves, the proof section says.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from audit.exports.told import Told
from audit.history import moment as stamp
from audit.replay import Step, step_view
from audit.trace import Threads
from language import N_, _, ngettext, tag
from telling.changes import NAMES, added, field, part_text, value
from telling.corrections import STANDS, body, decided
from telling.corrections import status as fate
from telling.history import afterwards, differences
from telling.marks import beside
from telling.plan import progress
from telling.sentences import kind_name, sentence, who
from telling.wording import (
    PHASES,
    PLAN_STATUSES,
    day,
    deadline,
    moment,
    names_of,
    said,
    status_of,
    trigger,
    witness,
    zone_of,
)

View = Mapping[str, Any]

LABELS: Final = {
    "skip": N_("Skip to the report"),
    "contents": N_("Contents"),
    "now": N_("The plan as it stands"),
    "problem": N_("The problem"),
    "who_suffers": N_("Who suffers"),
    "causes": N_("Causes"),
    "solved_when": N_("Solved when"),
    "corrections": N_("Course corrections: what changed, and why"),
    "no_corrections": N_("No course correction has been proposed."),
    "change": N_("Change"),
    "before": N_("Before"),
    "after": N_("After"),
    "led": N_("What led to it"),
    "entries": N_("Entries"),
    "positions": N_("Positions"),
    "decision": N_("Decision"),
    "versions": N_("The plan at every version"),
    "as_it_ended": N_("Statuses are those at the end of the version. What was otherwise before is crossed out."),
    "version": N_("Version"),
    "milestone": N_("Milestone"),
    "deadline": N_("Deadline"),
    "lead": N_("Lead"),
    "status": N_("Status"),
    "dropped": N_("dropped"),
    "new": N_("new"),
    "learned": N_("What was learned"),
    "nothing": N_("Nothing that may be told here."),
    "therefore": N_("Therefore: "),
    "timeline": N_("Timeline"),
    "why": N_("Why: "),
    "effective": N_("took effect"),
    "proof": N_("Proof"),
    "sealed": N_("Sealed"),
    "not_sealed": N_("Not sealed"),
    "checkpoint": N_("The checkpoint, as it was signed"),
    "minutes": N_(
        "A line for the minutes: whoever has it written down can tell later whether anything before was changed."
    ),
    "hashes": N_("The hash of every entry"),
    "entry": N_("Entry"),
}

_NOTHING_OF_TIME: Final = 1.0


def write(told: Told) -> Iterator[bytes]:
    """The whole report."""
    template = _ENVIRONMENT.get_template("report.html.jinja")
    yield template.render(_report(told)).encode()


def _report(told: Told) -> dict[str, Any]:
    now = told.plan_now()
    zone = zone_of(now)
    threads = Threads()
    steps: list[tuple[Step, View]] = []
    for step in told.steps():
        threads.add(step.entry, step.hash)
        # What became of an entry since is said beside it: it is looked at from now.
        steps.append((step, step_view(step, threads, told.may_see) | told.view(step.entry, step.hash)))
    views = [view for _step, view in steps]
    return {
        "lang": tag(),
        "label": {name: _(text) for name, text in LABELS.items()},
        "title": said(now["title"]),
        "badges": list(_badges(told, now, zone)),
        "facts": list(_facts(told, now, zone)),
        "problem": _problem(now),
        "progress": _progress(now),
        "strip": _strip(views, zone),
        "corrections": [_correction(one, now, views, zone) for one in now["corrections"]],
        "versions": list(_versions(told, steps, zone)),
        "lessons": [_lesson(one) for one in now["lessons"]],
        "timeline": list(_timeline(views, now, zone)),
        "hashes": [(view["version"], view["hash"]) for view in views],
        "proof": _proof(told, views[-1]),
    }


def _badges(told: Told, now: View, zone: tzinfo) -> Iterator[str]:
    yield _(PLAN_STATUSES[now["status"]])
    if now["illustrative"]:
        yield _("ILLUSTRATIVE: an example, not a real plan.")
    if now["entered_afterwards"]:
        yield _("ENTERED AFTERWARDS: the whole history was recorded from sources, not as it happened.")
    elif now["live_from"]:
        yield _("Recorded as it happened since {day}; what is earlier was entered afterwards.").format(
            day=day(now["live_from"], zone)
        )
    if told.reach != "public":
        yield _("NOT FOR THE PUBLIC: it holds what is for partners or restricted.")


def _facts(told: Told, now: View, zone: tzinfo) -> Iterator[tuple[str, str]]:
    yield _("Plan"), f"{now['id']} ({told.origin})"
    yield _("Version"), str(now["revision"])
    yield _("Entries"), str(now["version"])
    yield _("Time zone"), now["timezone"]
    phase = f", {_(PHASES[now['phase']])}" if now["phase"] else ""
    yield _("Cycle"), f"{now['cycle']}{phase}"
    if (now.get("source") or {}).get("document"):
        yield _("Source"), f"{said(now['source']['document'])} {said(now['source'].get('date'))[:10]}".strip()
    yield _("Report made"), moment(stamp(told.made_at), zone)


def _problem(now: View) -> dict[str, Any]:
    problem = now["problem"]
    return {
        "statement": said(problem["statement"]),
        "who_suffers": said(problem.get("who_suffers")),
        "causes": [said(cause["text"]) for cause in problem.get("causes", ())],
        "solved_when": said(problem.get("solved_when")),
    }


def _progress(now: View) -> dict[str, Any]:
    """How many milestones are done, under way, or neither."""
    milestones = [one for commitment in now["commitments"] for one in commitment["milestones"] if not one["dropped"]]
    means = [one["means"] for one in milestones]
    count = max(len(means), 1)
    parts = {name: 100 * means.count(name) / count for name in ("done", "under_way", "waiting", "stopped")}
    return {"text": progress(now), "parts": parts}


# --- what changed, and why ------------------------------------------------------------------------------------------


def _correction(one: View, now: View, views: Sequence[View], zone: tzinfo) -> dict[str, Any]:
    own = [view for view in views if view["data"].get("correction") == one["id"]]
    numbers = [view["version"] for view in own]
    led = {part["version"] for view in own for part in view["because"]}.difference(numbers)
    return {
        "id": one["id"],
        "status": fate(one),
        "in_effect": one["status"] == "in_effect",
        "asked": _("{status}, draft {draft}, proposed by {body} on {day}").format(
            status=fate(one), draft=one["draft"], body=body(one["proposed_by"], now), day=day(one["proposed_at"], zone)
        ),
        "because": _("Because of {trigger}: {rationale}").format(
            trigger=trigger(one["trigger"], now), rationale=said(one["rationale"])
        ),
        "explained": [said(reason["rationale"]) for reason in one["explained"]],
        "changes": [_change(change) for change in one["changes"]],
        "led": [_led(view, now, zone) for view in views if view["version"] in led],
        "entries": numbers,
        "hidden": _hidden(one["rests_on_restricted"]),
        "positions": [
            f"{body(name, now)} {_(STANDS[held['position']])}" + (f": {said(held['reason'])}" if held["reason"] else "")
            for name, held in one["positions"].items()
        ],
        "decision": decided(one, now, zone) if one["decision"] else "",
        "effective": day(one["effective_at"], zone) if one["effective_at"] else "",
    }


def _hidden(count: int) -> str:
    told = ngettext(
        "It rests on {count} restricted observation.", "It rests on {count} restricted observations.", count
    )
    return told.format(count=count) if count else ""


def _change(one: View) -> dict[str, str]:
    name = _(NAMES[one["name"]])
    if one.get("add"):
        return {"what": name, "before": "", "after": added(one["add"])}
    if one.get("drop"):
        return {"what": f"{one['drop']} {name}", "before": "", "after": ""}
    what = f"{one['item']} {name}: {field(one.get('field'))}"
    return {"what": what, "before": value(one.get("from")), "after": value(one.get("to"))}


def _led(view: View, now: View, zone: tzinfo) -> dict[str, Any]:
    return {"version": view["version"], "text": sentence(view, now, zone), "day": day(view["effective_at"], zone)}


# --- the plan at every version --------------------------------------------------------------------------------------


def _versions(told: Told, steps: Sequence[tuple[Step, View]], zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Each version as it stood at its end, against the one before it."""
    before: View | None = None
    since = steps[0][1]
    for (step, view), following in zip(steps, [*steps[1:], None], strict=True):
        if step.after.revision != step.before.revision:
            since = view
        if following is not None and following[0].after.revision == step.after.revision:
            continue
        plan = told.plan_at(step)
        yield {
            "number": step.after.revision,
            "since": day(since["effective_at"], zone),
            "by": since["version"],
            "made_by": since["data"].get("correction", ""),
            "commitments": [_commitment(one, plan, before, zone) for one in plan["commitments"]],
        }
        before = plan


def _commitment(one: View, plan: View, before: View | None, zone: tzinfo) -> dict[str, Any]:
    earlier = _items(before)
    return {
        "id": one["id"],
        "title": _cell(said(one["title"]), earlier, one["id"], lambda was: said(was["title"])),
        "lead": _cell(_lead(one, plan), earlier, one["id"], lambda was: _lead(was, plan)),
        "dropped": one["dropped"] is not None,
        "new": before is not None and one["id"] not in earlier,
        "milestones": [
            {
                "id": part["id"],
                "what": _cell(part_text(part), earlier, part["id"], part_text),
                "due": _cell(deadline(part, zone), earlier, part["id"], lambda was: deadline(was, zone)),
                "lead": _cell(_lead(part, plan), earlier, part["id"], lambda was: _lead(was, plan)),
                "status": status_of(part, plan["scale"]),
                "means": part["means"] or "none",
                "overdue": part["overdue"],
                "dropped": part["dropped"] is not None,
                "new": before is not None and part["id"] not in earlier,
            }
            for part in one["milestones"]
        ],
    }


def _items(plan: View | None) -> dict[str, View]:
    commitments = plan["commitments"] if plan else ()
    return {part["id"]: part for one in commitments for part in (one, *one["milestones"])}


def _cell(text: str, earlier: Mapping[str, View], item: str, read: Any) -> dict[str, str]:
    """A text, and what stood there in the version before if that was another."""
    was = read(earlier[item]) if item in earlier else text
    return {"now": text, "was": was if was != text else ""}


def _lead(one: View, plan: View) -> str:
    lead: str | None = one.get("lead")
    return names_of(plan).get(lead, lead) if lead else ""


def _lesson(one: View) -> dict[str, str]:
    return {"id": one["id"], "text": said(one["text"]), "therefore": said(one.get("therefore"))}


# --- the timeline ---------------------------------------------------------------------------------------------------


def _timeline(views: Sequence[View], now: View, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """The entries, under the phase of the cycle in which each was recorded."""
    group: dict[str, Any] = {}
    for view in views:
        phase = f": {_(PHASES[view['phase']])}" if view["phase"] else ""
        title = _("Cycle {cycle}").format(cycle=view["cycle"]) + phase if view["cycle"] else _("Start")
        if group.get("title") != title:
            if group:
                yield group
            group = {"title": title, "entries": []}
        group["entries"].append(_entry(view, now, zone))
    yield group


def _entry(view: View, now: View, zone: tzinfo) -> dict[str, Any]:
    withheld = "withheld" in view["data"]
    return {
        "version": view["version"],
        "at": view["effective_at"],
        "when": moment(view["effective_at"], zone),
        "recorded": moment(view["recorded_at"], zone),
        "kind": view["kind"].replace("_", "-"),
        "name": kind_name(view["kind"]),
        "text": sentence(view, now, zone),
        "who": who(view, names_of(now)),
        "source": afterwards(view, now, zone),
        "link": _link((view["source"] or {}).get("url")),
        "withheld": withheld,
        "marks": list(beside(view, now)),
        "changed": list(differences(view["changed"], now)) if view["changed"] else [],
        "because": [(led["version"], kind_name(led["kind"])) for led in view["because"]] if view["changed"] else [],
        "hash": view["hash"][:16],
    }


def _link(url: Any) -> str:
    """An address that a browser may go to; anything else is none, whatever it would do there."""
    return url if isinstance(url, str) and urlsplit(url).scheme in ("http", "https") else ""


_MARKS: Final = {
    "correction_took_effect": "effect",
    "lesson_recorded": "lesson",
    "silence_recorded": "silence",
    "progress_reported": "report",
}


def _strip(views: Sequence[View], zone: tzinfo) -> dict[str, Any] | None:
    """The whole history as one line of marks over its phases; places in thousandths of its length."""
    at = [datetime.fromisoformat(view["effective_at"]).timestamp() for view in views]
    first, length = min(at), max(at) - min(at)
    if length < _NOTHING_OF_TIME:
        return None

    def place(moment_: float) -> float:
        return round(1000 * (moment_ - first) / length, 1)

    opened = [
        (place(when), view["data"]["phase"])
        for when, view in zip(at, views, strict=True)
        if view["kind"] in ("phase_opened", "phase_reopened")
    ]
    ends = [start for start, _phase in opened[1:]] + [1000.0]
    return {
        "from": day(min(view["effective_at"] for view in views), zone),
        "to": day(max(view["effective_at"] for view in views), zone),
        "phases": [
            {"x": start, "width": max(round(end - start, 1), 0), "phase": phase, "name": _(PHASES[phase])}
            for (start, phase), end in zip(opened, ends, strict=True)
        ],
        "marks": [
            {
                "x": place(when),
                "mark": _MARKS[view["kind"]],
                "version": view["version"],
                "name": kind_name(view["kind"]),
            }
            for when, view in zip(at, views, strict=True)
            if view["kind"] in _MARKS
        ],
        "legend": [(mark, kind_name(kind)) for kind, mark in _MARKS.items()],
    }


# --- proof ----------------------------------------------------------------------------------------------------------


def _proof(told: Told, last: View) -> dict[str, Any]:
    sealed, count = told.sealed, len(told.entries)
    if sealed is None:
        text = _("No checkpoint covers this history: nobody outside can hold us to it yet.")
    elif sealed.entries < count:
        text = _("Of {count} entries the checkpoint below covers the first {sealed}.").format(
            count=count, sealed=sealed.entries
        )
    else:
        text = _("All {count} entries are covered by the checkpoint below.").format(count=count)
    return {
        "sealed": sealed is not None,
        "text": text,
        "note": sealed.note if sealed else "",
        "how": _(
            "This report proves nothing by itself. `rumbo history export {plan} --format bundle --output FILE` gives "
            "the proof, and `rumbo verify FILE` checks it without us; the hashes here must be those it has."
        ).format(plan=told.now.id),
        "line": witness(told.now.id, last),
    }


_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
