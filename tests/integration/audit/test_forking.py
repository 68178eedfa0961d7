"""After a fork the ledger goes on under another name, and whoever holds what was left behind can tell."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from audit import forking, log_keys
from audit.checkpoint import log_key
from audit.folding import fold
from audit.forking import NotForked
from audit.log_keys import StillRotating, introduced
from audit.sealer import Sealer
from audit.verify import (
    BROKEN,
    HOLDS,
    UNCLEAR,
    Expectations,
    Key,
    VerifyReport,
    examine,
    parse_key,
    signers,
)
from ledger.appender import LogIsForked
from ledger.identity import OtherLedger, establish
from ledger.outcomes import outcome_of
from tests.integration.activities.desk import report, soon
from tests.integration.audit.history import NOON, ORIGIN, Sealed, sealed_desk, tell

FOLD = fold


@pytest.fixture
async def sealed(database: str, tmp_path: Path) -> AsyncIterator[Sealed]:
    async with sealed_desk(database, tmp_path / "keyring") as opened:
        await tell(opened)
        yield opened


@pytest.fixture
async def superuser(sealed: Sealed, database: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def restore(superuser: Any, size: int) -> None:
    """The ledger as a backup has it that was made when it had so many entries."""
    await superuser.execute(
        f"""SET session_replication_role = replica;
            DELETE FROM ledger.outcomes o USING ledger.events e
              WHERE e.position >= {size} AND e.plan = o.plan AND e.version = ANY(o.versions);
            DELETE FROM ledger.events WHERE position >= {size};
            DELETE FROM ledger.checkpoints WHERE size > {size};
            UPDATE ledger.head SET size = {size};
            UPDATE ledger.streams s SET (version, last_hash) = (SELECT e.version, e.leaf_hash FROM ledger.events e
              WHERE e.plan = s.plan ORDER BY version DESC LIMIT 1);
            SET session_replication_role = origin"""  # noqa: S608 (a number)
    )


async def go_on(sealed: Sealed) -> Any:
    return await forking.go_on(
        sealed.pool, sealed.sealer._pool, sealed.appender, sealed.folder, ORIGIN,
        authority="Minutes 14", reason="The disk failed", now=soon(NOON, 3600),
    )  # fmt: skip


async def check(sealed: Sealed, asked: Expectations) -> VerifyReport:
    whole = await sealed.bundle()
    return examine(io.BytesIO(whole), len(whole), asked, FOLD)


async def test_a_ledger_without_a_fork_cannot_be_continued_under_another_origin(sealed: Sealed) -> None:
    await sealed.seal()
    with pytest.raises(NotForked):
        await go_on(sealed)


async def test_after_a_fork_the_log_has_another_origin_and_records_why(sealed: Sealed, superuser: Any) -> None:
    before = await sealed.seal()
    await tell(sealed, 10)
    lost = await sealed.seal()
    await restore(superuser, before.size)
    with pytest.raises(LogIsForked):
        await sealed.sealer.seal()
    event = await go_on(sealed)
    assert (event.origin, event.size, event.goes_on_as) == (ORIGIN, lost.size, f"{ORIGIN}/2")
    with pytest.raises(NotForked):
        await go_on(sealed)
    newest = await sealed.seal()
    assert newest.origin == f"{ORIGIN}/2"
    key = log_key(f"{ORIGIN}/2", sealed.folder.key())
    assert signers(newest, [key])
    assert (await establish(sealed.pool, ORIGIN, "live")).origin == f"{ORIGIN}/2"
    with pytest.raises(OtherLedger):
        await establish(sealed.pool, "test.example", "live")

    found = await check(sealed, Expectations([key], [before]))
    assert found.verdict == HOLDS, "what lies before the fork is still there"
    [told] = [params for code, params in found.findings if code == "forked"]
    assert (told["theirs"], told["authority"], told["reason"]) == (ORIGIN, "Minutes 14", "The disk failed")
    found = await check(sealed, Expectations([key], [lost]))
    assert (found.verdict, found.findings[-1][0]) == (BROKEN, "forked_away")


async def test_commands_that_waited_before_a_fork_are_handled_after_it(sealed: Sealed, superuser: Any) -> None:
    """Signed under the name that the ledger had then."""
    before = await sealed.seal()
    await tell(sealed, 10)
    await sealed.seal()
    await sealed.desk.journal(report("waited"), soon(NOON, 100))
    await restore(superuser, before.size)
    with pytest.raises(LogIsForked):
        await sealed.sealer.seal()
    with pytest.raises(LogIsForked):
        await sealed.desk.journal(report("refused"), soon(NOON, 101))
    await superuser.execute("ALTER TABLE ledger.forks DISABLE TRIGGER append_only")
    await superuser.execute("UPDATE ledger.forks SET found_at = $1", soon(NOON, 200))
    await go_on(sealed)
    await sealed.desk.call(soon(NOON, 4000))
    stood = await outcome_of(sealed.pool, "canal", "actor-1", "waited")
    assert stood
    assert stood.outcome.outcome == "recorded"
    await sealed.desk.journal(report("signed-under-the-old-name"), soon(NOON, 5000))
    await sealed.desk.call(soon(NOON, 5001))
    stood = await outcome_of(sealed.pool, "canal", "actor-1", "signed-under-the-old-name")
    assert stood
    assert stood.outcome.code == "bad_signature"


async def test_an_abandoned_ledger_that_returns_is_checked_against_its_last_checkpoint(
    sealed: Sealed, superuser: Any
) -> None:
    before = await sealed.seal()
    await tell(sealed, 10)
    await sealed.seal()
    await restore(superuser, before.size)
    with pytest.raises(LogIsForked):
        await sealed.sealer.seal()
    await go_on(sealed)
    await sealed.seal()
    await superuser.execute("SET session_replication_role = replica; DELETE FROM ledger.forks")
    await superuser.execute("UPDATE ledger.identity SET origin = $1", ORIGIN)
    with pytest.raises(LogIsForked):
        await sealed.sealer.seal()


async def test_a_second_fork_is_called_the_third_log(sealed: Sealed, superuser: Any) -> None:
    size = (await sealed.seal()).size
    for nth in (2, 3):
        await log_keys.introduce(sealed.pool, sealed.appender, f"elsewhere-{nth}", sealed.folder, NOON)
        await sealed.seal()
        await restore(superuser, size)
        with pytest.raises(LogIsForked):
            await sealed.sealer.seal()
        assert (await go_on(sealed)).goes_on_as == f"{ORIGIN}/{nth}"
        size = (await sealed.seal()).size
    found = await check(sealed, Expectations([log_key(f"{ORIGIN}/3", sealed.folder.key())]))
    assert [params["theirs"] for code, params in found.findings if code == "forked"] == [ORIGIN, f"{ORIGIN}/2"]


class Clock:
    """A sealer's clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> Any:
        return self.now


