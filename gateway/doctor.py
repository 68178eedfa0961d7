"""Checks of an installation, each with a hint on how to repair it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from audit import published
from gateway.state import GatewayState
from language import N_, _
from ledger.clock import database_time
from ledger.gateway_keys import trusted_gateway_keys
from ledger.identity import CLOCKS_APART
from ledger.migrate import migrations

LONGEST_WAIT: Final = timedelta(minutes=1)
"""How long a command may wait, or an entry may stay unsealed, before the check fails."""
_TIMEOUT: Final = 5.0
"""Seconds for one check."""

HINTS: Final[dict[str, str]] = {
    "ledger": N_("Start Postgres, or correct RUMBO_DATABASE_URL."),
    "migrations": N_("Run `rumbo admin migrate`."),
    "clock": N_("Set this machine's clock and Postgres' right; commands are judged by their time."),
    "gateway_key": N_("Restore the folder of the keys (RUMBO_KEYRING) from its backup, and start the gateway again."),
    "keyring": N_("Only its owner may read the folder of the keys: chmod 700."),
    "temporal": N_("Start Temporal, or correct RUMBO_TEMPORAL_ADDRESS. Commands are accepted meanwhile."),
    "worker": N_("Start a worker: `python -m worker`. Commands are accepted meanwhile."),
    "log": N_("See what the worker's log says. If the ledger is no extension of what was signed: `rumbo admin fork`."),
    "journal": N_("Commands wait. See whether a worker runs, and what its log says."),
}


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. ``name`` is a code; ``detail`` is a figure, or the type of the error."""

    name: str
    ok: bool
    detail: str

    def view(self) -> dict[str, Any]:
        hint = None if self.ok else _(HINTS[self.name])
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "hint": hint}


async def examine(gateway: GatewayState) -> list[Check]:
    """Run every check. One that raises or takes too long has failed; the others still run."""
    return [await _run(name, check(gateway)) for name, check in _CHECKS.items()]


async def _run(name: str, found: Awaitable[tuple[bool, str]]) -> Check:
    try:
        ok, detail = await asyncio.wait_for(found, _TIMEOUT)
    except Exception as error:  # any error is the finding
        return Check(name, False, type(error).__name__)
    return Check(name, ok, detail)


async def _ledger(gateway: GatewayState) -> tuple[bool, str]:
    size = await gateway.pool.fetchval("SELECT size FROM ledger.head")
    return True, f"{gateway.identity.origin} ({gateway.identity.mode}): {size}"


async def _migrations(gateway: GatewayState) -> tuple[bool, str]:
    known = len(migrations())
    applied = await gateway.pool.fetchval("SELECT to_regclass('ledger.people') IS NOT NULL")
    return bool(applied), str(known)


async def _clock(gateway: GatewayState) -> tuple[bool, str]:
    apart = abs(await database_time(gateway.pool) - datetime.now(UTC))
    return apart < CLOCKS_APART, f"{apart.total_seconds():.3f} s"


async def _gateway_key(gateway: GatewayState) -> tuple[bool, str]:
    key = (await trusted_gateway_keys(gateway.pool)).get(gateway.gateway_key)
    return key is not None and key.trusted_at(datetime.now(UTC)), gateway.gateway_key


async def _keyring(gateway: GatewayState) -> tuple[bool, str]:
    open_to_others = await asyncio.to_thread(lambda: gateway.settings.keyring.stat().st_mode & 0o077)
    return not open_to_others, str(gateway.settings.keyring)


async def _temporal(gateway: GatewayState) -> tuple[bool, str]:
    await gateway.client.service_client.check_health()
    return True, gateway.settings.temporal_address


async def _worker(gateway: GatewayState) -> tuple[bool, str]:
    request = DescribeTaskQueueRequest(
        namespace=gateway.client.namespace,
        task_queue=TaskQueue(name=gateway.settings.task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    pollers = (await gateway.client.workflow_service.describe_task_queue(request)).pollers
    return bool(pollers), str(len(pollers))


async def _journal(gateway: GatewayState) -> tuple[bool, str]:
    row = await gateway.pool.fetchrow(
        "SELECT count(*) AS waiting, clock_timestamp() - min(journalled_at) AS longest FROM ledger.journal "
        "WHERE handled_at IS NULL"
    )
    waiting, longest = (row["waiting"], row["longest"] or timedelta()) if row else (0, timedelta())
    return longest < LONGEST_WAIT, f"{waiting} / {longest.total_seconds():.0f} s"


async def _log(gateway: GatewayState) -> tuple[bool, str]:
    """Whether checkpoints cover all but the newest entries. A rehearsal has no checkpoints."""
    newest = await published.newest_checkpoint(gateway.pool)
    sealed = newest.size if newest else 0
    row = await gateway.pool.fetchrow(
        """SELECT EXISTS (SELECT FROM ledger.forks JOIN ledger.identity USING (origin)) AS forked, h.size,
             (SELECT clock_timestamp() - committed_at FROM ledger.events WHERE position = $1) AS longest
           FROM ledger.head h""",
        sealed,
    )
    forked, size, longest = (row["forked"], row["size"], row["longest"]) if row else (False, 0, None)
    waits = gateway.identity.mode == "live" and longest is not None and longest > LONGEST_WAIT
    return not forked and not waits, f"{sealed} / {size}"


_CHECKS: Final[dict[str, Callable[[GatewayState], Awaitable[tuple[bool, str]]]]] = {
    "ledger": _ledger,
    "migrations": _migrations,
    "clock": _clock,
    "keyring": _keyring,
    "gateway_key": _gateway_key,
    "temporal": _temporal,
    "worker": _worker,
    "journal": _journal,
    "log": _log,
}
