"""Between the door and the outcome: in order, once, encrypted, never too many."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from activities.contract import GRACE
from ledger import journal, sweeping
from ledger.appender import Appender, LogIsForked, appending
from ledger.clock import database_time
from ledger.connection import Pool, open_pool
from ledger.envelope import ZERO_HASH
from ledger.identity import establish
from ledger.journal import (
    Accepted,
    BodyTooLong,
    Journalled,
    Stale,
    TooManyWaiting,
    accept,
    accept_all,
    body_of,
    journal_time,
    journalled,
    salt_of,
)
from ledger.keyring import Keyring, UnusableKey
from ledger.outcomes import Outcome
from ledger.signature import Attestation, commitment, holds, sign
from ledger.sweeping import lease, running_plans, waiting_plans
from tests.integration.ledger.tally import NOON, append, write

SALT = b"s" * 16


def command(keyring: Keyring, plan: str, name: str, body: bytes = b"{}", key_id: str | None = None) -> Journalled:
    said = Attestation(
        origin="plans.example/ledger",
        plan=plan,
        command=name,
        kind="count",
        commitment=commitment(SALT, body),
        actor="ana",
        on_behalf_of="treasury",
        role="partner",
        accepted_at=NOON,
        effective_at="2026-03-01",
        key_id="k1",
    )
    return journalled(keyring, said, sign(keyring.gateway_key(), said), body, SALT, key_id)


async def pending(pool: Pool, plan: str, **bounds: Any) -> list[Journalled]:
    return (await journal.pending(pool, plan, **bounds)).rows


async def test_a_journalled_command_is_read_back_as_it_was_signed(pool: Pool, keyring: Keyring) -> None:
    await accept(pool, command(keyring, "roads", "c1", b'{"amount":1}'))
    (row,) = await pending(pool, "roads")
    assert (body_of(keyring, row), salt_of(keyring, row)) == (b'{"amount":1}', SALT)
    assert commitment(salt_of(keyring, row), body_of(keyring, row)) == row.commitment
    public = keyring.gateway_key().public_key()
    assert holds(public, row.attestation("plans.example/ledger"), row.signature)
    assert not holds(public, row.attestation("rehearsal/plans.example/ledger"), row.signature)
    for change in ({"plan": "parks"}, {"actor": "bea"}, {"role": "operator"}, {"on_behalf_of": None},
                   {"accepted_at": NOON + timedelta(microseconds=1)}, {"commitment": bytes(32)}):  # fmt: skip
        assert not holds(public, replace(row, **change).attestation("plans.example/ledger"), row.signature)


async def test_a_command_sent_sixteen_times_at_once_is_journalled_once(pool: Pool, keyring: Keyring) -> None:
    rows = [command(keyring, "roads", "c1", str(n).encode()) for n in range(16)]
    answers = await asyncio.gather(*(accept(pool, row) for row in rows))
    assert [answer.new for answer in answers].count(True) == 1
    assert {answer.row for answer in answers} == {(await pending(pool, "roads"))[0]}


async def test_the_body_is_erased_with_the_outcome_and_the_salt_stays(
    pool: Pool, appender: Appender, keyring: Keyring
) -> None:
    first = (await accept(pool, command(keyring, "roads", "c1", b'{"amount":1}'))).row
    await append(appender, write("roads", command="c1", handled=[first.number]))
    assert await pending(pool, "roads") == []
    again = await accept(pool, command(keyring, "roads", "c1", b'{"amount":2}'))
    assert again == Accepted(replace(first, body=None), new=False)
    assert commitment(salt_of(keyring, again.row), b'{"amount":1}') == again.row.commitment


async def test_one_plan_cannot_mark_the_commands_of_another(pool: Pool, appender: Appender, keyring: Keyring) -> None:
    row = (await accept(pool, command(keyring, "roads", "c1"))).row
    await append(appender, write("parks", handled=[row.number]))
    assert await pending(pool, "roads") == [row]


async def test_commands_are_pending_in_the_order_they_were_journalled(pool: Pool, keyring: Keyring) -> None:
    seen: list[int] = []

    async def watch() -> None:
        while len(seen) < 60:
            seen.extend(row.number for row in await pending(pool, "roads") if row.number > max(seen, default=0))

    await asyncio.wait_for(
        asyncio.gather(watch(), *(accept(pool, command(keyring, "roads", f"c{n}")) for n in range(60))), 20
    )
    assert seen == sorted(seen)


async def test_pending_is_bounded_by_number_and_bytes_but_never_empty(pool: Pool, keyring: Keyring) -> None:
    for n, size in enumerate((300, 10, 10, 300, 10)):
        await accept(pool, command(keyring, "roads", f"c{n}", b"x" * size))
    assert [row.command for row in await pending(pool, "roads", limit=3)] == ["c0", "c1", "c2"]
    assert [row.command for row in await pending(pool, "roads", max_bytes=450)] == ["c0", "c1", "c2"]
    assert [row.command for row in await pending(pool, "roads", max_bytes=1)] == ["c0"]


async def test_pending_reports_whether_more_commands_wait(pool: Pool, keyring: Keyring) -> None:
    assert (await journal.pending(pool, "roads")).are_all
    for n in range(3):
        await accept(pool, command(keyring, "roads", f"c{n}", b"x" * 100))
    await accept(pool, command(keyring, "parks", "c"))
    assert (await journal.pending(pool, "roads", limit=3)).are_all
    assert not (await journal.pending(pool, "roads", limit=2)).are_all
    assert not (await journal.pending(pool, "roads", max_bytes=150)).are_all


async def test_commands_accepted_before_a_moment_come_first(pool: Pool, keyring: Keyring) -> None:
    late = replace(command(keyring, "roads", "late"), accepted_at=NOON + timedelta(minutes=1))
    await accept(pool, late)
    await accept(pool, command(keyring, "roads", "punctual"))
    before = NOON + timedelta(seconds=30)
    assert [row.command for row in await pending(pool, "roads", before=before)] == ["punctual", "late"]
    assert [row.command for row in await pending(pool, "roads")] == ["late", "punctual"]


async def test_a_body_of_a_mebibyte_is_taken_and_a_longer_one_is_not(pool: Pool, keyring: Keyring) -> None:
    longest = os.urandom(journal.LONGEST_BODY)
    row = (await accept(pool, command(keyring, "roads", "c1", longest))).row
    assert body_of(keyring, row) == longest
    with pytest.raises(BodyTooLong):
        command(keyring, "roads", "c2", longest + b"x")


async def test_a_live_ledger_refuses_a_command_accepted_so_long_ago_that_a_deadline_may_have_closed(
    pool: Pool, keyring: Keyring
) -> None:
    await establish(pool, "plans.example/ledger", "live")
    now = await database_time(pool)
    slept = replace(command(keyring, "roads", "c1"), accepted_at=now - GRACE + timedelta(seconds=1))
    with pytest.raises(Stale):
        await accept(pool, slept)
    assert await pending(pool, "roads") == []
    standing = (await accept(pool, replace(slept, accepted_at=now))).row
    assert await accept(pool, slept) == Accepted(standing, new=False)


async def test_after_reading_a_plans_time_every_earlier_accepted_command_is_visible(
    pool: Pool, superuser: Any, keyring: Keyring
) -> None:
    """However long the commit takes: what is not there yet was accepted after that time, or will never be taken."""
    async with asyncio.timeout(30), superuser.transaction():
        await accept(superuser, command(keyring, "roads", "c1"))
        asking = asyncio.create_task(journal_time(pool, "roads"))
        await journal_time(pool, "parks")
        while not await superuser.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert await pending(pool, "roads") == []
        assert not asking.done()
    await asking
    assert [row.command for row in await pending(pool, "roads")] == ["c1"]


async def test_the_five_thousand_and_first_waiting_command_is_refused_for_its_plan_alone(
    pool: Pool, superuser: Any, keyring: Keyring
) -> None:
    row = (await accept(pool, command(keyring, "roads", "c"))).row
    await superuser.execute(
        """INSERT INTO ledger.journal (plan, actor, command, kind, role, accepted_at, body, salt, commitment, signature,
             gateway_key)
           SELECT plan, actor, n::text, kind, role, accepted_at, body, salt, commitment, signature, gateway_key
           FROM ledger.journal, generate_series(2, 4999) n"""
    )
    last_two = [accept(pool, command(keyring, "roads", name)) for name in ("a", "b")]
    answers = await asyncio.gather(*last_two, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Accepted", "TooManyWaiting"]
    assert await journal.waiting_count(pool, "roads") == 5000
    with pytest.raises(TooManyWaiting, match="Send this one again"):
        await accept(pool, command(keyring, "roads", "c3"))
    assert (await accept(pool, command(keyring, "roads", "c"))) == Accepted(row, new=False)
    assert (await accept(pool, command(keyring, "parks", "c"))).new


async def test_commands_journalled_together_are_each_judged_alone(pool: Pool, keyring: Keyring) -> None:
    await establish(pool, "plans.example/ledger", "live")
    now = await database_time(pool)

    def said(plan: str, name: str) -> Journalled:
        return replace(command(keyring, plan, name), accepted_at=now)

    standing = (await accept(pool, said("roads", "before"))).row
    slept = replace(said("roads", "slept"), accepted_at=now - GRACE)
    together = [said("parks", "a"), said("roads", "b"), said("roads", "b"), slept, said("roads", "before"), slept]
    first, second, again, late, known, as_late = await accept_all(pool, together)

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (first.new, second.new) == (True, True)
    assert first.row.number < second.row.number
    assert again == Accepted(second.row, new=False)
    assert known == Accepted(standing, new=False)
    assert (type(late), type(as_late)) == (Stale, Stale)
    assert [row.command for row in await pending(pool, "roads")] == ["before", "b"]


async def test_of_two_copies_the_one_that_is_in_time_is_journalled(pool: Pool, keyring: Keyring) -> None:
    await establish(pool, "plans.example/ledger", "live")
    now = await database_time(pool)
    fresh = replace(command(keyring, "roads", "c"), accepted_at=now)
    late, taken, again = await accept_all(pool, [replace(fresh, accepted_at=now - GRACE), fresh, fresh])
    assert isinstance(taken, Accepted)
    assert taken.new
    assert late == again == Accepted(taken.row, new=False)
    assert await pending(pool, "roads") == [taken.row]


async def test_a_forked_ledger_journals_nothing_new_but_still_finds_existing_rows(
    pool: Pool, superuser: Any, keyring: Keyring
) -> None:
    await establish(pool, "plans.example/ledger", "rehearsal")
    standing = await accept(pool, said := command(keyring, "roads", "c1"))
    await superuser.execute("INSERT INTO ledger.forks (origin, size, root, found) VALUES ($1, 9, $2, 1)",
        "plans.example/ledger", bytes(32))  # fmt: skip
    assert await accept(pool, said) == Accepted(standing.row, new=False)
    with pytest.raises(LogIsForked):
        await accept(pool, command(keyring, "roads", "c2"))


async def test_a_group_of_commands_fills_the_remaining_room_and_no_more(
    pool: Pool, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    await accept(pool, command(keyring, "roads", "c0"))
    names = [("roads", "c0"), ("roads", "c1"), ("roads", "c1"), ("roads", "c2"), ("roads", "c3"), ("parks", "c3")]
    answers = await accept_all(pool, [command(keyring, plan, name) for plan, name in names])
    assert [answer.new if isinstance(answer, Accepted) else type(answer) for answer in answers] == [
        False, True, False, True, TooManyWaiting, True,
    ]  # fmt: skip


async def test_groups_for_the_same_plans_never_deadlock(pool: Pool, keyring: Keyring) -> None:
    plans = [f"plan-{n}" for n in range(8)]
    groups = [[command(keyring, plan, f"c{n}") for plan in (plans if n % 2 else reversed(plans))] for n in range(40)]
    answers = await asyncio.gather(*(accept_all(pool, group) for group in groups))
    assert all(isinstance(one, Accepted) and one.new for group in answers for one in group)


async def test_the_cost_of_a_command_does_not_grow_with_the_plans_age(
    dsn: str, superuser: Any, keyring: Keyring
) -> None:
    """Though the plans of its statements were made when the tables were empty, and nobody has analysed them since."""

    async def more(count: int, version: int, prev: bytes) -> tuple[int, bytes]:
        rows = [command(keyring, "roads", f"c{version}-{n}") for n in range(count)]
        taken = [one.row.number for one in await accept_all(pool, rows) if isinstance(one, Accepted)]
        named = [Outcome(actor="ana", command=row.command, outcome="recorded", versions=(version + 1,)) for row in rows]
        step = replace(write("roads", version, prev), outcomes=named, handled=taken)
        await append(appender, step)
        return version + 1, step.entries[-1].hash

    async def read() -> int:
        await pool.execute("SELECT pg_stat_force_next_flush()")
        await pool.execute("SELECT 1")
        found: int = await superuser.fetchval(
            """SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = 'ledger')
                    + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = 'ledger')"""
        )
        return found

    async with open_pool(dsn, max_size=1) as pool, appending(pool) as appender:
        at = 0, ZERO_HASH
        for count in (*(20 * [100]), 1):  # the last one clears away what the index still has of those before it
            at = await more(count, *at)
        before = await read()
        await more(1, *at)
        assert await read() - before < 20
        assert await superuser.fetchval("SELECT count(*) FROM ledger.journal WHERE body IS NOT NULL") == 0


async def test_only_the_plans_own_numbers_are_known(pool: Pool, keyring: Keyring) -> None:
    mine = (await accept(pool, command(keyring, "roads", "c"))).row.number
    other = (await accept(pool, command(keyring, "parks", "c"))).row.number
    assert await journal.known(pool, "roads", [mine, other, 10**6, -1, 2**70]) == {mine}


async def test_destroying_the_data_key_erases_body_and_salt(pool: Pool, keyring: Keyring) -> None:
    key_id = keyring.new()
    row = (await accept(pool, command(keyring, "roads", "c", key_id=key_id))).row
    assert salt_of(keyring, row) == SALT
    keyring.destroy(key_id)
    for open_it in (body_of, salt_of):
        with pytest.raises(UnusableKey):
            open_it(keyring, row)


async def test_a_waiting_plan_is_woken_with_growing_pauses_until_its_command_is_handled(
    pool: Pool, appender: Appender, superuser: Any, keyring: Keyring
) -> None:
    async def pass_time(pause: str) -> None:
        await superuser.execute("UPDATE ledger.journal SET journalled_at = journalled_at - $1::text::interval", pause)
        await superuser.execute("UPDATE ledger.sweeps SET next_at = next_at - $1::text::interval", pause)

    async def pause_until_named() -> int:
        row = await superuser.fetchrow(
            "SELECT round(extract(epoch FROM next_at - clock_timestamp()))::int AS left FROM ledger.sweeps"
        )
        return int(row["left"])

    first = (await accept(pool, command(keyring, "roads", "c1"))).row
    assert await waiting_plans(pool) == []
    await pass_time("6 s")
    pauses = []
    for _ in range(8):
        assert await waiting_plans(pool) == ["roads"]
        assert await waiting_plans(pool) == []
        pauses.append(await pause_until_named())
        await pass_time(f"{pauses[-1]} s")
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300]

    await accept(pool, command(keyring, "roads", "c2"))
    await append(appender, write("roads", command="c1", handled=[first.number]))
    assert await waiting_plans(pool) == []
    await pass_time("6 s")
    assert await waiting_plans(pool) == ["roads"]
    assert await pause_until_named() == 10


async def test_there_is_one_sweeper_until_its_lease_ends(pool: Pool, superuser: Any) -> None:
    answers = await asyncio.gather(*(lease(pool, f"sweeper-{n}") for n in range(8)))
    assert sorted(answers) == [False] * 7 + [True]
    assert await lease(pool, f"sweeper-{answers.index(True)}")
    assert not await lease(pool, "another")
    await superuser.execute("UPDATE ledger.sweeper SET until = until - $1::interval", sweeping.LEASE)
    assert await lease(pool, "another")


async def test_a_plans_workflow_should_run_until_it_is_closed_and_no_command_waits(
    pool: Pool, superuser: Any, keyring: Keyring
) -> None:
    await superuser.execute(
        """INSERT INTO ledger.plans (plan, version, summary)
           SELECT status, 3, json_build_object('status', status)
           FROM unnest(ARRAY['open', 'paused', 'closed', 'unknown']) AS status"""
    )
    await accept(pool, command(keyring, "closed", "c1"))
    await accept(pool, command(keyring, "starting", "c1"))
    assert await running_plans(pool) == ["closed", "open", "paused", "starting"]
    assert await running_plans(pool, after="closed", limit=2) == ["open", "paused"]


async def test_a_plan_with_an_unhandled_deadline_is_woken_although_no_command_waits(pool: Pool, superuser: Any) -> None:
    """Its loop was ended or lost: silence by the clock must not wait for somebody to speak."""
    await superuser.execute(
        """INSERT INTO ledger.plans (plan, version, summary) VALUES
             ('late', 3, json_build_object('next_deadline', to_char(now() AT TIME ZONE 'UTC' - interval '20 seconds',
                                                                     'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))),
             ('early', 3, '{"next_deadline": "2999-01-01T00:00:00Z"}'), ('none', 3, '{"next_deadline": null}')"""
    )
    assert await waiting_plans(pool) == ["late"]
    assert await waiting_plans(pool) == []
    await superuser.execute("UPDATE ledger.sweeps SET next_at = clock_timestamp()")
    assert await waiting_plans(pool) == ["late"]
    await superuser.execute("UPDATE ledger.plans SET version = 4, summary = '{\"next_deadline\": null}'")
    assert await waiting_plans(pool) == []
    assert await superuser.fetchval("SELECT count(*) FROM ledger.sweeps") == 0
