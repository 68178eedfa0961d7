"""Every kind of event in a sentence: what happened, who did it, and why where somebody said so."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any, Final

from language import N_, _, ngettext
from telling.changes import change, change_name, field
from telling.changes import value as typed
from telling.meetings import meeting
from telling.refusals import WHY
from telling.values import PHASES, authority, counted, localized, moment, named, names_of, status_of, trigger

Entry = Mapping[str, Any]
Plan = Mapping[str, Any]

CLOSED_BY: Final = {
    "clock": N_("on its last day"),
    "convened": N_("when the next phase was convened"),
    "answered": N_("as everyone had answered"),
    "closing": N_("with the plan"),
}
ASKED_FOR: Final = {
    "report": N_("a report on {about}"),
    "reflection": N_("a reflection"),
    "position": N_("a position on the course correction {about}"),
}
NOT_HELD: Final = {
    "door_closed": N_("the door was open on fewer than half of its working days"),
    "paused": N_("the plan was paused for most of it"),
}
FOLLOWED: Final = {
    "open": N_("still open"),
    "answered": N_("answered"),
    "under_review": N_("under review"),
    "partly_settled": N_("partly settled"),
    "settled": N_("settled"),
    "not_settled": N_("not settled"),
    "withdrawn": N_("withdrawn"),
}
POSITIONS: Final = {
    "endorse": N_("The course correction {correction} was endorsed (draft {draft})"),
    "oppose": N_("The course correction {correction} was opposed (draft {draft})"),
    "abstain": N_("A body abstained on the course correction {correction} (draft {draft})"),
}
OUTCOMES: Final = {
    "holding": N_("The assumption {assumption} holds"),
    "weakening": N_("The assumption {assumption} is weakening"),
    "failed": N_("The assumption {assumption} has failed"),
}
DECISIONS: Final = {
    "adopted": N_("The course correction {correction} was adopted"),
    "declined": N_("The course correction {correction} was declined"),
}
LEVELS: Final = {
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
    "none": N_("none"),
    "unknown": N_("unknown"),
}

ROLES: Final = {
    "operator": N_("operator"),
    "partner": N_("partner"),
    "reviewer": N_("reviewer"),
    "auditor": N_("auditor"),
    "admin": N_("administrator"),
    "clock": N_("calendar"),
}
THE_ROLES: Final = {
    "operator": N_("the operator"),
    "partner": N_("a partner"),
    "reviewer": N_("a reviewer"),
    "auditor": N_("an auditor"),
    "admin": N_("an administrator"),
    "mailbox": N_("the mailbox"),
}
VISIBILITIES: Final = {
    "public": N_("public"),
    "partners": N_("for partners"),
    "restricted": N_("restricted"),
}
KINDS: Final = {
    "plan_started": N_("plan started"),
    "phase_opened": N_("phase opened"),
    "phase_closed": N_("phase closed"),
    "phase_reopened": N_("phase reopened"),
    "silence_recorded": N_("silence"),
    "window_not_held": N_("window not held"),
    "reports_asked": N_("reports asked for"),
    "reports_closed": N_("reports no longer in time"),
    "plan_paused": N_("plan paused"),
    "plan_resumed": N_("plan resumed"),
    "plan_closed": N_("plan closed"),
    "progress_reported": N_("progress report"),
    "evidence_attached": N_("evidence"),
    "indicator_measured": N_("measurement"),
    "occurrence_recorded": N_("occurrence"),
    "reflection_submitted": N_("reflection"),
    "lesson_recorded": N_("lesson"),
    "assumption_tested": N_("assumption tested"),
    "power_observed": N_("power observation"),
    "entry_contested": N_("contest"),
    "assessment_recorded": N_("assessment"),
    "finding_raised": N_("finding"),
    "finding_followed": N_("follow-up of a finding"),
    "erratum_recorded": N_("erratum"),
    "erratum_confirmed": N_("erratum confirmed"),
    "erratum_contested": N_("erratum contested"),
    "correction_proposed": N_("course correction proposed"),
    "correction_redrafted": N_("course correction redrafted"),
    "position_taken": N_("position on a course correction"),
    "correction_returned": N_("course correction returned"),
    "correction_withdrawn": N_("course correction withdrawn"),
    "correction_decided": N_("course correction decided"),
    "correction_took_effect": N_("course correction took effect"),
    "correction_explained": N_("course correction explained"),
    "correction_carried_over": N_("course correction carried over"),
    "correction_lapsed": N_("course correction lapsed"),
    "partner_joined": N_("partner joined"),
    "partner_left": N_("partner left"),
    "partner_succeeded": N_("partner succeeded"),
    "erased": N_("erasure"),
    "command_refused": N_("refused command"),
    "arrivals_refused": N_("refused arrivals"),
}


_BY_CALENDAR: Final = (
    "silence_recorded",
    "window_not_held",
    "reports_asked",
    "reports_closed",
    "correction_carried_over",
    "correction_lapsed",
)
"""What the calendar finds when a phase ends, whoever ended it: nobody says so of a body."""
_STEERED: Final = (
    "plan_", "partner_", "phase_", "command_", "arrivals_", "occurrence_", "correction_took_effect", "erased",
)  # fmt: skip
"""Kinds of which the role that did it tells enough where no body is spoken for."""


def by_whom(entry: Entry, names: Mapping[str, str]) -> str:
    """By whom: the body spoken for, the role, or nobody where the clock did it."""
    if entry.get("role") == "clock" or entry["kind"] in _BY_CALENDAR:
        return _("the calendar")
    body = entry.get("on_behalf_of")
    if (entry.get("data") or {}).get("session"):
        return _("a session, entered by the operator")
    if body is None and str(entry["kind"]).startswith(_STEERED):
        return _(THE_ROLES.get(str(entry.get("role")), str(entry.get("role"))))
    if body is None:
        return _("an unnamed body, entered by the {role}").format(role=role(entry))
    if entry.get("role") == "operator":
        return _("{body}, entered by the operator").format(body=names.get(body, body))
    return names.get(body, body)


def level(value: Any) -> str:
    """A level of power: a word, or a seal that may have been opened."""
    word = value.get("opened") if isinstance(value, dict) else value
    return _(LEVELS[word]) if word in LEVELS else localized(value)


def role(entry: Entry) -> str:
    """The role in which somebody acted."""
    return _(ROLES.get(str(entry.get("role")), str(entry.get("role"))))


def sentence(entry: Entry, plan: Plan, zone: tzinfo) -> str:
    """What happened in one entry. ``plan`` is the plan's view, for its own words."""
    data = entry.get("data") or {}
    if "withheld" in data:
        return _("{kind}: what it says is withheld ({visibility}).").format(
            kind=kind_name(str(entry["kind"])), visibility=_(VISIBILITIES.get(data["withheld"], data["withheld"]))
        )
    return _told(entry, data, plan, zone)


