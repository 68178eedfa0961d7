"""Requests cosignatures from witnesses and stores them (C2SP tlog-witness, tlog-cosignature).

The file ``witnesses`` beside the log's key lists the witnesses, in the lines of C2SP tlog-policy; its other line types
are for verifiers and are ignored here:

    witness NAME KEY [URL]

A witness without a URL fetches checkpoints itself, or gets them as files. Each verifier chooses how many must
have cosigned.
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
    """A witness whose cosignatures this log accepts."""

    key: Key
    url: str | None


def known_witnesses(folder: Path) -> list[KnownWitness]:
    """The witnesses in the file ``witnesses``; none without that file. Raises `Unclear` for a malformed line."""
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
    """The request for a witness that last cosigned the log's first ``old`` entries.

    ``None`` without a checkpoint, or if ``old`` is larger than the newest one.
    """
    note = await published.newest(pool)
    checkpoint = parse_checkpoint(note) if note else None
    if note is None or checkpoint is None or old > checkpoint.size:
        return None
    return CosignRequest(old, tuple(await tree.consistency_proof(pool, old, checkpoint.size)), note)


def cosignatures(checkpoint: Checkpoint, lines: bytes, known: list[KnownWitness]) -> dict[Key, str]:
    """The signature lines by known witnesses among ``lines``, which sign ``checkpoint``.

    Raises `Unclear` for malformed lines, `Broken` for an invalid signature by a known witness.
    """
    signed = parse_checkpoint(checkpoint.text + b"\n" + lines)
    written = dict(zip((one[:2] for one in signed.signatures), lines.decode().splitlines(keepends=True), strict=True))
    return {key: written[key.name, key.id] for key, _ in signers(signed, [one.key for one in known])}


async def keep(pool: Pool, checkpoint: Checkpoint, found: dict[Key, str]) -> None:
    """Store cosignatures, so that they are published with their checkpoint. ``pool`` has the role ``sealer``."""
    for key, line in found.items():
        await pool.execute(
            """INSERT INTO ledger.cosignatures (origin, size, witness, line) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING""",
            checkpoint.origin, checkpoint.size, str(key), line,
        )  # fmt: skip


class Cosigners:
    """Asks the witnesses that have a URL. One for each sealer; ``pool`` has the role ``sealer``."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._seen: dict[Key, int] = {}

    async def ask(self) -> dict[str, str]:
        """Ask every witness that has not cosigned the newest checkpoint. Returns the errors by witness name."""
        newest = await published.newest_checkpoint(self._pool)
        if newest is None:
            return {}
        signed = {(name, id_) for name, id_, _ in newest.signatures}
        missing = [one for one in known_witnesses(self._folder) if one.url and (one.key.name, one.key.id) not in signed]
        faults = await asyncio.gather(*(self._ask(one) for one in missing))
        return {one.key.name: fault for one, fault in zip(missing, faults, strict=True) if fault}

    async def _ask(self, witness: KnownWitness) -> str | None:
        import httpx2  # noqa: PLC0415  (slow to load, and most logs have no witness)

        try:
            async with httpx2.AsyncClient(timeout=PATIENCE) as client:
                status, text = await self._post(client, witness, self._seen.get(witness.key, 0))
                if status == 409 and (size := text.strip()).isdigit() and len(size) < 19:
                    status, _ = await self._post(client, witness, int(size))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return type(error).__name__
        return None if status == 200 else f"HTTP {status}"

    async def _post(self, client: "AsyncClient", witness: KnownWitness, old: int) -> tuple[int, str]:
        """Post a request; returns the HTTP status and body."""
        asking = await request(self._pool, old)
        if asking is None:  # the witness has cosigned a larger log
            return 422, ""
        answer = await client.post(f"{(witness.url or '').rstrip('/')}/add-checkpoint", content=asking.encoded())
        if answer.status_code == 200:
            checkpoint = parse_checkpoint(asking.note)
            try:
                found = cosignatures(checkpoint, answer.content[:LONGEST], [witness])
            except CheckFailed:
                found = {}
            if not found:
                return 502, ""
            await keep(self._pool, checkpoint, found)
            self._seen[witness.key] = checkpoint.size
        return answer.status_code, answer.text
