"""The verdict on a chaos run finds doctored ledgers, each under the right count."""

from typing import Any

import asyncpg
import pytest

from ledger.clock import database_time
from ledger.connection import Pool
from tests.chaos.people import Key, SenderLog
from tests.chaos.verdict import SETTLED, Verdict, judge
from tests.integration.activities.desk import Desk, report, soon
from tests.integration.activities.test_handle import QUARTERLY
from tests.integration.audit.test_soundness import DOCTORED, NOON, desk, lived, superuser  # noqa: F401  fixtures

R1: Key = ("canal", "actor-1", "r1")


@pytest.fixture
def sender_log() -> SenderLog:
    """A sender whose two answers agree with the ledger."""
    sender_log = SenderLog()
    for outcome in ("recorded", "duplicate"):
        assert sender_log.note(R1, 200, {"outcome": outcome, "code": None, "versions": [3]})
    return sender_log


async def judged(pool: Pool, sender_log: SenderLog) -> Verdict:
    """The verdict right after the last fault."""
    return await judge(pool, sender_log, await database_time(pool))


async def test_a_run_after_which_every_check_holds_passes(lived: Desk, sender_log: SenderLog) -> None:  # noqa: F811
    verdict = await judged(lived.pool, sender_log)
    assert verdict.good
    assert verdict.acknowledged == 5


async def test_an_accepted_command_that_is_nowhere_counts_as_lost(lived: Desk, sender_log: SenderLog) -> None:  # noqa: F811
    nowhere: Key = ("canal", "actor-1", "r99")
    sender_log.note(nowhere, 202, {"outcome": "accepted", "code": None, "versions": []})
    assert (await judged(lived.pool, sender_log)).lost == [nowhere]


async def test_a_command_with_another_outcome_than_was_answered_counts_as_lost(
    lived: Desk,  # noqa: F811
    sender_log: SenderLog,
) -> None:
    sender_log.note(R1, 409, {"outcome": "refused", "code": "unknown_item", "versions": [3]})
    assert (await judged(lived.pool, sender_log)).lost == [R1]


async def test_a_handled_command_without_an_outcome_counts_as_lost(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
) -> None:
    await superuser.execute(DOCTORED["handled_without_outcome"])
    assert (await judged(lived.pool, SenderLog())).lost == [R1]


async def test_a_command_that_still_waits_at_the_end_counts_as_stuck(lived: Desk) -> None:  # noqa: F811
    await lived.journal(report("r3"), soon(NOON, 90))
    assert (await judged(lived.pool, SenderLog())).wedged == [("canal", "actor-1", "r3")]


async def test_a_command_whose_outcome_came_too_late_counts_as_stuck(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
) -> None:
    """For commands sent before the last fault, the time counts from that fault."""
    await superuser.execute(
        "UPDATE ledger.journal SET journalled_at = journalled_at - $1::interval * 9 WHERE command = 'r1'", SETTLED
    )
    now = await database_time(lived.pool)
    assert (await judge(lived.pool, SenderLog(), now - SETTLED * 2)).wedged == [R1]
    assert (await judge(lived.pool, SenderLog(), now)).wedged == []


async def test_a_punctual_command_that_was_decided_after_its_deadline_is_found(
    desk: Desk,  # noqa: F811
    database: str,
) -> None:
    agenda = await desk.start(NOON, QUARTERLY)
    assert agenda.deadline is not None
    await desk.journal(report("r1"), soon(agenda.deadline, 1))
    await desk.call(soon(agenda.deadline, 60))
    assert (await judged(desk.pool, SenderLog())).good
    connection = await asyncpg.connect(database)
    await connection.execute(
        "UPDATE ledger.journal SET accepted_at = $1 WHERE command = 'r1'", soon(agenda.deadline, -1)
    )
    await connection.close()
    verdict = await judged(desk.pool, SenderLog())
    assert (verdict.unpunctual, verdict.good) == ([R1], False)


@pytest.mark.parametrize("how", ["told_twice", "outcome_differs", "entry_without_outcome"])
async def test_entries_without_exactly_one_outcome_count_as_done_twice(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
    how: str,
) -> None:
    await superuser.execute(DOCTORED[how])
    verdict = await judged(lived.pool, SenderLog())
    assert how in [found.code for found in verdict.duplicated]


@pytest.mark.parametrize("how", ["version_gap", "position_gap", "hash_differs", "list_differs"])
async def test_an_unsound_ledger_fails_the_run(
    lived: Desk,  # noqa: F811
    superuser: Any,  # noqa: F811
    how: str,
) -> None:
    await superuser.execute(DOCTORED[how])
    verdict = await judged(lived.pool, SenderLog())
    assert how in [found.code for found in verdict.unsound]
    assert not verdict.good


def test_unexpected_gateway_answers_are_kept() -> None:
    sender_log = SenderLog()
    assert not sender_log.note(R1, 500, {"code": "internal"})
    assert not sender_log.note(R1, 503, {"code": "ledger_away"})
    assert sender_log.note(R1, 409, {"outcome": "conflict", "code": "conflict", "versions": []})
    assert [one[:3] for one in sender_log.strange] == ["500", "409"]
    assert sender_log.answers == {}