async def test_after_a_rotation_both_keys_sign_for_a_time_and_then_the_new_one_alone(sealed: Sealed) -> None:
    clock = Clock()
    sealer = Sealer(sealed.sealer._pool, sealed.folder, clock)
    old = sealed.key
    await sealed.seal()
    until = NOON + timedelta(days=30)
    new = parse_key(await log_keys.rotate(sealed.pool, sealed.appender, ORIGIN, sealed.folder, NOON, until))
    assert sealed.key == new != old
    with pytest.raises(StillRotating):
        await log_keys.rotate(sealed.pool, sealed.appender, ORIGIN, sealed.folder, NOON, until)
    sealed.sealer = sealer
    assert {key for key, _ in signers(await sealed.seal(), [old, new])} == {old, new}

    clock.now = until
    await tell(sealed, 10)
    assert {key for key, _ in signers(await sealed.seal(), [old, new])} == {new}
    assert sealed.folder.old_key() is None
    for keys in ([old], [new], [old, new], list[Key]()):
        found = await check(sealed, Expectations(keys))
        assert found.verdict == HOLDS, found.findings
    codes = [code for code, _ in (await check(sealed, Expectations([old]))).findings]
    assert "key_introduced" in codes, "who knows only the old key is led to the new one"
    whole = await sealed.bundle()
    head, _, rest = whole.partition(b"checkpoint ")
    without = head + b"checkpoint " + rest.partition(b"checkpoint ")[2]
    assert examine(io.BytesIO(without), len(without), Expectations([old]), FOLD).verdict == UNCLEAR


async def test_an_interrupted_rotation_is_completed_by_the_next_call(sealed: Sealed) -> None:
    until = NOON + timedelta(days=30)
    await log_keys.rotate(sealed.pool, sealed.appender, ORIGIN, sealed.folder, NOON, until)
    one = await introduced(sealed.pool)
    sealed.folder.forget_old()
    drawn = log_key(ORIGIN, sealed.folder.next_key())  # as if it had ended after the draw
    new = await log_keys.rotate(sealed.pool, sealed.appender, ORIGIN, sealed.folder, NOON, until)
    assert parse_key(new) == drawn == sealed.key
    assert len(await introduced(sealed.pool)) == len(one) + 1
