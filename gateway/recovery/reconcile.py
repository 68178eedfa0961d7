"""Compares Temporal with the ledger and the journal, plan by plan.

Where they differ, the ledger is right, provided that it is complete. For as long as Temporal keeps histories, they show
which commands were signalled. A signalled command that the journal lacks was accepted by a ledger that is gone: for
example, an older backup was restored.
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
"""Seconds for which a waiting command is normal."""
SECOND_LOOK: Final = 1.0
"""Seconds until a run that differs is compared again: the state of a busy plan changes during the comparison."""

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
"""Each kind of difference, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between Temporal and the ledger. ``code`` is one of `DIFFERENCES`."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


async def known_plans(pool: Pool, client: Client) -> list[str]:
    """The names of all plans in the ledger, the journal or Temporal, sorted."""
    rows = await pool.fetch("SELECT plan FROM ledger.streams UNION SELECT DISTINCT plan FROM ledger.journal")
    runs = client.list_workflows(f'WorkflowId STARTS_WITH "{workflow_id("")}"')
    return sorted(
        filter(is_plan_name, {row["plan"] for row in rows} | {plan_of_workflow(one.id) async for one in runs})
    )


async def differences(pool: Pool, client: Client, plan: str) -> list[Difference]:
    """The differences between Temporal and the ledger for one plan. Raises what either client raises."""
    found = await _run_differences(pool, client, plan)
    if found:
        await asyncio.sleep(SECOND_LOOK)
        second = await _run_differences(pool, client, plan)
        found = [one for one in second if one.code in {first.code for first in found}]
    return found + await _journal_differences(pool, plan) + await _signal_differences(pool, client, plan)


async def _last_run(client: Client, plan: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(workflow_id(plan)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _run_differences(pool: Pool, client: Client, name: str) -> list[Difference]:
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
        Difference("agenda_differs", {"field": name, "shown": _text(shown.get(key)), "recorded": _text(recorded[name])})
        for name, key in SEARCH_ATTRIBUTES.items()
        if _text(shown.get(key)) != _text(recorded[name])
    ]


async def _journal_differences(pool: Pool, plan: str) -> list[Difference]:
    row = await pool.fetchrow(
        """SELECT count(*) AS count, min(journalled_at) AS since FROM ledger.journal
           WHERE plan = $1 AND handled_at IS NULL AND journalled_at < clock_timestamp() - make_interval(secs => $2)""",
        plan, SETTLING,
    )  # fmt: skip
    if not row or not row["count"]:
        return []
    return [Difference("waiting", {"count": str(row["count"]), "since": _text(row["since"])})]


async def _signal_differences(pool: Pool, client: Client, plan: str) -> list[Difference]:
    """Commands that were signalled in any run that Temporal remembers, and that the journal lacks.

    A command that was lost and then resent is in the journal under another number, accepted after the signal. It is
    no difference.
    """
    signalled = {(signal.number, signal.command): when async for signal, when in _signals(client, plan)}
    numbers, commands = [number for number, _ in signalled], [command for _, command in signalled]
    rows = await pool.fetch(
        """SELECT number, command, accepted_at FROM ledger.journal
           WHERE plan = $1 AND (number = ANY($2::bigint[]) OR command = ANY($3::text[]))""",
        plan, numbers, commands,
    )  # fmt: skip
    journalled = {row["number"]: row["command"] for row in rows}
    return [
        Difference(
            "not_in_journal",
            {"command": command[:100], "number": str(number), "standing": journalled.get(number) or "-"},
        )
        for (number, command), when in sorted(signalled.items())
        if journalled.get(number) != command
        and not any(row["command"] == command and row["accepted_at"] > when for row in rows)
    ]


async def _signals(client: Client, plan: str) -> AsyncIterator[tuple[CommandSignal, datetime]]:
    """Each signal that names a command, and when Temporal received it."""
    async for run in client.list_workflows(f'WorkflowId = "{workflow_id(plan)}"'):
        history = client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events()
        async for event in history:
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                payloads = event.workflow_execution_signaled_event_attributes.input.payloads
                if len(payloads) == 1 and (signal := _signal(payloads[0].data)):
                    yield signal, event.event_time.ToDatetime(tzinfo=UTC)


def _signal(data: bytes) -> CommandSignal | None:
    """The signal in a payload; ``None`` if it has another form: any Temporal client can signal anything."""
    try:
        signal = CommandSignal.model_validate_json(data)
    except ValidationError:
        return None
    return signal if 0 < signal.number < 2**63 and "\0" not in signal.command else None


def _text(value: Any) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            return str(value)
