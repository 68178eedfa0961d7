"""State = fold: a plan's state at any version, or as of any two moments, computed from its entries alone.

Generic over the port: an empty state, a parser of events and an evolve function.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from domain.kernel.entry import Entry
from domain.kernel.event import Event
from ledger import log
from ledger.connection import Pool, Queryable
from ledger.envelope import ZERO_HASH, decode_entry

State = TypeVar("State")


class FoldPort(Protocol[State]):
    """What folding needs of a port; ``domain.PLAN`` has it."""

    @property
    def empty(self) -> State: ...
    def read(self, kind: str, schema: int, data: str | bytes, /) -> Event: ...
    def evolve(self, plan: State, entry: Entry, /) -> State: ...


@dataclass(frozen=True, slots=True)
class Folded(Generic[State]):
    """A state, its version, and the leaf hash of the entry at that version: what the next write must name."""

    state: State
    version: int
    last_hash: bytes


async def current(port: FoldPort[State], pool: Pool, plan: str) -> Folded[State]:
    """The plan's present state, folded from its first entry. Raises what ``port.evolve`` raises."""
    async with pool.acquire() as connection:
        folded, _ = await fold_from(port, connection, plan, None)
    return folded


async def fold_from(
    port: FoldPort[State], ledger: Queryable, plan: str, since: Folded[State] | None, most: int | None = None
) -> tuple[Folded[State], bool]:
    """The state after up to ``most`` further entries (all without it), and whether there may be more.

    Folds from ``since``, or from the first entry if the ledger was set back and the entry at ``since.version`` now has
    another hash. Give one connection for a long history: each return to a pool leaves a timer, which outlives the
    state by minutes, and Python gives a mebibyte of memory back only when nothing at all is left in it. Raises what
    ``port.evolve`` raises for an unknown kind; an event that cannot be read is found when it is first used.
    """
    base = since or Folded(port.empty, 0, ZERO_HASH)
    state, version, last_hash = base.state, base.version, base.last_hash
    base_found, read = version == 0, port.read
    async for page in log.fold_pages(ledger, plan, after=max(version - 1, 0), upto=version + most if most else None):
        if not base_found:
            base_found = page[0].leaf_hash == last_hash
            if not base_found:
                break
            del page[0]
        with gc_paused():
            for number, envelope, data, _ in page:
                state = port.evolve(state, decode_entry(plan, number, envelope, data, read))
        if page:
            version, last_hash = page[-1].version, page[-1].leaf_hash
    if not base_found:
        return await fold_from(port, ledger, plan, None, most)
    return Folded(state, version, last_hash), version - base.version == most


async def state_at(
    port: FoldPort[State],
    pool: Pool,
    plan: str,
    *,
    version: int | None = None,
    effective: datetime | None = None,
    recorded: datetime | None = None,
) -> State:
    """The fold, in stream order, of the entries up to ``version`` that are effective and recorded by these moments.

    A limit that is ``None`` excludes no entry. The domain's rules make sure that the selected entries refer only to
    each other.
    """
    state = port.empty
    async for page in log.fold_pages(pool, plan, upto=version):
        with gc_paused():
            for number, envelope, data, _ in page:
                entry = decode_entry(plan, number, envelope, data, port.read)
                if (effective is None or entry.effective_at <= effective) and (
                    recorded is None or entry.recorded_at <= recorded
                ):
                    state = port.evolve(state, entry)
    return state


@contextmanager
def gc_paused() -> Iterator[None]:
    """Disable garbage collection for a block. Never hold this over an await.

    A fold creates no reference cycles and keeps most of its objects; scanning them again and again took 40 % of the
    time of a fold.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
