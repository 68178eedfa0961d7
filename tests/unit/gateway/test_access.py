"""Who may do what, and for whom: the table and the rules of speaking for a body."""

import pytest
from gateway.access.callers import Caller, NotAllowed, Sender, require_access, sender_of

from domain import PLAN
from domain.kernel.faults import Malformed
from gateway.access.permissions import ACCESS, ROLES, Role

STEERING = {"start_plan", "convene", "reopen_phase", "pause_plan", "resume_plan", "close_plan"}
STEERING |= {"join_partner", "leave_partner", "succeed_partner"}


def caller(*roles: Role, bodies: tuple[str, ...] = ()) -> Caller:
    return Caller("p-1", frozenset(roles), bodies)


def test_every_command_has_a_row() -> None:
    assert set(PLAN.command_kinds) <= set(ACCESS)


@pytest.mark.parametrize("role", ROLES)
def test_only_operators_steer(role: Role) -> None:
    for command in STEERING:
        if role == "operator":
            assert sender_of(caller(role), command, None) == Sender("operator", None)
        else:
            with pytest.raises(NotAllowed) as refused:
                sender_of(caller(role, bodies=("works",)), command, None)
            assert refused.value.code == "role_needed"


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_who_only_reads_or_administers_tells_a_plan_nothing(role: Role) -> None:
    for command in PLAN.command_kinds.keys() - {"redact"}:
        with pytest.raises(NotAllowed):
            sender_of(caller(role, bodies=("works",)), command, "works")


@pytest.mark.parametrize("role", ROLES)
def test_only_administrators_erase_and_for_nobody(role: Role) -> None:
    if role == "admin":
        assert sender_of(caller(role), "redact", None) == Sender("admin", None)
    else:
        with pytest.raises(NotAllowed):
            sender_of(caller(role, bodies=("works",)), "redact", None)


def test_everybody_reads() -> None:
    for role in ROLES:
        for use_case in ("list_plans", "read_plan", "read_history", "watch_plan", "read_outcome"):
            assert require_access(caller(role), use_case) == (role,)


def test_a_token_speaks_for_the_bodies_it_names_and_for_no_other() -> None:
    partner = caller("partner", bodies=("works", "watch"))
    assert sender_of(partner, "report_progress", "watch") == Sender("partner", "watch")
    with pytest.raises(NotAllowed) as refused:
        sender_of(partner, "report_progress", "quarry")
    assert refused.value.code == "not_your_body"


def test_one_body_is_filled_in_and_of_several_one_has_to_be_said() -> None:
    assert sender_of(caller("partner", bodies=("works",)), "report_progress", None).body == "works"
    with pytest.raises(Malformed):
        sender_of(caller("partner", bodies=("works", "watch")), "report_progress", None)
    with pytest.raises(NotAllowed) as refused:
        sender_of(caller("partner"), "report_progress", None)
    assert refused.value.code == "no_body"


def test_an_operator_speaks_for_any_body_or_none() -> None:
    assert sender_of(caller("operator"), "report_progress", "quarry") == Sender("operator", "quarry")
    assert sender_of(caller("operator"), "report_progress", None) == Sender("operator", None)


def test_the_role_under_which_a_token_speaks_for_its_own_body_goes_before_operator() -> None:
    both = caller("operator", "partner", "reviewer", bodies=("works",))
    assert sender_of(both, "report_progress", "works") == Sender("partner", "works")
    assert sender_of(both, "decide_correction", "works") == Sender("reviewer", "works")
    assert sender_of(both, "report_progress", "watch") == Sender("operator", "watch")
    assert sender_of(both, "convene", None) == Sender("operator", None)


def test_an_operator_enters_a_session_for_the_bodies_that_met_whatever_body_the_token_names() -> None:
    secretariat = caller("operator", "partner", bodies=("works",))
    assert sender_of(secretariat, "submit_reflection", None, in_session=True) == Sender("operator", None)
    assert sender_of(secretariat, "decide_correction", "works", in_session=True) == Sender("operator", "works")
    partner = caller("partner", bodies=("works",))
    assert sender_of(partner, "submit_reflection", None, in_session=True) == Sender("partner", "works")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_restricted_is_for_operators_auditors_and_administrators(role: Role) -> None:
    assert ("restricted" in caller(role).may_see()) == (role in ("operator", "auditor", "admin"))
    assert caller(role).may_see() >= {"public", "partners"}
