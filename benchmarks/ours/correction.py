"""One course correction after another to one plan: from its signal until what came of it is on disk."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from activities.contract import CommandSignal
from benchmarks.contender import Lost
from benchmarks.ours.engine import Doorstep, Noted, doorstep, partner, working
from benchmarks.rounds import Asked, Round, play
from benchmarks.said import correction
from gateway.access.callers import Sender
from gateway.sending.parsing import parse_command
from gateway.sending.signalling import signal_command
from gateway.sending.signing import Signer
from ledger import journal
from ledger.keyring import Keyring
from ledger.outcomes import outcome_of


@asynccontextmanager
async def program(asked: Asked) -> AsyncIterator[Round]:
    noted, numbers = Noted(), itertools.count()
    async with doorstep(asked) as outside, working(asked, noted):
        await outside.start("single")
        keyring = Keyring(Path(asked["keyring"]))
        signer = Signer(keyring, "bench.example/ledger", keyring.gateway_key())

        async def one(said: Asked) -> Asked:
            return {"seconds": [await _one(outside, signer, noted, next(numbers), asked) for _ in range(said["count"])]}

        yield one


async def _one(outside: Doorstep, signer: Signer, noted: Noted, number: int, asked: Asked) -> float:
    """The command is signed and journalled first; what is timed begins with its signal."""
    said = correction(number) | {"id": f"correction-{number}"}
    body = said["on_behalf_of"]
    sender = Sender(partner(body).actor, "partner", body)
    row = (
        await journal.accept(outside.pool, signer.signed("single", sender, parse_command(said), datetime.now(UTC)))
    ).row
    began = time.perf_counter()
    await signal_command(
        outside.client, asked["queue"], row.plan, row.kind, CommandSignal(command=row.command, number=row.number)
    )
    took = await noted.after(began) - began
    stood = await outcome_of(outside.pool, row.plan, row.actor, row.command)
    if stood is None or stood.outcome.outcome != "recorded":
        raise Lost(f"a course correction came to {stood}")
    return took


if __name__ == "__main__":
    play(program)