def kind_name(kind: str) -> str:
    """A kind of event as a few words."""
    return _(KINDS.get(kind, kind))


def _told(entry: Entry, data: Mapping[str, Any], plan: Plan, zone: tzinfo) -> str:
    match entry["kind"]:
        case "plan_started":
            definition = data["definition"]
            commitments = len(definition["commitments"])
            milestones = sum(len(one.get("milestones", ())) for one in definition["commitments"])
            return _("The plan «{title}» was started: {commitments}, {milestones}.").format(
                title=localized(definition["title"]),
                commitments=ngettext("{count} commitment", "{count} commitments", commitments).format(
                    count=commitments
                ),
                milestones=ngettext("{count} milestone", "{count} milestones", milestones).format(count=milestones),
            )
        case "phase_opened":
            until = (
                _(" It is open until {until}.").format(until=moment(data["closes_at"], zone))
                if data.get("closes_at")
                else ""
            )
            return _("Cycle {cycle}: {phase} began.").format(**_phase(data)) + until + _also(data.get("text"))
        case "phase_closed":
            how = _(CLOSED_BY.get(data["by"], data["by"]))
            told = _("Cycle {cycle}: {phase} ended {how}.").format(how=how, **_phase(data))
            return told + "".join(f" {_counted(one, names_of(plan))}" for one in data.get("groups", ()))
        case "phase_reopened":
            return _("Cycle {cycle}: {phase} was reopened: {reason}").format(
                reason=localized(data["reason"]), **_phase(data)
            )
        case "silence_recorded":
            asked = _(ASKED_FOR[data["asked_for"]]).format(about=", ".join(data.get("about", ())))
            told = _("Silence: {body} was asked for {asked} and had not answered by {until}.").format(
                body=names_of(plan).get(data["body"], data["body"]), asked=asked, until=moment(data["until"], zone)
            )
            return f"{told} {door(data)}"
        case "window_not_held":
            return _not_held(data, zone)
        case "reports_asked":
            return _("Reports on period {period}, since {since}, are asked for until {until}.").format(
                period=data["period"], since=moment(data["since"], zone), until=moment(data["closes_at"], zone)
            )
        case "reports_closed":
            return _("Reports on period {period} come late from here on.").format(period=data["period"])
        case "plan_paused":
            return _("The plan was paused: {reason}").format(reason=localized(data["reason"]))
        case "plan_resumed":
            return _("The plan goes on.") + _also(data.get("text"))
        case "plan_closed":
            return _("The plan was closed: {reason} · Open at the end: {left}.").format(
                reason=localized(data["reason"]), left=", ".join(_left(data))
            )
        case "erased":
            return _("What was sealed in entry {entry} was erased, by authority of {document}: {reason}").format(
                entry=data["entry"], document=authority(data["authority"]), reason=localized(data["reason"])
            )
        case "command_refused":
            return _("A command ({command}) was refused: {why}.").format(
                command=data["command"], why=_(WHY.get(data["code"], data["code"]))
            )
        case "arrivals_refused":
            count = data["count"]
            return ngettext(
                "{count} message that nobody had signed was turned away.",
                "{count} messages that nobody had signed were turned away.",
                count,
            ).format(count=count)
        case "partner_joined" | "partner_left" | "partner_succeeded":
            return _took_part(str(entry["kind"]), data, names_of(plan))
        case str() as kind if "correction" in data:
            return _corrected(kind, data, plan)
        case _:
            return _spoken(entry, data, plan)


