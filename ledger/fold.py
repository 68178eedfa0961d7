"""State = fold: a plan at any version, or as of any two moments, made from nothing but its entries.

Generic over the port: whoever has an empty state, reads events and evolves can be folded.
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
from ledger.connection import Pool
from ledger.envelope import ZERO_HASH, decode_entry

State = TypeVar("State")


class FoldPort(Protocol[State]):
    """What folding asks of a port; ``domain.PLAN`` is one."""

    @property
    def empty(self) -> State: ...
    def read(self, kind: str, schema: int, data: str | bytes, /) -> Event: ...
    def evolve(self, plan: State, entry: Entry, /) -> State: ...


@dataclass(frozen=True, slots=True)
class Folded(Generic[State]):
    """A state, the version it stands at, and the leaf hash of that entry: what the next append must name."""

    state: State
    version: int
    last_hash: bytes


async def current(port: FoldPort[State], pool: Pool, plan: str) -> Folded[State]:
    """The plan as it stands now, folded from its start. Raises what ``port.read`` raises."""
    folded, _ = await fold_from(port, pool, plan, None)
    return folded


async def fold_from(
    port: FoldPort[State], pool: Pool, plan: str, since: Folded[State] | None, most: int | None = None
) -> tuple[Folded[State], bool]:
    """The plan folded on from ``since``, by at most so many entries; and whether there may be more.

    From its start where the entry that ``since`` stands at is another now, in a ledger that was set back. Raises what
    ``port.read`` raises.
    """
    began = since or Folded(port.empty, 0, ZERO_HASH)
    state, version, last_hash = began.state, began.version, began.last_hash
    stands = version == 0
    async for page in log.lines(pool, plan, after=max(version - 1, 0), upto=version + most if most else None):
        if not stands:
            stands = page[0].leaf_hash == last_hash
            if not stands:
                break
            del page[0]
        with gc_paused():
            for number, envelope, data, _ in page:
                state = port.evolve(state, decode_entry(plan, number, envelope, data, port.read))
        if page:
            version, last_hash = page[-1].version, page[-1].leaf_hash
    if not stands:
        return await fold_from(port, pool, plan, None, most)
    return Folded(state, version, last_hash), version - began.version == most


async def state_at(
    port: FoldPort[State],
    pool: Pool,
    plan: str,
    *,
    version: int | None = None,
    effective: datetime | None = None,
    recorded: datetime | None = None,
) -> State:
    """The fold, in stream order, of the entries up to ``version`` that were in effect and recorded by those moments.

    What is not given does not cut. The rules that make such a cut closed are the domain's.
    """
    state = port.empty
    async for page in log.lines(pool, plan, upto=version):
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
    """Folding makes no garbage in circles and keeps most of what it makes: the collector, which looks through that
    again and again, took four tenths of its time. Not to be held over an await.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
