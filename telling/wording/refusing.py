"""Wording of what the ledger did not accept: refused commands, unsigned messages, and reasons of no single concept."""

from language import N_, _, ngettext
from telling.plan_words import PlanWords
from telling.registry import COMMANDS, REFUSAL_REASONS, Data, event, refusals

refusals(
    {
        "unknown_plan": N_("there is no such plan"),
        "engine_fault": N_("the engine failed on it"),
        "reader_not_raised": N_("programs of an older version may still be running"),
        "bad_signature": N_("its signature was not valid"),
        "unreadable": N_("it could not be read"),
        "unknown_body": N_("the body is not a partner of this plan"),
        "body_left": N_("the body has left the plan"),
        "body_succeeded": N_("the body has a successor, which acts in its own name"),
        "body_needed": N_("the body was missing"),
        "group_cannot_answer": N_("a group cannot answer as one body"),
        "source_needed": N_("the source was missing"),
        "source_needed_afterwards": N_("the source was missing, which a late entry needs"),
        "session_by_operator": N_("only the operator may enter a session"),
        "session_of_strangers": N_("the session named a body that was not a partner on its day"),
        "present_and_absent": N_("the session named a body as both present and absent"),
        "position_of_absent": N_("the session had a position of an absent body"),
        "session_in_the_future": N_("the session's day had not come yet"),
        "in_the_future": N_("its moment had not come yet"),
        "takes_effect_when_recorded": N_("it cannot take effect before it is recorded"),
        "before_last_change": N_("the plan was changed after that moment"),
        "before_its_subject": N_("its subject did not exist yet"),
        "id_taken": N_("its id is in use already"),
    }
)


@event("command_refused", N_("refused command"), actor="role", is_warning=True)
def _refused(data: Data, words: PlanWords) -> str:
    return _("The ledger did not accept {command}: {why}.").format(
        command=_(COMMANDS.get(data["command"], str(data["command"]))),
        why=_(REFUSAL_REASONS.get(data["code"], str(data["code"]))),
    )


@event("arrivals_refused", N_("unsigned messages"), actor="role")
def _arrivals(data: Data, words: PlanWords) -> str:
    return ngettext(
        "{count} unsigned message was ignored.", "{count} unsigned messages were ignored.", data["count"]
    ).format(count=data["count"])
