"""The verdict on a chaos run can fail: doctored ledgers are found out, each under the right count."""

from typing import Any

import pytest

from tests.chaos.people import Key, Told
from tests.chaos.verdict import judge
from tests.integration.activities.desk import Desk, report, soon
from tests.integration.audit.test_soundness import DOCTORED, NOON, desk, lived, superuser  # noqa: F401  fixtures

R1: Key = ("canal", "actor-1", "r1")


@pytest.fixture
def told() -> Told:
    """A sender who was told, twice, what the ledger holds."""
    told = Told()
    for outcome in ("recorded", "duplicate"):
        assert told.note(R1, 200, {"outcome": outcome, "code": None, "versions": [3]})
    return told


async def test_a_run_after_which_everything_holds_is_good(lived: Desk, told: Told) -> None:  # noqa: F811
    verdict = await judge(lived.pool, told)
    assert verdict.good
    assert verdict.acknowledged == 5


async def test_a_command_that_was_called_safe_and_is_nowhere_is_lost(lived: Desk, told: Told) -> None:  # noqa: F811
    nowhere: Key = ("canal", "actor-1", "r99")
    told.note(nowhere, 202, {"outcome": "accepted", "code": None, "versions": []})
    assert (await judge(lived.pool, told)).lost == [nowhere]


async def test_a_command_of_which_something_else_was_told_is_lost(lived: Desk, told: Told) -> None:  # noqa: F811
    told.note(R1, 409, {"outcome": "refused", "code": "unknown_item", "versions": [3]})
    assert (await judge(lived.pool, told)).lost == [R1]


async def test_a_handled_command_without_outcome_is_lost(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
) -> None:
    await superuser.execute(DOCTORED["handled_without_outcome"])
    assert (await judge(lived.pool, Told())).lost == [R1]


async def test_a_command_that_waits_at_the_end_is_wedged(lived: Desk) -> None:  # noqa: F811
    await lived.journal(report("r3"), soon(NOON, 90))
    assert (await judge(lived.pool, Told())).wedged == [("canal", "actor-1", "r3")]


@pytest.mark.parametrize("how", ["told_twice", "outcome_differs", "entry_without_outcome"])
async def test_entries_that_no_single_outcome_accounts_for_are_done_twice(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
    how: str,
) -> None:
    await superuser.execute(DOCTORED[how])
    verdict = await judge(lived.pool, Told())
    assert how in [found.code for found in verdict.duplicated]


@pytest.mark.parametrize("how", ["version_gap", "position_gap", "hash_differs", "list_differs"])
async def test_a_ledger_that_does_not_hold_together_is_no_good(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
    how: str,
) -> None:
    await superuser.execute(DOCTORED[how])
    verdict = await judge(lived.pool, Told())
    assert how in [found.code for found in verdict.unsound]
    assert not verdict.good


def test_answers_that_no_gateway_should_give_are_kept() -> None:
    told = Told()
    assert not told.note(R1, 500, {"code": "internal"})
    assert not told.note(R1, 503, {"code": "ledger_away"})
    assert told.note(R1, 409, {"outcome": "conflict", "code": "conflict", "versions": []})
    assert [one[:3] for one in told.strange] == ["500", "409"]
    assert told.answers == {}
