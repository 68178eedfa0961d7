"""One course correction after another to one plan: from its signal until what came of it is on disk."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from activities.contract import CommandSignal
from benchmarks.commands import correction
from benchmarks.contender import Lost
from benchmarks.ours.engine import GatewayClient, HandleTimes, gateway_client, partner, working
from benchmarks.rounds import Message, Round, play
from gateway.access.callers import Sender
from gateway.sending.parsing import parse_command
from gateway.sending.signalling import signal_command
from gateway.sending.signing import Signer
from ledger import journal
from ledger.keyring import Keyring
from ledger.outcomes import outcome_of


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    times, numbers = HandleTimes(), itertools.count()
    async with gateway_client(setup) as client, working(setup, times):
        await client.start("single")
        keyring = Keyring(Path(setup["keyring"]))
        signer = Signer(keyring, "bench.example/ledger", keyring.gateway_key())

        async def one(request: Message) -> Message:
            seconds = [await _one(client, signer, times, next(numbers), setup) for _ in range(request["count"])]
            return {"seconds": seconds}

        yield one


async def _one(client: GatewayClient, signer: Signer, times: HandleTimes, number: int, setup: Message) -> float:
    """The command is signed and journalled first; what is timed begins with its signal."""
    command = correction(number) | {"id": f"correction-{number}"}
    body = command["on_behalf_of"]
    sender = Sender(partner(body).actor, "partner", body)
    row = (
        await journal.accept(client.pool, signer.signed("single", sender, parse_command(command), datetime.now(UTC)))
    ).row
    began = time.perf_counter()
    await signal_command(
        client.client, setup["queue"], row.plan, row.kind, CommandSignal(command=row.command, number=row.number)
    )
    took = await times.after(began) - began
    recorded = await outcome_of(client.pool, row.plan, row.actor, row.command)
    if recorded is None or recorded.outcome.outcome != "recorded":
        raise Lost(f"a course correction ended as {recorded}")
    return took


if __name__ == "__main__":
    play(program)
