"""The HTML report: one self-contained file for long-term archives, in the reader's language.

It loads and runs nothing (its content security policy forbids it), prints as it reads, and escapes all text from
people. It is rendered from views; its section *Proof* states what can be verified.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.exports.content import ExportContent
from audit.exports.report.corrections import correction
from audit.exports.report.labels import LABELS
from audit.exports.report.timeline import strip, timeline
from audit.exports.report.versions import versions
from audit.history import entry_view
from audit.replay import ReplayStep, step_view
from audit.trace import Threads
from domain.views.construct import fields_of, unchecked
from domain.views.models.history import StepView
from domain.views.models.plan import LessonView, PlanView
from language import _, current_language, ngettext
from telling.plan import progress
from telling.values import PHASES, PLAN_STATUSES, day_text, localized, moment, witness, zone_of

if TYPE_CHECKING:
    from jinja2 import Environment


def write(content: ExportContent) -> Iterator[bytes]:
    """The report as one HTML document."""
    template = _environment().get_template("report.html.jinja")
    yield template.render(_report(content)).encode()


def _report(content: ExportContent) -> dict[str, Any]:
    now = content.plan_now()
    zone = zone_of(now)
    threads = Threads()
    steps: list[tuple[ReplayStep, StepView]] = []
    for step in content.steps():
        threads.add(step.entry, step.hash)
        steps.append((step, _step_view(content, step, threads)))
    views = [view for _step, view in steps]
    return {
        "lang": current_language(),
        "label": {name: _(text) for name, text in LABELS.items()},
        "title": localized(now.title),
        "badges": list(_badges(content, now, zone)),
        "facts": list(_facts(content, now, zone)),
        "problem": _problem(now),
        "progress": _progress(now),
        "strip": strip(views, zone),
        "corrections": [correction(one, now, views, zone) for one in now.corrections],
        "versions": list(versions(content, steps, zone)),
        "lessons": [_lesson(one) for one in now.lessons],
        "hidden_lessons": _hidden_lessons(views),
        "timeline": list(timeline(views, now, zone)),
        "hashes": [(view.version, view.hash) for view in views],
        "proof": _proof(content, views[-1]),
    }


def _step_view(content: ExportContent, step: ReplayStep, threads: Threads) -> StepView:
    """A step of the replay, whose entry has the contests and errata up to now, not only up to the step."""
    made = step_view(step, threads, content.may_see)
    entry = entry_view(step.entry, step.hash, content.may_see, content.now)
    return unchecked(StepView, fields_of(made) | fields_of(entry))


def _badges(content: ExportContent, now: PlanView, zone: tzinfo) -> Iterator[str]:
    yield _(PLAN_STATUSES[now.status])
    if now.illustrative:
        yield _("ILLUSTRATIVE: an example, not a real plan.")
    if now.entered_afterwards:
        yield _("ENTERED AFTERWARDS: the whole history was recorded from sources, not as it happened.")
    elif now.live_from:
        yield _("Recorded as it happened since {day}; earlier entries were entered afterwards.").format(
            day=day_text(now.live_from, zone)
        )
    if content.reach != "public":
        yield _("NOT FOR THE PUBLIC: it contains content for partners or restricted content.")


def _facts(content: ExportContent, now: PlanView, zone: tzinfo) -> Iterator[tuple[str, str]]:
    yield _("Plan"), f"{now.id} ({content.origin})"
    yield _("Version"), str(now.revision)
    yield _("Entries"), str(now.version)
    yield _("Time zone"), now.timezone
    phase = f", {_(PHASES[now.phase])}" if now.phase else ""
    yield _("Cycle"), f"{now.cycle}{phase}"
    if now.source:
        yield _("Source"), f"{localized(now.source.document)} {localized(now.source.date)[:10]}".strip()
    yield _("Report made"), moment(content.made_at, zone)


def _problem(now: PlanView) -> dict[str, Any]:
    problem = now.problem
    return {
        "statement": localized(problem.statement),
        "who_suffers": localized(problem.who_suffers),
        "causes": [localized(cause.text) for cause in problem.causes],
        "solved_when": localized(problem.solved_when),
    }


def _progress(now: PlanView) -> dict[str, Any]:
    """The share of milestones that are done, under way, waiting or stopped."""
    milestones = [one for commitment in now.commitments for one in commitment.milestones if not one.dropped]
    means = [one.means for one in milestones]
    count = max(len(means), 1)
    parts = {name: 100 * means.count(name) / count for name in ("done", "under_way", "waiting", "stopped")}
    return {"text": progress(now), "parts": parts}


def _lesson(one: LessonView) -> dict[str, str]:
    return {"id": one.id, "text": localized(one.text), "therefore": localized(one.therefore)}


def _hidden_lessons(views: Sequence[StepView]) -> str:
    """How many lessons lie beyond the reach of this report."""
    count = sum(view.kind == "lesson_recorded" and not isinstance(view.data, dict) for view in views)
    text = ngettext("{count} lesson is not public.", "{count} lessons are not public.", count)
    return text.format(count=count) if count else ""


def _proof(content: ExportContent, last: StepView) -> dict[str, Any]:
    sealed, count = content.sealed, len(content.entries)
    if sealed is None:
        text = _("No checkpoint covers this history yet: until then outsiders cannot prove a change to it.")
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
            "This report alone is no proof. `rumbo history export {plan} --format bundle --output FILE` writes the "
            "proof, and `rumbo verify FILE` checks it independently; its hashes must be those listed here."
        ).format(plan=content.now.id),
        "line": witness(content.now.id, last.version, last.hash, last.recorded_at),
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
