"""Reads of plans: present and past states, histories, exports. All are folds of the ledger; none asks Temporal.

A plan's present state is cached and brought up to date with the entries since. A past state is folded from the start.
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
from domain.plan_file.calendar import Calendar
from gateway.access.callers import Caller
from gateway.plan_names import UnknownPlan, require_plan_name
from gateway.reading.point_in_time import NoSuchPoint, PointInTime, parse_moment
from ledger import fold, log
from ledger.connection import Pool
from ledger.read_model import PlanRow, plan_rows
from ledger.state_cache import StateCache

MAX_SCANNED: Final = 20_000
"""Entries that one page of a filtered history reads at most."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a history. ``next`` is the version after which the following page begins; ``None`` on the last one."""

    entries: list[dict[str, Any]]
    next: int | None


class Reads:
    """Present and past plans. One per gateway process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._states = StateCache(PLAN, pool)

    async def current(self, plan: str) -> Plan:
        """A plan's present state. Raises ``UnknownPlan``; ``UnknownKind`` if the ledger is newer than this code."""
        require_plan_name(plan)
        state = (await self._states.current(plan)).state
        if state.status == "unknown":
            raise UnknownPlan(plan)
        return state

    async def at(self, plan: str, point: PointInTime) -> Plan:
        """A plan's state at a point in time. Raises ``UnknownPlan``, ``NoSuchPoint``."""
        now = await self.current(plan)
        if point.is_now:
            return now
        if point.at_version is not None and not 1 <= point.at_version <= now.version:
            raise NoSuchPoint("no_such_entry", given=str(point.at_version), last=str(now.version))
        effective, recorded = _limits(point, now.defined.calendar())
        state = await fold.state_at(
            PLAN, self._pool, plan, version=point.at_version, effective=effective, recorded=recorded
        )
        if state.status == "unknown":
            raise NoSuchPoint("nothing_yet", plan=plan)
        return state

    async def history(self, plan: str, caller: Caller, after: int, limit: int, kind: str | None) -> Page:
        """A page of a plan's entries, in order; with ``kind``, only these. Raises ``UnknownPlan``."""
        state = await self.current(plan)
        views: list[dict[str, Any]] = []
        scanned = after
        async for entry, hash_ in self.entries(plan, after):
            if len(views) == limit or entry.version > after + MAX_SCANNED:
                return Page(views, scanned)
            scanned = entry.version
            if kind is None or entry.kind == kind:
                views.append(entry_view(entry, hash_, caller.may_see(), state))
        return Page(views, None)

    async def entries(self, plan: str, after: int = 0) -> AsyncIterator[tuple[Entry, str]]:
        """A plan's entries after a version, each with its leaf hash in hex."""
        async for one in log.entries(self._pool, plan, after=after):
            yield one.decode(PLAN.read), one.leaf_hash.hex()

    async def steps(self, plan: str, point: PointInTime) -> AsyncIterator[ReplayStep]:
        """The entries that make up a state, each with the plan before and after it. Raises what ``at`` raises."""
        effective, recorded = _limits(point, (await self.current(plan)).defined.calendar())
        before = PLAN.empty
        async for entry, hash_ in self.entries(plan):
            if point.at_version is not None and entry.version > point.at_version:
                return
            in_effect = effective is None or entry.effective_at <= effective
            if in_effect and (recorded is None or entry.recorded_at <= recorded):
                step = ReplayStep(entry, hash_, before, PLAN.evolve(before, entry))
                yield step
                before = step.after

    async def export_content(self, plan: str, origin: str, reach: Reach) -> ExportContent:
        """A plan's whole history, for an export. Raises ``UnknownPlan``."""
        now = await self.current(plan)
        note = await published.newest(self._pool)
        size = parse_checkpoint(note).size if note else 0
        entries, covered = [], 0
        async for one in log.entries(self._pool, plan, upto=now.version):
            entries.append((one.decode(PLAN.read), one.leaf_hash.hex()))
            covered += one.position < size
        sealed = Coverage(note.decode(), covered) if note and covered else None
        return ExportContent(origin, entries, now, reach, made_at=datetime.now(UTC), sealed=sealed)

    async def plans(self, after: str, limit: int, status: str | None) -> tuple[list[PlanRow], str | None]:
        """A page of plans by name, and the name after which the next page begins (``None`` on the last one)."""
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


def _limits(point: PointInTime, calendar: Calendar) -> tuple[datetime | None, datetime | None]:
    """The limits of a point on the effective and on the recorded clock. Raises ``NoSuchPoint``."""
    return (
        parse_moment(point.as_of, calendar) if point.as_of else None,
        parse_moment(point.recorded_by, calendar) if point.recorded_by else None,
    )
