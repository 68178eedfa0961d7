"""Why a plan may refuse a command. A code is a promise to programs; its sentence says what happened and what to do."""

from string import Formatter
from typing import Final

from domain.faults import FAULTS, Fault

REFUSALS: Final[dict[str, str]] = {
    "unknown_plan": "There is no plan {plan}. Start it first, or check its name with `rumbo plan list`.",
    "already_started": "The plan {plan} was started before; a plan's name is never given twice. Choose another name.",
    "plan_closed": "The plan is closed and its course is fixed. Reports, evidence and lessons are still recorded.",
    "plan_paused": "The plan is paused. Resume it first.",
    "not_paused": "The plan is not paused, so it cannot be resumed.",
    "engine_fault": "The engine failed on this command and recorded nothing of it. Tell whoever runs Rumbo; send it again under a new id.",
    "reader_not_raised": "Programs of an older version that cannot read this may still be running. Once none is left `rumbo admin migrate --raise-reader` lets it in; then send it again under a new id.",
    "bad_signature": "The command's signature does not hold, so nobody can say who sent it. Send it again through the gateway.",
    "no_seal": "Nothing is sealed in entry {entry}, so there is nothing in it to erase. `rumbo history show` says which entry it is.",
    "already_erased": "What was sealed in entry {entry} was erased before, and that is recorded. Nothing is left to erase.",
    "unknown_entry": "There is no entry {entry}; the last is entry {last}. `rumbo history show` lists them.",
    "unreadable": "The command could not be read when its turn came. Send it again under a new id.",
    "unknown_body": "The body you speak for is not a partner of this plan. Its partners are: {partners}.",
    "body_left": "{body} takes part no more since {since}, and what it was bound to do it no longer owes.",
    "body_succeeded": "{body} takes part no more since {since}; in its place stands {successor}. A token speaks for the bodies named in it alone, so ask an administrator for one that names {successor}.",
    "unknown_partner": "There is no such partner. The plan's partners are: {partners}.",
    "body_exists": "{body} names a body of this plan already, or one that left; an id names one body for ever. Choose another.",
    "successor_is_partner": "{successor} is a partner already, so it cannot take the place of {body}. Record that {body} leaves, and give {successor} what it led by a course correction.",
    "last_to_decide": "{body} is the last that may decide here. Name its successor, or close the plan.",
    "partner_source_needed": "Who takes part is said by a document: name it as the source, with its date.",
    "body_needed": "Say which body speaks: add on_behalf_of with a partner's id.",
    "group_cannot_answer": "{body} is a group; its members are counted, and it takes no position as one.",
    "source_needed": "You speak for {body}: name the source that says so, such as minutes, a letter or an e-mail.",
    "source_needed_afterwards": "What is entered afterwards names its source and the source's date. Add the source.",
    "session_by_operator": "A session speaks for several bodies, so the operator enters it from its minutes. Your token speaks for its own bodies: send what they say without the session.",
    "session_of_strangers": "The session names a body that was no partner of this plan on its day. Its partners then were: {partners}.",
    "present_and_absent": "The session has {body} both present and absent. Look at the minutes, and name it once.",
    "position_of_absent": "{body} was not present, so the session holds no position of its. Add it to those present, or leave its position out.",
    "session_in_the_future": "The session's date has not come yet. Give the day on which it met.",
    "in_the_future": "It cannot have taken effect at a moment that has not come yet. Leave out `effective`, or give an earlier moment.",
    "takes_effect_when_recorded": "From {live_from} on this takes effect when it is recorded, not before. Leave out `effective`; the day a report speaks of goes into `as_at`.",
    "before_last_change": "The plan's course was last set at {last}; this cannot take effect before that. Give a later moment.",
    "before_its_subject": "{subject} exists since {since}; nothing can be said of it at an earlier moment. Give a later one.",
    "unknown_item": "The plan has no such item. `rumbo plan show` lists what it has.",
    "item_dropped": "{item} was dropped at {since}, so this can no longer be said of it.",
    "unknown_status": "That is not a status of this plan. Its own words are: {words}.",
    "evidence_needed": "In this plan nothing is done without evidence. Attach it to {item}, or send it with the report.",
    "wrong_kind_of_item": "{item} is not a {wanted}.",
    "unknown_awaited": "The plan awaits no such event. It awaits: {known}.",
    "not_the_teller": "{body} may not declare {awaited}. That is for: {tellers}.",
    "already_declared": "{awaited} was declared before. `rumbo plan show` says on which day, to those who may know it.",
    "unknown_question": "One of the answers is to no question of this plan. Its questions are: {known}.",
    "no_such_cycle": "There is no such cycle to look back on; the plan is in cycle {now}.",
    "already_reflected": "{body} has answered for cycle {cycle}. Record a lesson instead, or wait for the next reflection.",
    "lesson_exists": "A lesson with this id is recorded already. Choose another id.",
    "unknown_ground": "Something it rests on is neither a lesson nor anything recorded in this plan. Give the id of the command that recorded it.",
    "unknown_stakeholder": "Whom you speak of is neither a stakeholder nor a partner of this plan. `rumbo plan show` lists both.",
    "unknown_assumption": "The plan has no such assumption. `rumbo plan show` lists what it has.",
    "correction_exists": "A course correction {correction} was proposed before. Choose another id.",
    "unknown_correction": "There is no such course correction. `rumbo correction list` shows them.",
    "not_open": "The course correction {correction} is no longer open: it is {status}.",
    "not_the_author": "Only {author} may do that to {correction}.",
    "other_draft": "{correction} is at draft {draft}, and you spoke of another. Read the present draft, then say it again.",
    "may_not_decide": "{body} may take no position on course corrections of this plan. These may: {bodies}.",
    "proposer_may_not_decide": "{body} proposed {correction}, so another body has to decide it.",
    "no_quorum": "{taken} of {bodies} bodies have taken a position on {correction}; {quorum} must have. Still to hear: {missing}.",
    "not_adopted_by_count": "By this plan's rule ({rule}) {correction} is not adopted: {endorse} endorse, {oppose} oppose.",
    "adopted_by_count": "By this plan's rule ({rule}) {correction} is adopted, so it cannot be declined: {endorse} endorse, {oppose} oppose.",
    "reason_needed": "A course correction and a decision need their reason from {live_from} on. Say why, in a sentence.",
    "authority_needed": "Name the authority of the decision: a document, with its number and date.",
    "rests_on_nothing": "Say what it rests on: a lesson, a report, an observation; the id of what was recorded.",
    "nothing_said": "There is no such entry, or nobody said anything in it. `rumbo history show` has the numbers.",
    "not_entered_for_you": "Entry {entry} was not entered for {body}. Only the body that it was entered for may contest it, or its successor.",
    "own_entry": "{body} sent entry {entry} itself, so it cannot contest it. Send what holds now; an erratum mends what was typed wrongly.",
    "already_contested": "{body} has contested entry {entry}; it no longer counts for it.",
    "unknown_erratum": "There is no such erratum. `rumbo erratum list` shows them.",
    "erratum_of_erratum": "Entry {entry} is an erratum, and an erratum is not mended by another. Contest it, or record one on the entry that it mends.",
    "entry_was_contested": "Entry {entry} was contested and counts no more, so there is nothing to mend in it.",
    "erratum_needs_source": "An erratum needs the source that already said so: add it. What no source said before is a course correction.",
    "cannot_be_mended": "An erratum cannot mend that in entry {entry}. There it can mend: {known}. What changes the course is a course correction.",
    "back_as_correction": "An erratum on this was contested. What it wanted has to come as a course correction; for what was told of entry {entry}, send what holds now.",
    "nothing_to_mend": "In entry {entry} there is nothing there to mend: the field is empty, or says that already.",
    "sealed_field": "What entry {entry} says there is sealed, so nobody can compare it. Tell it anew.",
    "says_otherwise": "Entry {entry} does not say that. Look at it with `rumbo history show`, and give what it says.",
    "nothing_to_confirm": "The erratum {erratum} does not wait to be confirmed: it touches no promise, or was confirmed before.",
    "writer_cannot_confirm": "{body} wrote the erratum {erratum}, so another body has to confirm it.",
    "erratum_was_contested": "The erratum {erratum} was contested and has no effect. What it wanted has to come as a course correction.",
    "ground_contested": "What it rests on was contested, and counts no more. Rest it on something else.",
    "unknown_trigger": "That is not a trigger of this plan. Its triggers are: {known}.",
    "outside_amendment_window": "This plan takes course corrections from {first} to {until} only.",
    "takes_effect_too_early": "That day has passed. Let it take effect now, in the next cycle, or on a later day.",
    "from_no_longer_holds": "{item} is not what you took it for. Read the plan as it is now, then propose again.",
    "unknown_field": "{item} has no such field. It has: {known}.",
    "bad_value": "What you gave cannot stand in {item}: {why}",
    "breaks_the_plan": "The plan would not hold together: {why}",
    "nothing_holds_any_more": "No change of {correction} fits the plan as it is now. Propose it again.",
    "not_next_phase": "The plan is in {phase} of cycle {cycle}; next comes {next}.",
    "ends_before_it_begins": "The last day has passed before the phase begins. Give a later one.",
    "nothing_to_reopen": "No phase of this cycle has just been closed, so there is nothing to reopen.",
    "until_needed": "In a plan that the clock drives a reopened phase needs its last day: add `until`.",
    "as_at_in_the_future": "A report cannot speak of a day that has not come yet.",
    "already_explained": "The reason for {correction} was given when it was proposed. Only a reason that was not published can be added.",
    "assessment_source_needed": "An assessment names the document in which it stands. Add it as the source.",
    "own_assessment": "{body} leads {item}, and nobody assesses what it leads itself. Report on it instead.",
    "not_an_audit_body": "{body} raises no findings in this plan. These may: {bodies}.",
    "unknown_finding": "There is no such finding. `rumbo finding list` shows them.",
    "not_the_auditor": "What {finding} comes to is for {auditor} to say. Others may answer it.",
    "auditor_left": "Whoever raised {finding} takes part no more. What it comes to is for another audit body to say ({bodies}), or for the operator, in no body's name and with a source.",
    "finding_settled": "{finding} was settled or withdrawn, so there is nothing left to answer. Whoever settled it can take it up again with `under_review`.",
    "not_a_group": "{body} is not a group, so none of its members are counted. Leave out `members`.",
    "members_needed": "{body} is a group: say in `members` how many of them answered.",
    "more_than_the_group": "{body} has {size} members, and {before} of them were counted before. Give a smaller number.",
    "other_plan": "The plan file names another plan than {plan}. Send it under the name it gives.",
    "id_taken": "{id} already names something in this plan. Send this under another id.",
}

