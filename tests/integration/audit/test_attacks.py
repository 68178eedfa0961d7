"""Whoever owns the database, and the log's key too, rewrites history and makes every hash fit again.

What lies before a checkpoint or a line that somebody kept is found all the same. What is newer than everything that
anybody kept cannot be: the last test says so.
"""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from audit.folding import fold
from audit.verify import (
    BROKEN,
    HOLDS,
    Checkpoint,
    Expectations,
    MinutesLine,
    TrustAnchor,
    VerifyReport,
    examine,
)
from tests.integration.audit.history import Sealed, sealed_desk, tell
from tests.integration.audit.rewriting import Rewrite, Row, own, restamped, rewrite

FOLD = fold


def edited(rows: list[Row]) -> list[Row]:
    at = next(n for n in own(rows) if "Two hundred" in rows[n].data)
    return [*rows[:at], replace(rows[at], data=rows[at].data.replace("Two hundred", "Ten")), *rows[at + 1 :]]


def deleted(rows: list[Row]) -> list[Row]:
    at = own(rows)[2]
    return rows[:at] + rows[at + 1 :]


def back_dated(rows: list[Row]) -> list[Row]:
    at = own(rows)[1]
    return [*rows[:at], rows[at].says(recorded_at="2026-01-01T00:00:00.000000Z"), *rows[at + 1 :]]


def inserted(rows: list[Row]) -> list[Row]:
    at = own(rows)[1]
    return [*rows[:at], rows[at].says(id="another", cause="r0"), *rows[at:]]


def reordered(rows: list[Row]) -> list[Row]:
    first, second = own(rows)[1:3]
    rows = list(rows)
    rows[first], rows[second] = rows[second], rows[first]
    return rows


def cut_off_below(rows: list[Row]) -> list[Row]:
    return rows[: own(rows)[2]]


def cut_off_and_regrown(rows: list[Row]) -> list[Row]:
    kept = rows[: own(rows)[2]]
    return kept + [kept[-1].says(id=f"more-{n}") for n in range(len(rows))]


ATTACKS: tuple[Rewrite, ...] = (
    edited, deleted, back_dated, inserted, reordered, restamped, cut_off_below, cut_off_and_regrown,
)  # fmt: skip


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


async def shown(sealed: Sealed, *olds: TrustAnchor) -> VerifyReport:
    """The bundle as the rewritten ledger makes it, checked against what somebody kept."""
    whole = await sealed.bundle()
    return examine(io.BytesIO(whole), len(whole), Expectations([sealed.key], list(olds)), FOLD)


async def minuted(superuser: Any) -> MinutesLine:
    row = await superuser.fetchrow(
        "SELECT version, leaf_hash FROM ledger.events WHERE plan = 'canal' ORDER BY version DESC LIMIT 1"
    )
    return MinutesLine("canal", row["version"], row["leaf_hash"].hex()[:32])


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_history_rewritten_before_a_kept_checkpoint_is_found(
    sealed: Sealed, superuser: Any, tmp_path: Path, attack: Rewrite
) -> None:
    kept = await sealed.seal()
    line = await minuted(superuser)
    assert (await shown(sealed, kept, line)).verdict == HOLDS
    await tell(sealed, 10)
    await rewrite(superuser, sealed, tmp_path, attack)
    report = await shown(sealed, kept)
    assert report.verdict == BROKEN
    code = "cut_off" if attack is cut_off_below else "two_histories"
    assert report.findings[-1][0] == code
    assert (await shown(sealed, line)).verdict == BROKEN, "the line from the minutes finds it too"


@pytest.mark.parametrize("attack", ATTACKS)
async def test_without_an_anchor_a_forger_with_the_key_is_undetected_and_the_verifier_reports_that_limit(
    sealed: Sealed, superuser: Any, tmp_path: Path, attack: Rewrite
) -> None:
    """Except where the forged state cannot come about."""
    await sealed.seal()
    await rewrite(superuser, sealed, tmp_path, attack)
    report = await shown(sealed)
    assert "no_checkpoint" in [code for code, _ in report.findings]


async def test_a_forger_without_the_key_is_detected_even_without_an_anchor(
    sealed: Sealed, superuser: Any, tmp_path: Path
) -> None:
    kept: Checkpoint = await sealed.seal()
    keys = Expectations([sealed.key])
    (tmp_path / "keyring" / "log" / "log.pem").unlink()
    await rewrite(superuser, sealed, tmp_path, edited)
    whole = await sealed.bundle()
    assert examine(io.BytesIO(whole), len(whole), keys, FOLD).verdict != HOLDS
    assert kept.size


async def test_entries_cut_off_after_the_newest_anchor_cannot_be_detected(
    sealed: Sealed, superuser: Any, tmp_path: Path
) -> None:
    """Nobody holds anything that speaks of it. A shorter time between two kept checkpoints is the only remedy."""
    kept = await sealed.seal()
    await tell(sealed, 10)
    await sealed.seal()
    await rewrite(superuser, sealed, tmp_path, lambda rows: rows[: kept.size])
    assert (await shown(sealed, kept)).verdict == HOLDS
