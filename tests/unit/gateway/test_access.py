"""Who may do what, and for whom: the table and the rules of speaking for a body."""

import pytest

from domain import PLAN
from domain.kernel.faults import Malformed
from gateway.access import ACCESS, ROLES, Caller, NotAllowed, Role, Speaker, hold, speaker

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
            assert speaker(caller(role), command, None) == Speaker("operator", None)
        else:
            with pytest.raises(NotAllowed) as refused:
                speaker(caller(role, bodies=("works",)), command, None)
            assert refused.value.code == "role_needed"


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_who_only_reads_or_administers_tells_a_plan_nothing(role: Role) -> None:
    for command in PLAN.command_kinds.keys() - {"redact"}:
        with pytest.raises(NotAllowed):
            speaker(caller(role, bodies=("works",)), command, "works")


@pytest.mark.parametrize("role", ROLES)
def test_only_administrators_erase_and_for_nobody(role: Role) -> None:
    if role == "admin":
        assert speaker(caller(role), "redact", None) == Speaker("admin", None)
    else:
        with pytest.raises(NotAllowed):
            speaker(caller(role, bodies=("works",)), "redact", None)


def test_everybody_reads() -> None:
    for role in ROLES:
        for use_case in ("list_plans", "read_plan", "read_history", "watch_plan", "read_outcome"):
            assert hold(caller(role), use_case) == (role,)


def test_a_token_speaks_for_the_bodies_it_names_and_for_no_other() -> None:
    partner = caller("partner", bodies=("works", "watch"))
    assert speaker(partner, "report_progress", "watch") == Speaker("partner", "watch")
    with pytest.raises(NotAllowed) as refused:
        speaker(partner, "report_progress", "quarry")
    assert refused.value.code == "not_your_body"


def test_one_body_is_filled_in_and_of_several_one_has_to_be_said() -> None:
    assert speaker(caller("partner", bodies=("works",)), "report_progress", None).body == "works"
    with pytest.raises(Malformed):
        speaker(caller("partner", bodies=("works", "watch")), "report_progress", None)
    with pytest.raises(NotAllowed) as refused:
        speaker(caller("partner"), "report_progress", None)
    assert refused.value.code == "no_body"


def test_an_operator_speaks_for_any_body_or_none() -> None:
    assert speaker(caller("operator"), "report_progress", "quarry") == Speaker("operator", "quarry")
    assert speaker(caller("operator"), "report_progress", None) == Speaker("operator", None)


def test_the_role_under_which_a_token_speaks_for_its_own_body_goes_before_operator() -> None:
    both = caller("operator", "partner", "reviewer", bodies=("works",))
    assert speaker(both, "report_progress", "works") == Speaker("partner", "works")
    assert speaker(both, "decide_correction", "works") == Speaker("reviewer", "works")
    assert speaker(both, "report_progress", "watch") == Speaker("operator", "watch")
    assert speaker(both, "convene", None) == Speaker("operator", None)


def test_an_operator_enters_a_session_for_the_bodies_that_met_whatever_body_the_token_names() -> None:
    secretariat = caller("operator", "partner", bodies=("works",))
    assert speaker(secretariat, "submit_reflection", None, in_session=True) == Speaker("operator", None)
    assert speaker(secretariat, "decide_correction", "works", in_session=True) == Speaker("operator", "works")
    partner = caller("partner", bodies=("works",))
    assert speaker(partner, "submit_reflection", None, in_session=True) == Speaker("partner", "works")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_restricted_is_for_operators_auditors_and_administrators(role: Role) -> None:
    assert ("restricted" in caller(role).may_see()) == (role in ("operator", "auditor", "admin"))
    assert caller(role).may_see() >= {"public", "partners"}
