"""Asking witnesses to cosign, and taking their cosignatures in (C2SP tlog-witness, tlog-cosignature).

The witnesses that this log asks stand in the file ``witnesses`` beside its key, in lines of C2SP tlog-policy; other
lines of that format are for those who verify:

    witness NAME KEY [URL]

One without a URL comes by itself or sends a file. How many must have cosigned is for the reader of a checkpoint to say.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit import published, tree
from audit.verify import COSIGNATURE, CheckFailed, Checkpoint, Key, Unclear, parse_checkpoint, parse_key, signers
from audit.witness import LONGEST, PATIENCE, CosignRequest
from ledger.connection import Pool

if TYPE_CHECKING:
    from httpx2 import AsyncClient


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A witness that this log takes cosignatures from."""

    key: Key
    url: str | None


def known_witnesses(folder: Path) -> list[KnownWitness]:
    """Those of the file ``witnesses``; none where there is no such file. Raises `Unclear` for a line that is wrong."""
    try:
        lines = (folder / "witnesses").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for words in (line.split() for line in lines if line.strip() and not line.startswith("#")):
        if words[0] == "witness" and len(words) in (3, 4):
            found.append(KnownWitness(parse_key(words[2], COSIGNATURE), words[3] if len(words) == 4 else None))
        elif words[0] == "witness":
            raise Unclear("not_a_key", given=" ".join(words)[:100], wanted="witness NAME KEY [URL]")
    return found


async def request(pool: Pool, old: int) -> CosignRequest | None:
    """What a witness that has seen the log's first ``old`` entries is asked now; ``None`` where nothing fits."""
    note = await published.newest(pool)
    checkpoint = parse_checkpoint(note) if note else None
    if note is None or checkpoint is None or old > checkpoint.size:
        return None
    return CosignRequest(old, tuple(await tree.consistency_proof(pool, old, checkpoint.size)), note)


def cosignatures(checkpoint: Checkpoint, lines: bytes, known: list[KnownWitness]) -> dict[Key, str]:
    """The signature lines of known witnesses among ``lines``, which are on a checkpoint.

    Raises `Unclear` or `Broken` for lines that are none or do not hold.
    """
    signed = parse_checkpoint(checkpoint.text + b"\n" + lines)
    written = dict(zip((one[:2] for one in signed.signatures), lines.decode().splitlines(keepends=True), strict=True))
    return {key: written[key.name, key.id] for key, _ in signers(signed, [one.key for one in known])}


async def keep(pool: Pool, checkpoint: Checkpoint, found: dict[Key, str]) -> None:
    """Publish cosignatures with their checkpoint. ``pool`` works as ``sealer``."""
    for key, line in found.items():
        await pool.execute(
            """INSERT INTO ledger.cosignatures (origin, size, witness, line) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING""",
            checkpoint.origin, checkpoint.size, str(key), line,
        )  # fmt: skip


class Cosigners:
    """Asks those witnesses that have a URL. One to a sealer; ``pool`` works as ``sealer``."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._seen: dict[Key, int] = {}

    async def ask(self) -> dict[str, str]:
        """Ask every witness that has not cosigned the newest checkpoint; by name what went wrong with whom."""
        newest = await published.newest_checkpoint(self._pool)
        if newest is None:
            return {}
        there = {(name, id_) for name, id_, _ in newest.signatures}
        asked = [one for one in known_witnesses(self._folder) if one.url and (one.key.name, one.key.id) not in there]
        faults = await asyncio.gather(*(self._ask(one) for one in asked))
        return {one.key.name: fault for one, fault in zip(asked, faults, strict=True) if fault}

    async def _ask(self, witness: KnownWitness) -> str | None:
        import httpx2  # noqa: PLC0415  (slow to load, and most logs have no witness to ask)

        try:
            async with httpx2.AsyncClient(timeout=PATIENCE) as client:
                status, said = await self._post(client, witness, self._seen.get(witness.key, 0))
                if status == 409 and (said := said.strip()).isdigit() and len(said) < 19:
                    status, said = await self._post(client, witness, int(said))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return type(error).__name__
        return None if status == 200 else f"HTTP {status}"

    async def _post(self, client: "AsyncClient", witness: KnownWitness, old: int) -> tuple[int, str]:
        """The status, and what the witness said with it."""
        asked = await request(self._pool, old)
        if asked is None:  # it has seen more of the log than there is
            return 422, ""
        answer = await client.post(f"{(witness.url or '').rstrip('/')}/add-checkpoint", content=asked.written())
        if answer.status_code == 200:
            checkpoint = parse_checkpoint(asked.note)
            try:
                found = cosignatures(checkpoint, answer.content[:LONGEST], [witness])
            except CheckFailed:
                found = {}
            if not found:
                return 502, ""
            await keep(self._pool, checkpoint, found)
            self._seen[witness.key] = checkpoint.size
        return answer.status_code, answer.text
