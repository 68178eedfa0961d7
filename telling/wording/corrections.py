"""Wording of course corrections: proposal, positions, decision, effect, and how they end without one."""

from collections.abc import Mapping
from typing import Any, Final

from language import N_, _, ngettext
from telling.changes import RULES, change
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, one_of, parameters, refusals, terms
from telling.values import also, localized

STATUSES: Final = {
    "open": N_("still open"),
    "returned": N_("returned to its author"),
    "adopted": N_("adopted, not yet in effect"),
    "in_effect": N_("in effect"),
    "declined": N_("declined"),
    "withdrawn": N_("withdrawn"),
    "lapsed": N_("lapsed without a decision"),
    "contested": N_("contested by the body it was proposed for"),
    "stale": N_("without effect: none of its changes fitted the plan any more"),
}
STANDS: Final = {"endorse": N_("endorses"), "oppose": N_("opposes"), "abstain": N_("abstains")}
POSITIONS: Final = {
    "endorse": N_("The course correction {correction} was endorsed (draft {draft})"),
    "oppose": N_("The course correction {correction} was opposed (draft {draft})"),
    "abstain": N_("A body abstained on the course correction {correction} (draft {draft})"),
}
VOTES: Final = {
    "endorse": N_("In favour: {bodies}."),
    "oppose": N_("Against: {bodies}."),
    "abstain": N_("Abstaining: {bodies}."),
}
DECISIONS: Final = {
    "adopted": N_("The course correction {correction} was adopted."),
    "declined": N_("The course correction {correction} was declined."),
}

commands(
    {
        "propose_correction": N_("a course correction"),
        "redraft_correction": N_("a new draft of a course correction"),
        "endorse_correction": N_("an endorsement"),
        "oppose_correction": N_("an objection to a course correction"),
        "abstain_correction": N_("an abstention"),
        "return_correction": N_("the return of a course correction"),
        "withdraw_correction": N_("the withdrawal of a course correction"),
        "decide_correction": N_("the decision on a course correction"),
        "explain_correction": N_("the reason of a course correction"),
    }
)
refusals(
    {
        "correction_exists": N_("a course correction of that id was proposed before"),
        "unknown_correction": N_("there is no such course correction"),
        "not_open": N_("the course correction is no longer open"),
        "not_the_author": N_("only its author may do that"),
        "other_draft": N_("it was about another draft"),
        "may_not_decide": N_("that body may not take a position"),
        "proposer_may_not_decide": N_("the body that proposed it may not decide it"),
        "no_quorum": N_("too few bodies had taken a position"),
        "not_adopted_by_count": N_("by the plan's rule it is not adopted"),
        "adopted_by_count": N_("by the plan's rule it is adopted"),
        "reason_needed": N_("the reason was missing"),
        "authority_needed": N_("the authority was missing"),
        "rests_on_nothing": N_("it rests on nothing that is recorded"),
        "unknown_trigger": N_("the plan has no such trigger"),
        "outside_amendment_window": N_("it came outside the days for course corrections"),
        "takes_effect_too_early": N_("the day of its effect had passed"),
        "from_no_longer_holds": N_("the plan has changed since"),
        "unknown_field": N_("the item has no such field"),
        "bad_value": N_("the value is not valid there"),
        "breaks_the_plan": N_("the plan would no longer be valid"),
        "nothing_holds_any_more": N_("none of its changes fits the plan any more"),
        "already_explained": N_("the reason had been given before"),
    }
)
parameters("not_open", status=one_of(STATUSES))
parameters("not_adopted_by_count", rule=one_of(RULES))
parameters("adopted_by_count", rule=one_of(RULES))
terms(
    Term(
        60,
        N_("change what was promised, by when or by whom"),
        N_("course correction"),
        N_("a trigger, what it rests on, the reason, and a decision of the bodies"),
        N_("makes a new version of the plan"),
        "rumbo correction propose",
    ),
)


