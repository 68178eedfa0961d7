"""Wording of the loop: the plan's start, phases, windows, silences, pauses and its end."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from language import N_, _, ngettext
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, one_of, parameters, refusals, terms
from telling.values import PHASES, also, listed, localized

CLOSED_BY: Final = {
    "clock": N_("on its last day"),
    "convened": N_("when the next phase was opened"),
    "answered": N_("when all had answered"),
    "closing": N_("when the plan was closed"),
}
ASKED_FOR: Final = {
    "report": N_("a report on {about}"),
    "reflection": N_("a reflection"),
    "position": N_("a position on the course correction {about}"),
}
NOT_HELD: Final = {
    "door_closed": N_("the system could take answers on fewer than half of the working days"),
    "paused": N_("the plan was paused for most of it"),
}

commands(
    {
        "start_plan": N_("the start of the plan"),
        "convene": N_("the opening of a phase"),
        "reopen_phase": N_("the reopening of a phase"),
        "pause_plan": N_("a pause of the plan"),
        "resume_plan": N_("the end of a pause"),
        "close_plan": N_("the closing of the plan"),
    }
)
refusals(
    {
        "already_started": N_("a plan of that name was started before"),
        "plan_closed": N_("the plan is closed"),
        "plan_paused": N_("the plan is paused"),
        "not_paused": N_("the plan was not paused"),
        "other_plan": N_("the plan file names another plan"),
        "not_next_phase": N_("another phase comes next"),
        "ends_before_it_begins": N_("the phase would end before it begins"),
        "nothing_to_reopen": N_("no phase could be reopened"),
        "until_needed": N_("the last day of the phase was missing"),
    }
)
terms(
    Term(
        110,
        N_("(recorded by the calendar)"),
        N_("silence"),
        N_("a body that was asked and did not answer by the last day"),
        N_("leaves the plan as it is; a later answer stands beside it"),
        "",
    ),
)
parameters("not_next_phase", phase=one_of(PHASES), next=one_of(PHASES))


@event("plan_started", N_("plan started"), actor="role")
def _started(data: Data, words: PlanWords) -> str:
    definition = data["definition"]
    commitments = len(definition["commitments"])
    milestones = sum(len(one.get("milestones", ())) for one in definition["commitments"])
    return _("The plan «{title}» was started: {commitments}, {milestones}.").format(
        title=localized(definition["title"]),
        commitments=ngettext("{count} commitment", "{count} commitments", commitments).format(count=commitments),
        milestones=ngettext("{count} milestone", "{count} milestones", milestones).format(count=milestones),
    )


@event("phase_opened", N_("phase opened"), actor="role")
def _opened(data: Data, words: PlanWords) -> str:
    sentence = _("Cycle {cycle}: {phase} began.").format(**_phase(data))
    if data.get("closes_at"):
        sentence += _(" Open {until}.").format(until=words.until(data["closes_at"]))
    return sentence + also(data.get("text"))


@event("phase_closed", N_("phase closed"), actor="role")
def _closed(data: Data, words: PlanWords) -> str:
    how = _(CLOSED_BY.get(data["by"], str(data["by"])))
    sentence = _("Cycle {cycle}: {phase} ended {how}.").format(how=how, **_phase(data))
    return sentence + "".join(f" {_counted(one, words)}" for one in data.get("groups", ()))


@event("phase_reopened", N_("phase reopened"), actor="role")
def _reopened(data: Data, words: PlanWords) -> str:
    return _("Cycle {cycle}: {phase} was reopened: {reason}").format(reason=localized(data["reason"]), **_phase(data))


@event("silence_recorded", N_("silence"), actor="calendar", is_warning=True, mark="silence")
def _silence(data: Data, words: PlanWords) -> str:
    asked = _(ASKED_FOR[data["asked_for"]]).format(about=listed(data.get("about", ())))
    sentence = _("Silence: {body} did not answer. It was asked for {asked}; answers were taken {until}.").format(
        body=words.body(data["body"]), asked=asked, until=words.until(data["until"])
    )
    return f"{sentence} {_availability(data)}"


@event("window_not_held", N_("window not held"), actor="calendar")
def _not_held(data: Data, words: PlanWords) -> str:
    because = _(NOT_HELD.get(data["because"], str(data["because"])))
    if data.get("period"):
        sentence = _("The window for reports on period {period} does not count, because {because}: no silence in it.")
        sentence = sentence.format(period=data["period"], because=because)
    else:
        sentence = _("Cycle {cycle}: {phase} does not count, because {because}: no silence in it.").format(
            because=because, **_phase(data)
        )
    again = data.get("closes_at")
    return f"{sentence} {_availability(data)}" + (
        _(" Open again {until}.").format(until=words.until(again)) if again else ""
    )


@event("reports_asked", N_("reports requested"), actor="calendar")
def _reports_asked(data: Data, words: PlanWords) -> str:
    return _("Reports on period {period}, which began on {since}, are taken {until}.").format(
        period=data["period"], since=words.day(data["since"]), until=words.until(data["closes_at"])
    )


@event("reports_closed", N_("reports due no longer"), actor="calendar")
def _reports_closed(data: Data, words: PlanWords) -> str:
    return _("The window for reports on period {period} closed; later ones are marked late.").format(
        period=data["period"]
    )


@event("plan_paused", N_("plan paused"), actor="role")
def _paused(data: Data, words: PlanWords) -> str:
    return _("The plan was paused: {reason}").format(reason=localized(data["reason"]))


@event("plan_resumed", N_("plan resumed"), actor="role")
def _resumed(data: Data, words: PlanWords) -> str:
    return _("The plan was resumed.") + also(data.get("text"))


@event("plan_closed", N_("plan closed"), actor="role")
def _plan_closed(data: Data, words: PlanWords) -> str:
    return _("The plan was closed: {reason} · Open at the end: {left}.").format(
        reason=localized(data["reason"]), left=", ".join(_left(data))
    )


def _availability(data: Data) -> str:
    return availability(data["open_days"], data["working_days"])


def availability(open_days: int, working_days: int) -> str:
    """On how many of a window's working days the system could take answers."""
    return ngettext(
        "The system could take answers on {open} of {count} working day.",
        "The system could take answers on {open} of {count} working days.",
        working_days,
    ).format(open=open_days, count=working_days)


