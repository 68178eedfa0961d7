"""Wording of reporting: progress, evidence, measurements and events outside the plan."""

from typing import Final

from language import N_, _
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, one_of, parameters, refusals, terms
from telling.values import also, counted, date_text, localized

PARTS: Final = {
    "milestone": N_("milestone"),
    "commitment": N_("commitment"),
    "indicator": N_("indicator"),
}

commands(
    {
        "report_progress": N_("a progress report"),
        "attach_evidence": N_("evidence"),
        "measure_indicator": N_("a measurement"),
        "record_occurrence": N_("an occurrence"),
    }
)
refusals(
    {
        "unknown_item": N_("the plan has no such item"),
        "item_dropped": N_("the item had been dropped"),
        "unknown_status": N_("the status is not a word of the plan's scale"),
        "evidence_needed": N_("the plan requires evidence for what is done"),
        "wrong_kind_of_item": N_("the item was of the wrong kind"),
        "unknown_awaited": N_("the plan awaits no such event"),
        "not_the_teller": N_("that body may not declare the event"),
        "already_declared": N_("the event was declared before"),
        "as_at_in_the_future": N_("the day of the report had not come yet"),
        "not_a_group": N_("the body is not a group, so its members are not counted"),
        "members_needed": N_("the number of members that answered was missing"),
        "more_than_the_group": N_("the group has fewer members than were counted"),
    }
)
parameters("wrong_kind_of_item", wanted=one_of(PARTS))
terms(
    Term(
        10,
        N_("report how far something is"),
        N_("progress report"),
        N_("a status in the plan's own words, or that there is nothing to report, and why"),
        N_("leaves the plan as it is"),
        "rumbo progress report",
    ),
    Term(
        20,
        N_("declare that something outside the plan has happened"),
        N_("occurrence"),
        N_("a body that may declare it, and a source"),
        N_("leaves the plan as it is; deadlines that waited for it begin to run"),
        "rumbo plan happened",
    ),
)


@event("progress_reported", N_("progress report"), shows_id=True, mark="report")
def _progress(data: Data, words: PlanWords) -> str:
    item = data.get("milestone") or data.get("commitment") or data.get("indicator")
    if data.get("nothing_to_report"):
        return _("{item}: nothing to report.").format(item=item) + also(data.get("challenge"))
    count = counted(data.get("count"), data.get("of"), data.get("what"))
    return f"{item}: {words.status(data.get('status'))}{f', {count}' if count else ''}{_as_at(data)}." + also(
        data.get("text")
    )


@event("evidence_attached", N_("evidence"), shows_id=True)
def _evidence(data: Data, words: PlanWords) -> str:
    evidence = data["evidence"]
    what = localized(evidence.get("document")) or localized(evidence.get("url"))
    return _("Evidence for {item}: {what}.").format(item=data["item"], what=what)


@event("indicator_measured", N_("measurement"), shows_id=True)
def _measured(data: Data, words: PlanWords) -> str:
    value = localized(data["value"]) if isinstance(data["value"], dict) else str(data["value"])
    return _("Indicator {indicator} measured: {value}{as_at}.").format(
        indicator=data["indicator"], value=value, as_at=_as_at(data)
    ) + also(data.get("text"))


@event("occurrence_recorded", N_("occurrence"), actor="role", shows_id=True)
def _occurred(data: Data, words: PlanWords) -> str:
    return _("It happened: {awaited}.").format(awaited=data["awaited"]) + also(data.get("text"))


def _as_at(data: Data) -> str:
    return _(", as at {day}").format(day=date_text(data["as_at"])) if data.get("as_at") else ""
