"""Everything that is asked and changes nothing. Folds of the ledger; no read passes through Temporal.

The present state of a plan is kept and caught up by the entries since. A state of the past is folded from its start.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from audit import published
from audit.exports.content import Coverage, ExportContent, Reach
from audit.history import entry_view
from audit.replay import ReplayStep
from audit.verify import parse_checkpoint
from domain import PLAN
from domain.kernel.entry import Entry
from domain.plan import Plan
from gateway.access.callers import Caller
from gateway.plan_names import UnknownPlan, require_plan_name
from gateway.reading import point_in_time
from gateway.reading.point_in_time import NoSuchPoint
from ledger import fold, log
from ledger.connection import Pool
from ledger.read_model import PlanRow, plan_rows
from ledger.state_cache import StateCache

SCANNED: Final = 20_000
"""Entries that one page of a filtered history looks through at most."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """Which state of a plan is asked for. What is not given does not cut."""

    as_of: str | None = None
    """By the effective clock: a date or a moment."""
    recorded_by: str | None = None
    """By the recorded clock."""
    at_version: int | None = None

    @property
    def is_now(self) -> bool:
        return self.as_of is None and self.recorded_by is None and self.at_version is None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a history, and after which version the next one begins; ``None`` at the end."""

    entries: list[dict[str, Any]]
    next: int | None


class Reads:
    """The plans as they are and as they were. One to a gateway process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept = StateCache(PLAN, pool)

    async def current(self, plan: str) -> Plan:
        """A plan as it stands. Raises ``UnknownPlan``; ``UnknownKind`` where the ledger is newer than this code."""
        require_plan_name(plan)
        state = (await self._kept.current(plan)).state
        if state.status == "unknown":
            raise UnknownPlan(plan)
        return state

    async def at(self, plan: str, when: PointInTime) -> Plan:
        """A plan as it was. Raises ``UnknownPlan``, ``NoSuchPoint``."""
        now = await self.current(plan)
        if when.is_now:
            return now
        if when.at_version is not None and not 1 <= when.at_version <= now.version:
            raise NoSuchPoint("no_such_entry", given=str(when.at_version), last=str(now.version))
        calendar = now.defined.calendar()
        state = await fold.state_at(
            PLAN,
            self._pool,
            plan,
            version=when.at_version,
            effective=point_in_time.moment(when.as_of, calendar) if when.as_of else None,
            recorded=point_in_time.moment(when.recorded_by, calendar) if when.recorded_by else None,
        )
        if state.status == "unknown":
            raise NoSuchPoint("nothing_yet", plan=plan)
        return state

    async def history(self, plan: str, caller: Caller, after: int, limit: int, kind: str | None) -> Page:
        """A page of a plan's entries, in order. Raises ``UnknownPlan``."""
        state = await self.current(plan)
        views: list[dict[str, Any]] = []
        scanned = after
        async for entry, hash_ in self.entries(plan, after):
            if len(views) == limit or entry.version > after + SCANNED:
                return Page(views, scanned)
            scanned = entry.version
            if kind is None or entry.kind == kind:
                views.append(entry_view(entry, hash_, caller.may_see(), state))
        return Page(views, None)

    async def entries(self, plan: str, after: int = 0) -> AsyncIterator[tuple[Entry, str]]:
        """A plan's entries after a version, each with its leaf hash in hex."""
        async for one in log.entries(self._pool, plan, after=after):
            yield one.decode(PLAN.read), one.leaf_hash.hex()

    async def steps(self, plan: str, when: PointInTime) -> AsyncIterator[ReplayStep]:
        """The entries that a state is made of, each with the plan before and after it. Raises what `at` raises."""
        calendar = (await self.current(plan)).defined.calendar()
        effective = point_in_time.moment(when.as_of, calendar) if when.as_of else None
        recorded = point_in_time.moment(when.recorded_by, calendar) if when.recorded_by else None
        before = PLAN.empty
        async for entry, hash_ in self.entries(plan):
            if when.at_version is not None and entry.version > when.at_version:
                return
            in_effect = effective is None or entry.effective_at <= effective
            if in_effect and (recorded is None or entry.recorded_at <= recorded):
                step = ReplayStep(entry, hash_, before, PLAN.evolve(before, entry))
                yield step
                before = step.after

    async def told(self, plan: str, origin: str, reach: Reach) -> ExportContent:
        """A plan's whole history, to be exported. Raises ``UnknownPlan``."""
        now = await self.current(plan)
        note = await published.newest(self._pool)
        size = parse_checkpoint(note).size if note else 0
        entries, covered = [], 0
        async for one in log.entries(self._pool, plan, upto=now.version):
            entries.append((one.decode(PLAN.read), one.leaf_hash.hex()))
            covered += one.position < size
        sealed = Coverage(note.decode(), covered) if note and covered else None
        return ExportContent(origin, entries, now, reach, made_at=datetime.now(UTC), sealed=sealed)

    async def entry_time(self, plan: str, version: int) -> datetime | None:
        """When an entry took effect; ``None`` if there is no such entry."""
        async for entry, _ in self.entries(plan, version - 1):
            return entry.effective_at
        return None

    async def plans(self, after: str, limit: int, status: str | None) -> tuple[list[PlanRow], str | None]:
        """Plans by name, and after which the next page begins."""
        found: list[PlanRow] = []
        while True:
            rows = await plan_rows(self._pool, after, limit + 1)
            for row in rows:
                if len(found) == limit:
                    return found, found[-1].plan
                if status is None or row.summary.get("status") == status:
                    found.append(row)
            if len(rows) <= limit:
                return found, None
            after = rows[-1].plan
