"""Refusals. A code is stable, for programs; its sentence says what happened and what to do."""

from collections.abc import Mapping
from string import Formatter
from typing import Final

from domain.kernel.faults import FAULTS, Fault

REFUSALS: Final[dict[str, str]] = {}
"""Every refusal's sentence by its code. A concept adds its own with `refusals`."""


def refusals(sentences: Mapping[str, str]) -> None:
    """Add the refusals of a concept. Raises ``TypeError`` for a code that exists already."""
    for code, sentence in sentences.items():
        if code in REFUSALS:
            raise TypeError(f"two sentences for the refusal {code}")
        REFUSALS[code] = sentence


_OF_A_FAULT: Final = {"fault", "known", "limit", "names", "hint", "bodies"}
"""Parameters of a fault that are about the plan or the format; the others quote the sender's input."""


class Refused(Exception):
    """A command was refused. The only entry is the record of the refusal."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = {name: str(value)[:200] for name, value in params.items()}
        super().__init__(self.sentence())

    def kept(self) -> dict[str, str]:
        """The parameters that may be recorded: those that the sentence uses and that come from the plan.

        A refusal is recorded for good and cannot be erased, so it contains nothing that the sender wrote. No sentence
        needs that: the sender knows it.
        """
        named = {name for _, name, _, _ in Formatter().parse(REFUSALS[self.code])}
        if "why" in named:
            named |= _OF_A_FAULT
        return {name: value for name, value in self.params.items() if name in named}

    def sentence(self) -> str:
        return REFUSALS[self.code].format_map(self.params | self._why())

    def _why(self) -> dict[str, str]:
        """The sentence of the fault behind the refusal. Only its code is stored, so that it can be translated."""
        fault = self.params.get("fault")
        return {"why": FAULTS[fault].format_map(self.params)} if fault else {}


def because_of(code: str, fault: Fault, **params: object) -> Refused:
    """A refusal behind which lies a fault of a definition."""
    return Refused(code, **(fault.params | params), fault=fault.code)


refusals(
    {
        "unknown_plan": "There is no plan {plan}. Start it first, or look up its name with `rumbo plan list`.",
        "plan_closed": "The plan is closed and can no longer be changed. Reports, evidence and lessons are still recorded.",
        "engine_fault": "The engine failed on this command and recorded nothing of it. Inform the administrator of Rumbo, and send it again under a new id.",
        "reader_not_raised": "Programs of an older version that cannot read this may still be running. When all of them have stopped, run `rumbo admin migrate --raise-reader`, then send this again under a new id.",
        "bad_signature": "The signature of the command is not valid, so its sender is unknown. Send it again through the gateway.",
        "no_seal": "Entry {entry} has no sealed content, so there is nothing to erase. `rumbo history show` lists the entries.",
        "unreadable": "The command could not be read when it was to be handled. Send it again under a new id.",
        "unknown_body": "The body that you act for is not a partner of this plan. Its partners are: {partners}.",
        "body_left": "{body} left the plan at {since} and has no duties in it any more.",
        "body_succeeded": "{body} left the plan at {since}; its successor is {successor}. A token is valid only for the bodies named in it, so ask an administrator for one that names {successor}.",
        "body_needed": "Name the body that this command is for: add on_behalf_of with the id of a partner.",
        "group_cannot_answer": "{body} is a group: its members are counted, and it cannot take a position as one body.",
        "source_needed": "You enter this in the name of {body}. Add the source that contains it, such as minutes, a letter or an e-mail.",
        "source_needed_afterwards": "An entry made afterwards needs its source and the date of the source. Add them.",
        "session_by_operator": "Only the operator can enter a session, from its minutes, because it speaks for several bodies. Your token is valid for your own bodies: send their statements without the session.",
        "session_of_strangers": "The session names a body that was not a partner of this plan on that day. The partners then were: {partners}.",
        "present_and_absent": "The session lists {body} as both present and absent. Check the minutes, and list it once.",
        "position_of_absent": "The session has a position of {body}, which was not present. Add it to those present, or remove its position.",
        "session_in_the_future": "The date of the session has not come yet. Give the day on which it was held.",
        "in_the_future": "The effective time has not come yet. Leave out `effective`, or give an earlier time.",
        "takes_effect_when_recorded": "Since {live_from} this takes effect when it is recorded, not before. Leave out `effective`; the day that a report is about goes into `as_at`.",
        "before_last_change": "The plan was last changed at {last}, so this cannot take effect before that. Give a later time.",
        "before_its_subject": "{subject} exists only since {since}. Give a later time.",
        "unknown_item": "The plan has no such item. `rumbo plan show` lists its items.",
        "item_dropped": "{item} was dropped at {since}, so this can no longer be recorded about it.",
        "unknown_status": "This plan has no such status. Its statuses are: {words}.",
        "wrong_kind_of_item": "{item} is not a {wanted}.",
        "unknown_ground": "One of the ids that it rests on is unknown in this plan. Give the id of a lesson, or of the command that recorded the entry.",
        "reason_needed": "Since {live_from} a course correction and a decision need a reason. Add it, in a sentence.",
        "ground_contested": "An entry that it rests on was contested and no longer counts. Give another one.",
        "bad_value": "This value is not valid for {item}: {why}",
        "breaks_the_plan": "With this change the plan would not be valid: {why}",
        "ends_before_it_begins": "The last day of the phase lies before its beginning. Give a later day.",
        "not_a_group": "{body} is not a group, so its members are not counted. Remove `members`.",
        "more_than_the_group": "{body} has {size} members, and {before} of them were counted already. Give a smaller number.",
        "id_taken": "The id {id} is in use in this plan. Send this under another id.",
    }
)
