"""What the log publishes: its checkpoints with their cosignatures, and the tiles of the tree that they cover."""

import re
from typing import Any, Final

from audit import tree
from audit.tree import HEIGHT, WIDTH
from audit.verify import Checkpoint, parse_checkpoint
from ledger.connection import Pool

_STEP: Final = re.compile(r"x\d{3}")
_LAST: Final = re.compile(r"\d{3}")
_WIDTH: Final = re.compile(r"[1-9]\d{0,2}")
_DEEPEST: Final = 5
"""Most path elements of a tile's index: enough for 10^15 tiles."""


async def newest(pool: Pool) -> bytes | None:
    """The newest checkpoint under the ledger's origin, as a signed note; ``None`` before the first."""
    row = await pool.fetchrow(_NOTE + "ORDER BY c.size DESC LIMIT 1")
    return _note(row)


async def of_size(pool: Pool, size: int) -> bytes | None:
    """The checkpoint of this size, as a signed note."""
    return _note(await pool.fetchrow(_NOTE + "AND c.size = $1", size))


async def newest_checkpoint(pool: Pool) -> Checkpoint | None:
    """The newest checkpoint, parsed."""
    note = await newest(pool)
    return parse_checkpoint(note) if note else None


async def tile(pool: Pool, level: int, index: int, width: int) -> bytes | None:
    """A tile's concatenated hashes (C2SP tlog-tiles); ``None`` if no checkpoint covers it."""
    first = index * WIDTH
    newest_one = await newest_checkpoint(pool)
    if newest_one is None or (first + width) > newest_one.size >> HEIGHT * level:
        return None
    return b"".join(await tree.hashes(pool, level, first, first + width))


def tile_path(text: str) -> tuple[int, int] | None:
    """Index and width of a tile from its path, ``x001/x234/067`` or ``000.p/5``; ``None`` if malformed."""
    path, partial, rest = text.partition(".p/")
    *steps, last = path.split("/")
    if len(steps) >= _DEEPEST or not all(map(_STEP.fullmatch, steps)) or not _LAST.fullmatch(last):
        return None
    if steps and steps[0] == "x000":
        return None
    width = WIDTH
    if partial:
        if not _WIDTH.fullmatch(rest) or int(rest) >= WIDTH:
            return None
        width = int(rest)
    return int("".join(step[1:] for step in steps) + last), width


_NOTE: Final = """SELECT c.note, (SELECT string_agg(s.line, '' ORDER BY s.witness) FROM ledger.cosignatures s
                   WHERE s.origin = c.origin AND s.size = c.size) AS cosigned
                  FROM ledger.checkpoints c JOIN ledger.identity USING (origin) WHERE true """


def _note(row: Any) -> bytes | None:
    return (row["note"] + (row["cosigned"] or "")).encode() if row else None
