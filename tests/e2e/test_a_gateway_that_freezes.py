"""A gateway that freezes between accepting and journalling a command does not make its sender late."""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx2

from embedded import postgres
from tests.chaos.wire import Wire
from tests.e2e.test_losing_temporal import Player
from tests.integration.gateway.conftest import alone, settings, working  # noqa: F401  the fixtures
from tests.integration.gateway.running import Running, report
from tests.integration.gateway.test_recovery import until
from tests.integration.gateway.test_running import free_port


async def has_closed(running: Running) -> bool:
    return "phase_closed" in [one["kind"] for one in await running.entries()]


async def test_a_punctual_command_stays_punctual_though_the_gateway_froze_over_the_deadline(
    alone: Running,  # noqa: F811
    postgres_cluster: postgres.Cluster,
    tmp_path: Path,
) -> None:
    """The gateway has signed the command, and is frozen until the deadline has passed, before it journals it."""
    works = await alone.client("partner", bodies=("works",))
    player = Player(alone, works, works)
    async with Wire(tmp_path / "wire", postgres_cluster.sockets).laid() as wire, working(alone.settings):
        other = replace(
            alone.settings,
            gateway_port=free_port(),
            database_url=alone.settings.database_url.partition("?")[0] + f"?host={wire.folder}",
        )
        gateway = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway"), env=other.environment(), stderr=asyncio.subprocess.PIPE
        )
        assert gateway.stderr is not None
        try:
            while b"ready" not in await asyncio.wait_for(gateway.stderr.readline(), 60):
                pass
            await player.start()
            await player.at(0.5)
            url = f"http://127.0.0.1:{other.gateway_port}{alone.commands}"
            async with httpx2.AsyncClient(headers=works.headers, timeout=60, trust_env=False) as client:
                send = partial(client.post, url, json=report("r1"), headers={"Prefer": "wait=20"})
                async with wire.held("accept", "call") as hold:
                    sending = asyncio.create_task(send())
                    await asyncio.wait_for(hold.caught.wait(), 10)
                    gateway.send_signal(signal.SIGSTOP)
                    await until(partial(has_closed, alone))
                    gateway.send_signal(signal.SIGCONT)
                answer = await sending
                if answer.status_code == 503:  # after the freeze the answer took too long: the sender sends it again
                    answer = await send()
            assert answer.json()["outcome"] in ("recorded", "duplicate"), answer.text
        finally:
            gateway.kill()
            await gateway.communicate()
    accepted_at = await alone.state.pool.fetchval("SELECT accepted_at FROM ledger.journal WHERE command = 'r1'")
    [silent] = [one for one in await alone.entries() if one["kind"] == "silence_recorded"]
    assert (silent["data"]["body"], silent["data"]["asked_for"]) == ("works", "report")
    assert datetime.fromisoformat(silent["effective_at"]) <= accepted_at, "it was called silent, and so it came late"
