"""A bundle as it is made: complete, checked by the verifier alone, and held against what others kept."""

import asyncio
import io
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit import verify as verifier
from audit.folding import fold
from audit.verify import BROKEN, HOLDS, UNCLEAR, Expectations, MinutesLine, VerifyReport, examine
from ledger import log
from tests.integration.activities.desk import soon
from tests.integration.audit.history import NOON, PUBLIC, Sealed, sealed_desk, tell

FOLD = fold

STEP = 1 if os.environ.get("RUMBO_LONG") else 5
"""Every byte is changed in ``make long``; otherwise a fifth of them, which takes five seconds instead of 25."""


@pytest.fixture
async def sealed(database: str, tmp_path: Path) -> AsyncIterator[Sealed]:
    async with sealed_desk(database, tmp_path / "keyring") as opened:
        yield opened


def check(content: bytes, asked: Expectations | None = None, fold: verifier.Fold | None = FOLD) -> VerifyReport:
    return examine(io.BytesIO(content), len(content), asked or Expectations(), fold)


def codes(report: VerifyReport) -> list[str]:
    return [code for code, _ in report.findings]


async def test_a_bundle_passes_every_check(sealed: Sealed) -> None:
    await tell(sealed)
    old = await sealed.seal()
    await tell(sealed, 10)
    await sealed.seal()
    report = check(await sealed.bundle(), Expectations([sealed.key], [old]))
    assert report.verdict == HOLDS
    assert codes(report) == [
        "signed", "tree_holds", "no_witness", "extends", "covers", "stream_holds", "stream_holds", "sealed",
        "no_ledger_tail", "no_tail", "state_holds",
    ]  # fmt: skip


