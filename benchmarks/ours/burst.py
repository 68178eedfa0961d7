"""Many commands to one plan at once, through the gateway, each until its outcome is recorded and answered."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.commands import correction
from benchmarks.contender import Lost
from benchmarks.ours.engine import GatewayClient, gateway_client
from benchmarks.rounds import Message, Round, play


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    numbers = itertools.count()
    async with gateway_client(setup) as client:

        async def one(request: Message) -> Message:
            plan = f"burst-{next(numbers)}"
            await client.start(plan)
            began = time.perf_counter()
            await asyncio.gather(*(client.send(plan, correction(number)) for number in range(request["count"])))
            took = time.perf_counter() - began
            await _require_all(client, plan, request["count"])
            return {"rate": request["count"] / took}

        yield one


async def _require_all(client: GatewayClient, plan: str, count: int) -> None:
    """Hold that each is in the record, once."""
    recorded = await client.pool.fetchval(
        """SELECT count(DISTINCT o.command) FROM ledger.events e
           JOIN ledger.outcomes o ON o.plan = e.plan AND o.versions = ARRAY[e.version]
           WHERE e.plan = $1 AND e.kind = 'correction_proposed'""",
        plan,
    )
    if recorded != count:
        raise Lost(f"of {count} course corrections {recorded} are in the record")


if __name__ == "__main__":
    play(program)
