"""A report that an auditor keeps for ten years: one HTML file, in the language of whoever asks.

It loads nothing and runs nothing (its own content security policy says so), reads the same on paper, and escapes every
word that anybody typed. What it shows are views; what it proves, the proof section says.
"""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.exports.report.corrections import correction
from audit.exports.report.labels import LABELS
from audit.exports.report.timeline import strip, timeline
from audit.exports.report.versions import versions
from audit.exports.told import Told
from audit.history import moment as stamp
from audit.replay import Step, step_view
from audit.trace import Threads
from language import _, tag
from telling.plan import progress
from telling.wording import PHASES, PLAN_STATUSES, day, moment, said, witness, zone_of

if TYPE_CHECKING:
    from jinja2 import Environment

View = Mapping[str, Any]


def write(told: Told) -> Iterator[bytes]:
    """The whole report."""
    template = _environment().get_template("report.html.jinja")
    yield template.render(_report(told)).encode()


def _report(told: Told) -> dict[str, Any]:
    now = told.plan_now()
    zone = zone_of(now)
    threads = Threads()
    steps: list[tuple[Step, View]] = []
    for step in told.steps():
        threads.add(step.entry, step.hash)
        # What became of an entry since is said beside it: it is looked at from now.
        steps.append((step, step_view(step, threads, told.may_see).as_json() | told.view(step.entry, step.hash)))
    views = [view for _step, view in steps]
    return {
        "lang": tag(),
        "label": {name: _(text) for name, text in LABELS.items()},
        "title": said(now["title"]),
        "badges": list(_badges(told, now, zone)),
        "facts": list(_facts(told, now, zone)),
        "problem": _problem(now),
        "progress": _progress(now),
        "strip": strip(views, zone),
        "corrections": [correction(one, now, views, zone) for one in now["corrections"]],
        "versions": list(versions(told, steps, zone)),
        "lessons": [_lesson(one) for one in now["lessons"]],
        "timeline": list(timeline(views, now, zone)),
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


def _lesson(one: View) -> dict[str, str]:
    return {"id": one["id"], "text": said(one["text"]), "therefore": said(one.get("therefore"))}


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


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (a gateway starts without it)

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
