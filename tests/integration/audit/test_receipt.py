"""A receipt: the proof that what somebody sent is in the log, checked without the log."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit import bundle
from audit.verify import BROKEN, HOLDS, Expectations, MinutesLine, VerifyReport, examine
from ledger import log
from ledger.log import StoredEntry
from tests.integration.audit.history import PUBLIC, Sealed, sealed_desk, tell


@pytest.fixture
async def sealed(database: str, tmp_path: Path) -> AsyncIterator[Sealed]:
    async with sealed_desk(database, tmp_path / "keyring") as opened:
        await tell(opened)
        await opened.seal()
        yield opened


def check(content: bytes, asked: Expectations) -> VerifyReport:
    return examine(io.BytesIO(content), len(content), asked)


async def entries(sealed: Sealed) -> list[StoredEntry]:
    return [one async for one in log.entries(sealed.pool, "canal")]


async def test_a_receipt_proves_each_of_its_entries(sealed: Sealed) -> None:
    recorded = await entries(sealed)
    for some in (recorded[:1], recorded[1:3], recorded):
        report = check(await sealed.receipt(some), Expectations([sealed.key]))
        assert report.verdict == HOLDS
        assert [params["cause"] for code, params in report.findings if code == "entry_holds"] == [
            str(one.envelope.partition('"cause":"')[2].partition('"')[0]) for one in some
        ]


async def test_changing_any_byte_of_a_receipt_is_detected(sealed: Sealed) -> None:
    """But for the key that it brings along: whoever gives a key does not rely on that one."""
    whole = await sealed.receipt((await entries(sealed))[-2:], PUBLIC)
    assert b"withheld" in whole
    brought = whole.index(str(sealed.key).encode())
    idle = range(brought, brought + len(str(sealed.key)))
    for asked in (Expectations([sealed.key]), Expectations()):
        assert check(whole, asked).verdict == HOLDS
        for place, byte in enumerate(whole):
            changed = bytearray(whole)
            changed[place] = byte ^ (0x20 if chr(byte).isalpha() else 0x01)
            if check(bytes(changed), asked).verdict == HOLDS:
                assert place in idle, (place, whole[place - 40 : place + 1])


async def test_a_proof_of_another_position_or_entry_fails(sealed: Sealed) -> None:
    recorded = await entries(sealed)
    whole = await sealed.receipt(recorded[:1])
    place = f"entry {recorded[0].position} ".encode()
    assert place in whole
    for other in range(40):
        if other != recorded[0].position:
            moved = whole.replace(place, f"entry {other} ".encode())
            assert check(moved, Expectations([sealed.key])).verdict == BROKEN
    theirs = whole.replace(recorded[0].envelope.encode(), recorded[1].envelope.encode())
    assert check(theirs, Expectations([sealed.key])).verdict == BROKEN


async def test_a_receipt_is_checked_against_a_checkpoint_of_its_own_size(sealed: Sealed) -> None:
    recorded, own = await entries(sealed), await sealed.seal()
    whole = await sealed.receipt(recorded[:1])
    report = check(whole, Expectations([sealed.key], [own]))
    assert (report.verdict, report.findings[-1][0]) == (HOLDS, "extends")


async def test_a_receipt_is_checked_against_a_line_from_minutes(sealed: Sealed) -> None:
    recorded = await entries(sealed)
    whole, hash_ = await sealed.receipt(recorded[1:3]), recorded[1].leaf_hash.hex()[:32]
    for line, verdict, code in (
        (MinutesLine("canal", 2, hash_), HOLDS, "line_holds"),
        (MinutesLine("canal", 2, "0" * 32), BROKEN, "line_differs"),
        (MinutesLine("canal", 1, recorded[0].leaf_hash.hex()[:32]), HOLDS, "line_holds"),
        (MinutesLine("canal", 1, hash_), BROKEN, "line_differs"),
        (MinutesLine("canal", 9, hash_), HOLDS, "other_entry"),
        (MinutesLine("roads", 2, hash_), HOLDS, "other_entry"),
    ):
        report = check(whole, Expectations([sealed.key], [line]))
        assert (report.verdict, report.findings[-1][0]) == (verdict, code)


async def test_there_is_no_receipt_before_a_checkpoint(sealed: Sealed) -> None:
    await tell(sealed, 10)
    with pytest.raises(bundle.NotSealed):
        await sealed.receipt(await entries(sealed))
