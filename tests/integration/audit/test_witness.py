"""A witness cosigns what extends what it saw, and nothing else; whoever shows two histories is found."""

import base64
import io
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx2
import pytest

from audit import cosigning, published
from audit.cosigning import Cosigners, known_witnesses, request
from audit.verify import (
    BROKEN,
    HOLDS,
    UNCLEAR,
    Broken,
    Expectations,
    Unclear,
    VerifyReport,
    examine,
    parse_checkpoint,
    signers,
    time_of,
)
from audit.witness import NoWitness, Witness, parse_request, server
from tests.integration.audit.history import ORIGIN, Sealed, sealed_desk, tell
from tests.integration.audit.rewriting import restamped, rewrite


@pytest.fixture
async def sealed(database: str, tmp_path: Path) -> AsyncIterator[Sealed]:
    async with sealed_desk(database, tmp_path / "keyring") as opened:
        await tell(opened)
        await opened.seal()
        yield opened


@pytest.fixture
def witness(sealed: Sealed, tmp_path: Path) -> Witness:
    made = Witness.make(tmp_path / "witness", "gazette.example")
    made.watch(sealed.key)
    return Witness(tmp_path / "witness", clock=lambda: 1_800_000_000.0)


async def body(sealed: Sealed, old: int) -> bytes:
    asked = await request(sealed.pool, old)
    assert asked
    return asked.encoded()


async def test_a_checkpoint_that_extends_the_last_one_is_cosigned(sealed: Sealed, witness: Witness) -> None:
    first = witness.add_checkpoint(await body(sealed, 0))
    assert first.status == 200
    old = witness.seen(ORIGIN).size
    await tell(sealed, 10)
    newest = await sealed.seal()
    second = witness.add_checkpoint(await body(sealed, old))
    assert second.status == 200
    cosigned = parse_checkpoint(newest.text + b"\n" + second.body)
    [(key, signature)] = signers(cosigned, [witness.key])
    assert (key.name, time_of(signature)) == ("gazette.example", 1_800_000_000)
    assert witness.seen(ORIGIN).root == newest.root
    assert witness.add_checkpoint(await body(sealed, newest.size)).status == 200, "the same again is cosigned again"


async def test_a_request_with_a_wrong_old_size_is_answered_with_the_size_last_cosigned(
    sealed: Sealed, witness: Witness
) -> None:
    witness.add_checkpoint(await body(sealed, 0))
    size = witness.seen(ORIGIN).size
    answer = witness.add_checkpoint(await body(sealed, 0))
    assert (answer.status, answer.body, answer.media_type) == (409, f"{size}\n".encode(), "text/x.tlog.size")


async def test_another_log_another_key_and_another_proof_are_not_cosigned(
    sealed: Sealed, witness: Witness, tmp_path: Path
) -> None:
    whole = await body(sealed, 0)
    size = (await sealed.seal()).size
    stranger = Witness.make(tmp_path / "stranger", "stranger.example")
    assert stranger.add_checkpoint(whole).status == 404
    assert witness.add_checkpoint(whole.replace(f"\n{size}\n".encode(), f"\n{size + 1}\n".encode())).status == 403
    assert witness.add_checkpoint(whole.replace(b"old 0", f"old {size + 1}".encode())).status == 400
    assert witness.add_checkpoint(whole).status == 200
    await tell(sealed, 10)
    await sealed.seal()
    good = await body(sealed, size)
    proof = parse_request(good).proof
    assert len(proof) > 1
    swapped = good.replace(base64.b64encode(proof[0]), base64.b64encode(proof[1]), 1)
    assert witness.add_checkpoint(swapped).status == 422
    assert witness.seen(ORIGIN).size == size
    assert witness.add_checkpoint(good).status == 200


WRONG = (
    b"", b"old 0\n", b"old 0", b"old -1\n\n", b"old 00\n\n", b"old x\n\n", b"new 0\n\n", b"old 0\nAAAA\n\n",
    b"old 0\n\n\n",
    b"old 0\n" + b"%s\n" % base64.b64encode(bytes(32)) * 64 + b"\n", b"\xff" * 100, b"old " + b"9" * 30 + b"\n\n",
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_malformed_request_is_answered_400(sealed: Sealed, witness: Witness, wrong: bytes) -> None:
    note = await published.newest(sealed.pool)
    assert note
    for whole in (wrong, wrong + note, wrong + note.replace(b"\n", b"\r\n")):
        if whole != b"old 0\n" + note:
            assert witness.add_checkpoint(whole).status == 400, whole


async def test_concurrent_requests_never_move_the_witness_backwards(
    sealed: Sealed, witness: Witness, tmp_path: Path
) -> None:
    """Two sizes, each a right extension of what was seen, from sixteen threads in two processes' places."""
    witness.add_checkpoint(await body(sealed, 0))
    size = witness.seen(ORIGIN).size
    bodies = []
    for turn in (10, 20):
        await tell(sealed, turn)
        await sealed.seal()
        bodies.append(await body(sealed, size))
    other = Witness(tmp_path / "witness")
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda n: (witness if n % 3 else other).add_checkpoint(bodies[n % 2]).status, range(64))
        )
    assert answers.count(200) == 1
    assert set(answers) == {200, 409}