@event("correction_proposed", N_("course correction proposed"))
def _proposed(data: Data, words: PlanWords) -> str:
    opening = _("Course correction {correction} proposed. Trigger: {trigger}. Reason: {rationale}")
    return opening.format(correction=data["correction"], **_reasons(data, words)) + _changes(data)


@event("correction_redrafted", N_("course correction redrafted"))
def _redrafted(data: Data, words: PlanWords) -> str:
    opening = _("Course correction {correction}, draft {draft}. Trigger: {trigger}. Reason: {rationale}")
    return opening.format(**_known(data), **_reasons(data, words)) + _changes(data)


@event("position_taken", N_("position on a course correction"))
def _position(data: Data, words: PlanWords) -> str:
    return _(POSITIONS[data["position"]]).format(**_known(data)) + "." + also(data.get("reason"))


@event("correction_returned", N_("course correction returned"))
def _returned(data: Data, words: PlanWords) -> str:
    return _("Course correction {correction}, draft {draft}, was returned to its author: {reason}").format(
        **_known(data), reason=localized(data["reason"])
    )


@event("correction_withdrawn", N_("course correction withdrawn"))
def _withdrawn(data: Data, words: PlanWords) -> str:
    return _("Course correction {correction} was withdrawn.").format(**_known(data)) + also(data.get("reason"))


@event("correction_decided", N_("course correction decided"))
def _decided(data: Data, words: PlanWords) -> str:
    votes = [
        _(vote).format(bodies=words.bodies(data[position])) for position, vote in VOTES.items() if data.get(position)
    ]
    response = _("Response: {response}").format(response=localized(data["response"]))
    decision = _(DECISIONS[data["decision"]]).format(**_known(data))
    return " ".join([decision, *votes, response]) + words.in_meeting(data)


@event("correction_took_effect", N_("course correction took effect"), actor="role", mark="effect")
def _took_effect(data: Data, words: PlanWords) -> str:
    applied, stale = len(data.get("applied", ())), len(data.get("stale", ()))
    sentence = ngettext(
        "Course correction {correction} took effect: {count} change.",
        "Course correction {correction} took effect: {count} changes.",
        applied,
    ).format(count=applied, **_known(data))
    left_out = ngettext(
        " {count} change no longer fitted and was left out.",
        " {count} changes no longer fitted and were left out.",
        stale,
    ).format(count=stale)
    return sentence + (left_out if stale else "")


@event("correction_explained", N_("course correction explained"))
def _explained(data: Data, words: PlanWords) -> str:
    covers = ", ".join(data.get("covers", ())) or _("all of it")
    return _("The reason for the course correction {correction} was published ({covers}): {rationale}").format(
        covers=covers, rationale=localized(data["rationale"]), **_known(data)
    )


@event("correction_carried_over", N_("course correction carried over"), actor="calendar")
def _carried_over(data: Data, words: PlanWords) -> str:
    carried = _("Course correction {correction} was carried over to the next cycle.").format(**_known(data))
    return carried + _missing(data["owed_by"], words)


@event("correction_lapsed", N_("course correction lapsed"), actor="calendar", is_warning=True)
def _lapsed(data: Data, words: PlanWords) -> str:
    return _("Course correction {correction} lapsed.").format(**_known(data)) + _missing(data["unanswered_by"], words)


def _missing(bodies: list[str], words: PlanWords) -> str:
    """The bodies whose answer is missing; nothing if every body answered."""
    return " " + _("Answers missing: {bodies}.").format(bodies=words.bodies(bodies)) if bodies else ""


def _known(data: Data) -> dict[str, Any]:
    return {"correction": data["correction"], "draft": data.get("draft", 1)}


def _reasons(data: Data, words: PlanWords) -> Mapping[str, str]:
    return {"trigger": words.trigger(data.get("trigger")), "rationale": localized(data.get("rationale"))}


def _changes(data: Data) -> str:
    from domain.views.models.parts import ChangePart  # noqa: PLC0415  (loaded, since there is a view)

    changes = "; ".join(change(ChangePart.read(one)) for one in data.get("changes", ()))
    return f" [{changes}]" if changes else ""
