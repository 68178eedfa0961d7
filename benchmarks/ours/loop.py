"""Many plans at once, each with one full cycle, through the gateway and with every proof: signed, chained, sealed."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.commands import cycle
from benchmarks.contender import Lost
from benchmarks.ours.engine import GatewayClient, gateway_client
from benchmarks.rounds import Message, Round, play
from benchmarks.story import plan_file


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers = itertools.count()
    async with gateway_client(setup) as client:

        async def one(request: Message) -> Message:
            plans = [f"loop-{next(numbers)}" for _ in range(request["plans"])]
            began = time.perf_counter()
            sent = await asyncio.gather(*(_live(client, plan, request) for plan in plans))
            took = time.perf_counter() - began
            await _require_all(client, plans, sum(sent))
            return {"rate": sum(sent) / took, "commands": sum(sent), "seconds": took}

        yield one


async def _live(client: GatewayClient, plan: str, request: Message) -> int:
    """Send a cycle's commands in order. The journal keeps the order, so the last outcome comes after all others."""
    await client.send(plan, {"command": "start_plan", "definition": plan_file(plan)}, wait=False)
    commands = list(cycle(request["reports"], request["reflections"], request["corrections"]))
    for command in commands[:-1]:
        await client.send(plan, command, wait=False)
    await client.send(plan, commands[-1])
    return len(commands) + 1


async def _require_all(client: GatewayClient, plans: list[str], sent: int) -> None:
    rows = await client.pool.fetch(
        "SELECT outcome, code, count(*) FROM ledger.outcomes WHERE plan = ANY($1) AND actor <> 'mailbox' GROUP BY 1, 2",
        plans,
    )
    if [(row["outcome"], row["count"]) for row in rows] != [("recorded", sent)]:
        raise Lost(f"of {sent} commands: {[dict(row) for row in rows]}")


if __name__ == "__main__":
    play(program)
