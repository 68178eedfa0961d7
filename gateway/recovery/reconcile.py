"""What Temporal still has, held against the ledger and the journal, plan by plan.

Where they differ the ledger is right, if it is the whole ledger. Temporal remembers, for as long as it keeps histories,
which commands it was told of: one that the journal does not hold was accepted by a ledger that is gone, as after the
restore of an older backup.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import SEARCH_ATTRIBUTES, CommandSignal, plan_of_workflow, workflow_id
from domain import PLAN
from gateway.plan_names import is_plan_name
from language import N_
from ledger import fold
from ledger.connection import Pool

SETTLING: Final = 30.0
"""Seconds for which what waits is on its way."""
SECOND_LOOK: Final = 1.0
"""Seconds after which a run that differed is looked at again: a plan at work is never quite the same twice."""

DIFFERENCES: Final[dict[str, str]] = {
    "not_running": N_("The plan is {status}, and no loop of it runs. `rumbo admin recover` starts it."),
    "still_running": N_("The plan is closed, and a loop of it runs. It ends by itself once a worker comes to it."),
    "never_recorded": N_("Temporal runs a loop for a plan that the ledger does not know."),
    "agenda_differs": N_(
        "Its loop shows {field} {shown}, the ledger {recorded}. It has not come to the plan's last entries; "
        "if that lasts, see whether a worker runs, or terminate the run and `rumbo admin recover`."
    ),
    "waiting": N_(
        "Commands wait: {count}, the oldest since {since}. See whether a worker runs, and what its log says."
    ),
    "not_in_journal": N_(
        "Temporal was told of the command {command} as number {number}, and the journal has {standing} there. Either "
        "the ledger was restored from a backup older than that, and its sender should send it again, or it was forged."
    ),
}
"""Everything that can differ, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which Temporal and the ledger do not agree. ``code`` is one of `DIFFERENCES`."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


async def known_plans(pool: Pool, client: Client) -> list[str]:
    """Every plan that the ledger, the journal or Temporal knows, in order."""
    rows = await pool.fetch("SELECT plan FROM ledger.streams UNION SELECT DISTINCT plan FROM ledger.journal")
    runs = client.list_workflows(f'WorkflowId STARTS_WITH "{workflow_id("")}"')
    return sorted(
        filter(is_plan_name, {row["plan"] for row in rows} | {plan_of_workflow(one.id) async for one in runs})
    )


async def differences(pool: Pool, client: Client, plan: str) -> list[Difference]:
    """In what Temporal and the ledger differ about one plan. Raises what either client raises."""
    found = await _of_run(pool, client, plan)
    if found:
        await asyncio.sleep(SECOND_LOOK)
        again = await _of_run(pool, client, plan)
        found = [one for one in again if one.code in {first.code for first in found}]
    return found + await _of_journal(pool, plan) + await _of_knocks(pool, client, plan)


async def _last_run(client: Client, plan: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(workflow_id(plan)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _of_run(pool: Pool, client: Client, name: str) -> list[Difference]:
    run = await _last_run(client, name)
    plan = (await fold.current(PLAN, pool, name)).state
    if run is None or run.status is not WorkflowExecutionStatus.RUNNING:
        return [Difference("not_running", {"status": plan.status})] if plan.status in ("open", "paused") else []
    if not plan.version:
        return [Difference("never_recorded")]
    if plan.status == "closed":
        return [Difference("still_running")]
    shown = {pair.key.name: pair.value for pair in run.typed_search_attributes}
    recorded = {
        "status": plan.status, "phase": plan.phase, "cycle": plan.cycle, "deadline": PLAN.agenda(plan)
    }  # fmt: skip
    return [
        Difference("agenda_differs", {"field": name, "shown": _said(shown.get(key)), "recorded": _said(recorded[name])})
        for name, key in SEARCH_ATTRIBUTES.items()
        if _said(shown.get(key)) != _said(recorded[name])
    ]


async def _of_journal(pool: Pool, plan: str) -> list[Difference]:
    row = await pool.fetchrow(
        """SELECT count(*) AS count, min(journalled_at) AS since FROM ledger.journal
           WHERE plan = $1 AND handled_at IS NULL AND journalled_at < clock_timestamp() - make_interval(secs => $2)""",
        plan, SETTLING,
    )  # fmt: skip
    if not row or not row["count"]:
        return []
    return [Difference("waiting", {"count": str(row["count"]), "since": _said(row["since"])})]


async def _of_knocks(pool: Pool, client: Client, plan: str) -> list[Difference]:
    """Commands of which Temporal was told, in any run that it remembers, and which the journal does not hold.

    One that was lost and then sent again stands there under another number: accepted later than Temporal was told.
    """
    told = {(knock.number, knock.command): when async for knock, when in _knocks(client, plan)}
    numbers, commands = [number for number, _ in told], [command for _, command in told]
    rows = await pool.fetch(
        """SELECT number, command, accepted_at FROM ledger.journal
           WHERE plan = $1 AND (number = ANY($2::bigint[]) OR command = ANY($3::text[]))""",
        plan, numbers, commands,
    )  # fmt: skip
    standing = {row["number"]: row["command"] for row in rows}
    return [
        Difference(
            "not_in_journal",
            {"command": command[:100], "number": str(number), "standing": standing.get(number) or "-"},
        )
        for (number, command), when in sorted(told.items())
        if standing.get(number) != command
        and not any(row["command"] == command and row["accepted_at"] > when for row in rows)
    ]


async def _knocks(client: Client, plan: str) -> AsyncIterator[tuple[CommandSignal, datetime]]:
    """Each knock, and when Temporal was told."""
    async for run in client.list_workflows(f'WorkflowId = "{workflow_id(plan)}"'):
        history = client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events()
        async for event in history:
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                payloads = event.workflow_execution_signaled_event_attributes.input.payloads
                if len(payloads) == 1 and (knock := _knock(payloads[0].data)):
                    yield knock, event.event_time.ToDatetime(tzinfo=UTC)


def _knock(data: bytes) -> CommandSignal | None:
    """A knock, if that is what it is: anybody can signal anything."""
    try:
        knock = CommandSignal.model_validate_json(data)
    except ValidationError:
        return None
    return knock if 0 < knock.number < 2**63 and "\0" not in knock.command else None


def _said(value: Any) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            return str(value)
