"""Which roles may use which use case, and for which body a caller may speak."""

import pytest

from domain import PLAN
from domain.kernel.faults import Malformed
from gateway.access.callers import Caller, NotAllowed, Sender, require_access, sender_of
from gateway.access.permissions import COMMAND_CLASSES, ROLES, Role

STEERING = {"start_plan", "convene", "reopen_phase", "pause_plan", "resume_plan", "close_plan"}
STEERING |= {"join_partner", "leave_partner", "succeed_partner"}


def caller(*roles: Role, bodies: tuple[str, ...] = ()) -> Caller:
    return Caller("p-1", frozenset(roles), bodies)


def sender(role: Role, body: str | None) -> Sender:
    return Sender("p-1", role, body)


def test_every_command_has_a_class() -> None:
    assert set(PLAN.command_kinds) == set(COMMAND_CLASSES)


@pytest.mark.parametrize("role", ROLES)
def test_only_operators_steer(role: Role) -> None:
    for command in STEERING:
        if role == "operator":
            assert sender_of(caller(role), command, None) == sender("operator", None)
        else:
            with pytest.raises(NotAllowed) as refused:
                sender_of(caller(role, bodies=("works",)), command, None)
            assert refused.value.code == "role_needed"


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_auditors_and_administrators_cannot_report_or_correct(role: Role) -> None:
    for command in PLAN.command_kinds.keys() - {"redact"}:
        with pytest.raises(NotAllowed):
            sender_of(caller(role, bodies=("works",)), command, "works")


@pytest.mark.parametrize("role", ROLES)
def test_only_administrators_erase_and_on_behalf_of_no_body(role: Role) -> None:
    if role == "admin":
        assert sender_of(caller(role), "redact", None) == sender("admin", None)
    else:
        with pytest.raises(NotAllowed):
            sender_of(caller(role, bodies=("works",)), "redact", None)


def test_every_role_may_read() -> None:
    for role in ROLES:
        for use_case in ("list_plans", "read_plan", "read_history", "watch_plan", "read_outcome"):
            assert require_access(caller(role), use_case) == (role,)


def test_a_token_speaks_for_the_bodies_it_names_and_for_no_other() -> None:
    partner = caller("partner", bodies=("works", "watch"))
    assert sender_of(partner, "report_progress", "watch") == sender("partner", "watch")
    with pytest.raises(NotAllowed) as refused:
        sender_of(partner, "report_progress", "quarry")
    assert refused.value.code == "not_your_body"


def test_a_single_body_is_the_default_and_one_of_several_must_be_named() -> None:
    assert sender_of(caller("partner", bodies=("works",)), "report_progress", None).body == "works"
    with pytest.raises(Malformed):
        sender_of(caller("partner", bodies=("works", "watch")), "report_progress", None)
    with pytest.raises(NotAllowed) as refused:
        sender_of(caller("partner"), "report_progress", None)
    assert refused.value.code == "no_body"


def test_an_operator_speaks_for_any_body_or_none() -> None:
    assert sender_of(caller("operator"), "report_progress", "quarry") == sender("operator", "quarry")
    assert sender_of(caller("operator"), "report_progress", None) == sender("operator", None)


def test_a_role_for_the_tokens_own_body_is_preferred_to_operator() -> None:
    both = caller("operator", "partner", "reviewer", bodies=("works",))
    assert sender_of(both, "report_progress", "works") == sender("partner", "works")
    assert sender_of(both, "decide_correction", "works") == sender("reviewer", "works")
    assert sender_of(both, "report_progress", "watch") == sender("operator", "watch")
    assert sender_of(both, "convene", None) == sender("operator", None)


def test_an_operator_records_a_meeting_whatever_body_the_token_names() -> None:
    secretariat = caller("operator", "partner", bodies=("works",))
    assert sender_of(secretariat, "submit_reflection", None, in_meeting=True) == sender("operator", None)
    assert sender_of(secretariat, "decide_correction", "works", in_meeting=True) == sender("operator", "works")
    partner = caller("partner", bodies=("works",))
    assert sender_of(partner, "submit_reflection", None, in_meeting=True) == sender("partner", "works")


@pytest.mark.parametrize("role", ROLES)
def test_operators_auditors_and_administrators_see_restricted_data(role: Role) -> None:
    assert ("restricted" in caller(role).may_see()) == (role in ("operator", "auditor", "admin"))
    assert caller(role).may_see() >= {"public", "partners"}