async def test_the_report_names_what_was_not_checked(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()
    report = check(await sealed.bundle(), fold=None)
    assert report.verdict == HOLDS
    assert {"no_key", "no_checkpoint", "no_witness", "no_fold", "no_tail", "no_ledger_tail"} <= set(codes(report))
    assert sum("NOT CHECKED" in line for line in report.lines()) == 6
    assert sum("SIN REVISAR" in line for line in report.lines("es")) == 6


async def test_changing_any_byte_of_a_bundle_is_detected(sealed: Sealed) -> None:
    """With the log's key given, and without; only the state's bytes need the fold, and so Rumbo itself."""
    await tell(sealed)
    await sealed.seal()
    whole = await sealed.bundle()
    state = whole.rindex(b"state\n") + len(b"state\n")
    end = whole.rindex(b"end\n")
    asked = Expectations([sealed.key])
    assert check(whole, asked).verdict == HOLDS
    for place in range(0, len(whole), STEP):
        byte = whole[place]
        changed = bytearray(whole)
        changed[place] = byte ^ (0x20 if chr(byte).isalpha() else 0x01)
        in_state = state <= place < end - 1
        for against in (asked, Expectations()):
            verdict = check(bytes(changed), against, FOLD if in_state else None).verdict
            assert verdict in (BROKEN, UNCLEAR), (place, whole[place - 40 : place + 1])
            if in_state and against is asked:
                assert verdict == BROKEN
                break


async def test_a_truncated_bundle_never_verifies(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()
    whole = await sealed.bundle()
    for length in range(len(whole)):
        assert check(whole[:length], fold=None).verdict != HOLDS, length
    assert check(whole + b"\n", fold=None).verdict == UNCLEAR


async def test_swapped_lines_are_detected(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()
    lines = (await sealed.bundle()).splitlines(keepends=True)
    for n in range(len(lines) - 1):
        if lines[n] != lines[n + 1]:
            swapped = b"".join([*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]])
            assert check(swapped, Expectations([sealed.key])).verdict != HOLDS, lines[n]


async def test_swapped_entries_are_detected(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()
    lines = (await sealed.bundle()).splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith(b"stream canal")) + 1
    swapped = [*lines[:first], *lines[first + 3 : first + 6], *lines[first : first + 3], *lines[first + 6 :]]
    report = check(b"".join(swapped), Expectations([sealed.key]))
    assert (report.verdict, codes(report)[-1]) == (BROKEN, "not_in_log")


async def test_hidden_entries_are_in_the_bundle_as_digests_and_reported_as_withheld(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()
    whole = await sealed.bundle(may_see=PUBLIC)
    assert b"power_observed" not in whole
    assert b"quarry" not in whole.partition(b"withheld")[2]
    report = check(whole, Expectations([sealed.key]))
    assert report.verdict == HOLDS
    assert {"withheld", "no_state"} <= set(codes(report))
    for digest in whole.partition(b"withheld ")[2][:64], whole.rpartition(b"withheld ")[2][:64]:
        forged = whole.replace(b"withheld " + digest, b"withheld " + b"0" * 64)
        assert check(forged, Expectations([sealed.key])).verdict == BROKEN


async def test_a_public_entry_that_names_a_hidden_ground_is_withheld(
    sealed: Sealed,
) -> None:
    await tell(sealed)
    lesson = {"id": "shares", "text": "Names decide.", "rests_on": ["p1"]}
    said = {"command": "record_lesson", "id": "l1", "lesson": lesson, "visibility": "public"}
    await sealed.desk.journal(said | {"on_behalf_of": "works"}, soon(NOON, 20))
    await sealed.desk.call(soon(NOON, 21))
    await sealed.seal()
    whole = await sealed.bundle(may_see=PUBLIC)
    assert b"lesson_recorded" in whole
    assert b'"p1"' not in whole.rpartition(b"lesson_recorded")[2]
    report = check(whole, Expectations([sealed.key]))
    assert report.verdict == HOLDS
    assert {"withheld", "no_state"} <= set(codes(report))
    assert b'"p1"' in await sealed.bundle()


async def test_a_withheld_entry_still_binds_all_earlier_entries(sealed: Sealed) -> None:
    """A line from minutes holds a plan down to its first entry, however little of the entry it names is shown."""
    await tell(sealed)
    await sealed.seal()
    lines = (await sealed.bundle(may_see=PUBLIC)).splitlines(keepends=True)
    at = max(n for n, line in enumerate(lines) if line.startswith(b"withheld"))
    last = await log.stream_head(sealed.pool, "canal")
    minuted = MinutesLine("canal", last.version, last.last_hash.hex()[:32])
    assert check(b"".join(lines), Expectations([sealed.key], [minuted])).verdict == HOLDS
    first = next(n for n, line in enumerate(lines) if line.startswith(b"stream canal")) + 1
    for forged in range(first, at + 1):
        last_digit = lines[forged][-2]
        other = lines[forged][:-2] + (b"1" if last_digit == ord("0") else b"0") + b"\n"
        told = b"".join([*lines[:forged], other, *lines[forged + 1 :]])
        assert check(told, Expectations([sealed.key], [minuted])).verdict != HOLDS, lines[forged]


async def test_a_state_that_does_not_follow_from_the_entries_is_detected(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()
    whole = await sealed.bundle()
    forged = whole.replace(b'"status":"under_way"', b'"status":"completed"')
    head, _, state = forged.rpartition(b"state\n")
    original, _, _ = whole.rpartition(b"state\n")
    report = check(original + b"state\n" + state, Expectations([sealed.key]))
    assert head != original
    assert (report.verdict, codes(report)[-1]) == (BROKEN, "bad_state")


async def test_an_unknown_kind_makes_the_state_undecidable(sealed: Sealed) -> None:
    await tell(sealed)
    await sealed.seal()

    def newer(_plan: str, _entries: object) -> bytes:
        raise verifier.Unclear("newer", kind="moon_reached")

    report = check(await sealed.bundle(), Expectations([sealed.key]), newer)
    assert (report.verdict, codes(report)[-1]) == (UNCLEAR, "newer")


async def test_a_line_from_minutes_works_as_an_old_checkpoint(sealed: Sealed, tmp_path: Path) -> None:
    await tell(sealed)
    await sealed.seal()
    hash_ = await sealed.pool.fetchval("SELECT leaf_hash FROM ledger.events WHERE plan = 'canal' AND version = 3")
    whole = await sealed.bundle()
    for line in (
        f"canal · entry 3 · {hash_.hex()[:32]} · 2027-01-15 18:00 UTC",
        f"  canal · asiento 3 · {hash_.hex()[:32]} · 2027-01-15 18:00 UTC\n",
    ):
        file = tmp_path / "minutes.txt"
        file.write_text(line)
        for given in (line, str(file)):
            old = verifier.parse_anchor(given)
            assert old == MinutesLine("canal", 3, hash_.hex()[:32])
            report = check(whole, Expectations([sealed.key], [old]))
            assert (report.verdict, "line_holds" in codes(report)) == (HOLDS, True)
    other = Expectations([sealed.key], [MinutesLine("canal", 3, "0" * 32)])
    later = Expectations([sealed.key], [MinutesLine("canal", 30, hash_.hex()[:32])])
    elsewhere = Expectations([sealed.key], [MinutesLine("roads", 3, hash_.hex()[:32])])
    for asked, verdict, code in (
        (other, BROKEN, "line_differs"), (later, BROKEN, "line_cut_off"), (elsewhere, UNCLEAR, "other_plan"),
    ):  # fmt: skip
        report = check(whole, asked)
        assert (report.verdict, codes(report)[-1]) == (verdict, code)


async def test_the_verifier_file_runs_alone_with_cryptography_only(
    sealed: Sealed, bare_python: Path, tmp_path: Path
) -> None:
    await tell(sealed)
    old = await sealed.seal()
    note = (await sealed.pool.fetchval("SELECT note FROM ledger.checkpoints")).encode()
    assert verifier.parse_checkpoint(note) == old
    await tell(sealed, 10)
    await sealed.seal()
    whole = await sealed.bundle()
    await asyncio.to_thread(_run_alone, bare_python, tmp_path, str(sealed.key), whole, note)


def _run_alone(python: Path, folder: Path, key: str, whole: bytes, note: bytes) -> None:
    (folder / "canal.bundle").write_bytes(whole)
    (folder / "old.checkpoint").write_bytes(note)
    (folder / "doctored").write_bytes(whole.replace(b"Two hundred", b"Two thousnd"))
    (folder / "verify.py").write_bytes(Path(verifier.__file__).read_bytes())

    def run(file: str, *more: str) -> tuple[int, str]:
        done = subprocess.run(
            [python, "-I", "verify.py", file, "--key", key, "--checkpoint", "old.checkpoint", *more],
            cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert not done.stderr
        return done.returncode, done.stdout

    alone = subprocess.run([python, "-I", "-c", "import audit"], capture_output=True, check=False, cwd=folder)
    assert alone.returncode == 1, "the project is not to be found there"
    code, said = run("canal.bundle")
    assert (code, "BREAK" in said, "`rumbo verify` checks that" in said) == (HOLDS, False, True)
    assert run("canal.bundle", "--lang", "es")[1].endswith("SE SOSTIENE: todo lo que se revisó es válido.\n")
    assert run("doctored")[0] == BROKEN
    assert run("verify.py")[0] == UNCLEAR
    assert run("nowhere")[0] == UNCLEAR