def _phase(data: Data) -> dict[str, Any]:
    return {"cycle": data["cycle"], "phase": _(PHASES[data["phase"]])}


def _counted(group: Mapping[str, Any], words: PlanWords) -> str:
    """How many members of a group answered: members are counted, never named."""
    body = words.body(group["body"])
    if group["of"] == "unknown":
        return _("Of {body} {answered} answered.").format(body=body, answered=group["answered"])
    return _("Of {body} {answered} of {of} answered.").format(body=body, answered=group["answered"], of=group["of"])


def _left(data: Data) -> Iterator[str]:
    """What a closed plan leaves open."""
    milestones = len(data.get("open_items", ()))
    yield ngettext("{count} milestone", "{count} milestones", milestones).format(count=milestones)
    waiting = len(data.get("unanswered", ()))
    yield ngettext("{count} course correction", "{count} course corrections", waiting).format(count=waiting)
    if adopted := len(data.get("adopted", ())):
        yield ngettext(
            "{count} course correction adopted and never in effect",
            "{count} course corrections adopted and never in effect",
            adopted,
        ).format(count=adopted)
    if silent := len(data.get("silent", ())):
        yield ngettext("{count} body that never answered", "{count} bodies that never answered", silent).format(
            count=silent
        )
    if findings := len(data.get("findings", ())):
        yield ngettext("{count} finding", "{count} findings", findings).format(count=findings)
    lessons = len(data.get("lessons_for_successor", ()))
    yield ngettext("{count} lesson for a successor", "{count} lessons for a successor", lessons).format(count=lessons)