def availability(data: Mapping[str, Any]) -> str:
    """On how many of a window's working days somebody could have answered."""
    return ngettext(
        "The door was open on {open} of {count} working day.",
        "The door was open on {open} of {count} working days.",
        data["working_days"],
    ).format(open=data["open_days"], count=data["working_days"])


def _not_held(data: Mapping[str, Any], zone: tzinfo) -> str:
    because = _(NOT_HELD.get(data["because"], data["because"]))
    if data.get("period"):
        told = _(
            "The window for reports on period {period} was not held, because {because}; so nobody kept silent in it."
        )
        told = told.format(period=data["period"], because=because)
    else:
        told = _("Cycle {cycle}: {phase} was not held, because {because}; so nobody kept silent in it.").format(
            because=because, **_phase(data)
        )
    again = data.get("closes_at")
    return f"{told} {door(data)}" + (
        _(" Its window is open again until {until}.").format(until=moment(again, zone)) if again else ""
    )


def _counted(group: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """How many of a group answered: members are counted, never named."""
    body = names.get(group["body"], group["body"])
    if group["of"] == "unknown":
        return _("Of {body} {answered} answered.").format(body=body, answered=group["answered"])
    return _("Of {body} {answered} of {of} answered.").format(body=body, answered=group["answered"], of=group["of"])


def _left(data: Mapping[str, Any]) -> Iterator[str]:
    """What a plan that was closed leaves behind."""
    milestones = len(data.get("open_items", ()))
    yield ngettext("{count} milestone", "{count} milestones", milestones).format(count=milestones)
    waiting = len(data.get("unanswered", ()))
    yield ngettext("{count} course correction", "{count} course corrections", waiting).format(count=waiting)
    adopted = len(data.get("adopted", ()))
    if adopted:
        yield ngettext(
            "{count} course correction adopted and never in effect",
            "{count} course corrections adopted and never in effect",
            adopted,
        ).format(count=adopted)
    silent = len(data.get("silent", ()))
    if silent:
        yield ngettext("{count} body that never answered", "{count} bodies that never answered", silent).format(
            count=silent
        )
    findings = len(data.get("findings", ()))
    if findings:
        yield ngettext("{count} finding", "{count} findings", findings).format(count=findings)
    lessons = len(data.get("lessons_for_successor", ()))
    yield ngettext("{count} lesson for a successor", "{count} lessons for a successor", lessons).format(count=lessons)


def _took_part(kind: str, data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Who takes part from here on, and what that leaves open."""
    match kind:
        case "partner_joined":
            return _("{body} takes part from here on.").format(body=named(data["partner"]))
        case "partner_succeeded":
            told = _("{successor} takes the place of {body}: its leads, its vote, its open proposals.")
            return told.format(successor=named(data["successor"]), body=names.get(data["body"], data["body"])) + _also(
                data.get("reason")
            )
        case _:
            told = _("{body} takes part no more: {reason}").format(
                body=names.get(data["body"], data["body"]), reason=localized(data["reason"])
            )
            if led := data.get("without_lead"):
                told += _(" Nobody leads {items} any more.").format(items=", ".join(led))
            if data.get("quorum"):
                told += _(" The quorum is {number} from here on.").format(number=data["quorum"])
            if data.get("adopts"):
                told += _(" {number} endorsements adopt from here on.").format(number=data["adopts"])
            return told


def _spoken(entry: Entry, data: Mapping[str, Any], plan: Plan) -> str:
    """What people tell: reports, evidence, measurements, what they learned."""
    match entry["kind"]:
        case "progress_reported":
            item = data.get("milestone") or data.get("commitment") or data.get("indicator")
            if data.get("nothing_to_report"):
                return _("{item}: nothing to report.").format(item=item) + _also(data.get("challenge"))
            count = counted(data)
            status = status_of(data, plan.get("scale") or {})
            as_at = _(", as at {day}").format(day=data["as_at"]) if data.get("as_at") else ""
            return f"{item}: {status}{f', {count}' if count else ''}{as_at}." + _also(data.get("text"))
        case "evidence_attached":
            shown = data["evidence"]
            what = localized(shown.get("document")) or localized(shown.get("url"))
            return _("Evidence for {item}: {what}.").format(item=data["item"], what=what)
        case "indicator_measured":
            value = localized(data["value"]) if isinstance(data["value"], dict) else str(data["value"])
            as_at = _(", as at {day}").format(day=data["as_at"]) if data.get("as_at") else ""
            return _("Indicator {indicator} measured: {value}{as_at}.").format(
                indicator=data["indicator"], value=value, as_at=as_at
            ) + _also(data.get("text"))
        case "occurrence_recorded":
            return _("It happened: {awaited}.").format(awaited=data["awaited"]) + _also(data.get("text"))
        case "reflection_submitted":
            late = _(" (late)") if data.get("late") else ""
            answers = " ".join(f"{question}: {said(answer)}" for question, answer in data["answers"].items())
            told = _("Reflection on cycle {cycle}{late}.").format(cycle=data["cycle"], late=late)
            return f"{told} {answers}" + _met(data, plan)
        case "lesson_recorded":
            successor = _(" (for the successor)") if "successor" in data.get("for", ()) else ""
            return _("Lesson {id}{successor}: {text}").format(
                id=data["id"], successor=successor, text=localized(data["text"])
            )
        case "assumption_tested":
            return _(OUTCOMES[data["outcome"]]).format(assumption=data["assumption"]) + "." + _also(data.get("text"))
        case "assessment_recorded":
            by = _(" by {assessor}").format(assessor=localized(data["assessor"])) if data.get("assessor") else ""
            scale = f" ({said(data['scale'])})" if data.get("scale") else ""
            return _("Assessment of {item}{by}: {verdict}{scale}.").format(
                item=data.get("item") or _("the whole plan"), by=by, verdict=localized(data["verdict"]), scale=scale
            ) + _also(data.get("text"))
        case "finding_raised":
            answer = (
                _(" An answer is asked for by {day}.").format(day=data["answer_by"]) if data.get("answer_by") else ""
            )
            told = _("Finding {finding} on {item}: {text}").format(
                finding=data["finding"], item=data.get("item") or _("the whole plan"), text=localized(data["text"])
            )
            return told + answer
        case "finding_followed":
            return _("Finding {finding}: {status}.").format(
                finding=data["finding"], status=_(FOLLOWED[data["status"]])
            ) + _also(data.get("text"))
        case "power_observed":
            levels = [
                f"{name}: {level(data[key])}"
                for key, name in (
                    ("authority", _("authority")),
                    ("acceptance", _("acceptance")),
                    ("ability", _("ability")),
                )
                if data.get(key)
            ]
            return _("Power of {stakeholder}: {levels}.").format(
                stakeholder=data["stakeholder"], levels=", ".join(levels) or "-"
            ) + _also(data.get("text"))
        case "entry_contested":
            return _("Entry {entry} is contested and no longer counts for the body: {reason}").format(
                entry=data["entry"], reason=localized(data["reason"])
            )
        case "erratum_recorded":
            where = f"{data['item']} " if data.get("item") else ""
            told = _("Erratum {erratum}: in entry {entry}, {field} says {says}, should say {should_say}.").format(
                erratum=data["erratum"],
                entry=data["entry"],
                field=f"{where}{field(data['field'])}",
                says=typed(data["says"]),
                should_say=typed(data["should_say"]),
            )
            return told + (" " + _("It waits until another body confirms it.") if data.get("waits") else "")
        case "erratum_confirmed":
            return _("The erratum {erratum} was confirmed.").format(erratum=data["erratum"])
        case "erratum_contested":
            return _("The erratum {erratum} was contested and has no effect: {reason}").format(
                erratum=data["erratum"], reason=localized(data["reason"])
            )
        case kind:
            return kind_name(str(kind)) + "."


def _corrected(kind: str, data: Mapping[str, Any], plan: Plan) -> str:
    """The life of a course correction."""
    known = {"correction": data["correction"], "draft": data.get("draft", 1)}
    match kind:
        case "correction_proposed":
            opening = _("Course correction {correction} proposed because of {trigger}: {rationale}")
            return opening.format(**known, **_reasons(data, plan)) + _changes(data)
        case "correction_redrafted":
            opening = _("Course correction {correction}, draft {draft}, because of {trigger}: {rationale}")
            return opening.format(**known, **_reasons(data, plan)) + _changes(data)
        case "position_taken":
            return _(POSITIONS[data["position"]]).format(**known) + "." + _also(data.get("reason"))
        case "correction_returned":
            return _("Course correction {correction}, draft {draft}, was returned to its author: {reason}").format(
                **known, reason=localized(data["reason"])
            )
        case "correction_withdrawn":
            return _("Course correction {correction} was withdrawn.").format(**known) + _also(data.get("reason"))
        case "correction_decided":
            return _("{decision}; endorse {endorse}, oppose {oppose}, abstain {abstain}. Response: {response}").format(
                decision=_(DECISIONS[data["decision"]]).format(**known),
                response=localized(data["response"]),
                **{stand: ", ".join(data.get(stand, ())) or "0" for stand in ("endorse", "oppose", "abstain")},
            ) + _met(data, plan)
        case "correction_took_effect":
            applied, stale = len(data.get("applied", ())), len(data.get("stale", ()))
            told = ngettext(
                "Course correction {correction} took effect: {count} change.",
                "Course correction {correction} took effect: {count} changes.",
                applied,
            ).format(count=applied, **known)
            left_out = ngettext(
                " {count} change no longer fitted and was left out.",
                " {count} changes no longer fitted and were left out.",
                stale,
            ).format(count=stale)
            return told + (left_out if stale else "")
        case "correction_explained":
            covers = ", ".join(data.get("covers", ())) or _("all of it")
            return _("The reason for the course correction {correction} was published ({covers}): {rationale}").format(
                covers=covers, rationale=localized(data["rationale"]), **known
            )
        case "correction_carried_over":
            return _("Course correction {correction} was carried over; an answer is owed by {bodies}.").format(
                bodies=", ".join(data["owed_by"]), **known
            )
        case "correction_lapsed":
            return _("Course correction {correction} lapsed, unanswered by {bodies}.").format(
                bodies=", ".join(data["unanswered_by"]), **known
            )
        case _:
            return kind_name(kind) + "."


def _met(data: Mapping[str, Any], plan: Plan) -> str:
    """In which session it was said, and who was there."""
    return " " + _("In {session}.").format(session=meeting(data["session"], plan)) if data.get("session") else ""


def _phase(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"cycle": data["cycle"], "phase": _(PHASES[data["phase"]])}


def _reasons(data: Mapping[str, Any], plan: Plan) -> dict[str, str]:
    return {"trigger": trigger(data.get("trigger"), plan), "rationale": localized(data.get("rationale"))}


def _changes(data: Mapping[str, Any]) -> str:
    return " [" + "; ".join(change({"name": change_name(one), **one}) for one in data.get("changes", ())) + "]"


def _also(text: Any) -> str:
    return f" {said(text)}" if text else ""
