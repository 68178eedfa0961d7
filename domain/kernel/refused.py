"""Why a plan refuses a command. A code is a promise to programs; its sentence says what happened and what to do."""

from collections.abc import Mapping
from string import Formatter
from typing import Final

from domain.kernel.faults import FAULTS, Fault

REFUSALS: Final[dict[str, str]] = {}
"""Every refusal's sentence by its code. A concept adds its own with `refusals`."""


def refusals(sentences: Mapping[str, str]) -> None:
    """Add the refusals of a concept. A code that is there already raises ``TypeError``."""
    for code, sentence in sentences.items():
        if code in REFUSALS:
            raise TypeError(f"two sentences for the refusal {code}")
        REFUSALS[code] = sentence


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


refusals(
    {
        "unknown_plan": "There is no plan {plan}. Start it first, or check its name with `rumbo plan list`.",
        "plan_closed": "The plan is closed and its course is fixed. Reports, evidence and lessons are still recorded.",
        "engine_fault": "The engine failed on this command and recorded nothing of it. Tell whoever runs Rumbo; send it again under a new id.",
        "reader_not_raised": "Programs of an older version that cannot read this may still be running. Once none is left `rumbo admin migrate --raise-reader` lets it in; then send it again under a new id.",
        "bad_signature": "The command's signature does not hold, so nobody can say who sent it. Send it again through the gateway.",
        "no_seal": "Nothing is sealed in entry {entry}, so there is nothing in it to erase. `rumbo history show` says which entry it is.",
        "unreadable": "The command could not be read when its turn came. Send it again under a new id.",
        "unknown_body": "The body you speak for is not a partner of this plan. Its partners are: {partners}.",
        "body_left": "{body} takes part no more since {since}, and what it was bound to do it no longer owes.",
        "body_succeeded": "{body} takes part no more since {since}; in its place stands {successor}. A token speaks for the bodies named in it alone, so ask an administrator for one that names {successor}.",
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
        "wrong_kind_of_item": "{item} is not a {wanted}.",
        "unknown_ground": "Something it rests on is neither a lesson nor anything recorded in this plan. Give the id of the command that recorded it.",
        "reason_needed": "A course correction and a decision need their reason from {live_from} on. Say why, in a sentence.",
        "ground_contested": "What it rests on was contested, and counts no more. Rest it on something else.",
        "bad_value": "What you gave cannot stand in {item}: {why}",
        "breaks_the_plan": "The plan would not hold together: {why}",
        "ends_before_it_begins": "The last day has passed before the phase begins. Give a later one.",
        "not_a_group": "{body} is not a group, so none of its members are counted. Leave out `members`.",
        "more_than_the_group": "{body} has {size} members, and {before} of them were counted before. Give a smaller number.",
        "id_taken": "{id} already names something in this plan. Send this under another id.",
    }
)