_OF_A_FAULT: Final = {"fault", "known", "limit", "names", "hint", "bodies"}
"""What a fault behind a refusal says of the plan and its form; the rest of it quotes what was given."""


class Refused(Exception):
    """A command that the plan does not take. It changes nothing but the record of its refusal."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = {name: str(value)[:200] for name, value in params.items()}
        super().__init__(self.sentence())

    def kept(self) -> dict[str, str]:
        """What may be recorded of the parameters: what the sentence names, and that is of the plan itself.

        A refusal is recorded for good and its words cannot be erased, so nothing that the sender wrote is among them.
        No sentence needs it: whoever sent it knows what it was.
        """
        named = {name for _, name, _, _ in Formatter().parse(REFUSALS[self.code])}
        if "why" in named:
            named |= _OF_A_FAULT
        return {name: value for name, value in self.params.items() if name in named}

    def sentence(self) -> str:
        return REFUSALS[self.code].format_map(self.params | self._why())

    def _why(self) -> dict[str, str]:
        """Where a fault lies behind the refusal its code is a parameter, so that its sentence too can be translated."""
        fault = self.params.get("fault")
        return {"why": FAULTS[fault].format_map(self.params)} if fault else {}


def because_of(code: str, fault: Fault, **params: object) -> Refused:
    """A refusal behind which lies a fault of a definition."""
    return Refused(code, **(fault.params | params), fault=fault.code)