async def test_a_log_that_shows_two_histories_is_not_cosigned_and_the_proof_is_kept(
    sealed: Sealed, witness: Witness, database: str, tmp_path: Path
) -> None:
    """The log's own key signs both. One auditor has a cosigned bundle, the other one that no witness has seen."""
    first = witness.add_checkpoint(await body(sealed, 0))
    cosigned = await sealed.seal()
    await cosigning.keep(sealed.sealer._pool, cosigned, cosigning.cosignatures(cosigned, first.body, [_known(witness)]))
    shown = await sealed.bundle()
    kept = await sealed.seal()
    asked = Expectations([sealed.key], [], [witness.key])
    assert _examine(shown, asked).verdict == HOLDS

    superuser = await asyncpg.connect(database)
    await rewrite(superuser, sealed, tmp_path, restamped)
    await superuser.close()
    other = await sealed.bundle()
    assert _examine(other, Expectations([sealed.key])).verdict == HOLDS, "in itself it fits"
    assert _examine(other, asked).verdict == UNCLEAR, "but no witness has cosigned it"
    assert _examine(other, Expectations([sealed.key], [kept])).verdict == BROKEN, "and whoever compares sees both"
    answer = witness.add_checkpoint(await body(sealed, kept.size))
    assert answer.status in (409, 422)
    [kept_note] = (tmp_path / "witness" / "contradictions").iterdir()
    second = parse_checkpoint(kept_note.read_bytes())
    assert signers(second, [sealed.key])
    assert (second.size, second.root != kept.root) == (kept.size, True)


@contextmanager
def listening(witness: Witness) -> Iterator[str]:
    """The witness over HTTP; where."""
    with server(witness, "127.0.0.1", 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()


async def test_the_log_asks_its_witnesses_and_shows_their_cosignatures(
    sealed: Sealed, witness: Witness, tmp_path: Path
) -> None:
    folder = tmp_path / "keyring" / "log"
    cosigners = Cosigners(sealed.sealer._pool, folder)
    assert await cosigners.ask() == {}, "it knows none"
    with listening(witness) as url:
        (folder / "witnesses").write_text(
            f"# ours\nwitness gazette {witness.key} {url}\nwitness away {witness.key} http://127.0.0.1:9\n"
            "group ours any gazette away\n"
        )
        assert [one.url for one in known_witnesses(folder)] == [url, "http://127.0.0.1:9"]
        for turn in (10, 20):
            faults = await cosigners.ask()
            assert set(faults) <= {"gazette.example"}
            newest = await published.newest_checkpoint(sealed.pool)
            assert newest
            assert signers(newest, [witness.key])
            await tell(sealed, turn)
            await sealed.seal()
        again = Cosigners(sealed.sealer._pool, folder)  # as after a restart: it asks the witness how far it is
        await again.ask()
        newest = await published.newest_checkpoint(sealed.pool)
        assert newest
        assert signers(newest, [witness.key])
        async with httpx2.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}/key")).text == f"{witness.key}\n"
            assert (await client.get(f"{url}/")).status_code == 404
            assert (await client.post(f"{url}/add-checkpoint", content=b"x" * 200_000)).status_code == 413
            assert (await client.post(f"{url}/elsewhere", content=b"x")).status_code == 404
        report = _examine(await sealed.bundle(), Expectations([sealed.key], [], [witness.key]))
        assert "witnessed" in [code for code, _ in report.findings]


async def test_only_cosignatures_by_known_witnesses_on_that_checkpoint_are_accepted(
    sealed: Sealed, witness: Witness
) -> None:
    newest = await sealed.seal()
    line = witness.add_checkpoint(await body(sealed, 0)).body
    assert cosigning.cosignatures(newest, line, []) == {}
    assert cosigning.cosignatures(newest, line, [_known(witness)]) == {witness.key: line.decode()}
    for wrong in (b"", b"nonsense\n", line[:-1], line + b"\n"):
        with pytest.raises(Unclear):
            cosigning.cosignatures(newest, wrong, [_known(witness)])
    await tell(sealed, 10)
    with pytest.raises(Broken):
        cosigning.cosignatures(await sealed.seal(), line, [_known(witness)])


def test_a_folder_without_a_witness_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoWitness):
        Witness(tmp_path)
    with pytest.raises(NoWitness):
        Witness.make(tmp_path / "w", "two words")
    made = Witness.make(tmp_path / "w", "gazette.example")
    assert Witness.make(tmp_path / "w", "other.example").key == made.key, "made once"
    assert {one.stat().st_mode & 0o077 for one in (tmp_path / "w").iterdir()} == {0}


def _known(witness: Witness) -> cosigning.KnownWitness:
    return cosigning.KnownWitness(witness.key, None)


def _examine(whole: bytes, asked: Expectations) -> VerifyReport:
    return examine(io.BytesIO(whole), len(whole), asked)
