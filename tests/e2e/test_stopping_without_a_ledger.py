"""Our programs stop on a signal even while Postgres is frozen."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import logs
from embedded import postgres
from settings import Settings
from tests.chaos.wire import Wire
from tests.integration.gateway.conftest import settings  # noqa: F401  the fixture
from tests.integration.gateway.test_running import free_port


@pytest.mark.parametrize("program", ["gateway", "worker"])
async def test_a_program_stops_on_a_signal_while_its_postgres_is_frozen(
    settings: Settings,  # noqa: F811
    postgres_cluster: postgres.Cluster,
    tmp_path: Path,
    program: str,
) -> None:
    async with Wire(tmp_path / "wire", postgres_cluster.sockets).laid() as wire:
        url = settings.database_url.partition("?")[0] + f"?host={wire.folder}"
        frozen = replace(settings, gateway_port=free_port(), database_url=url)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", program), env=frozen.environment(), stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        try:
            while b"ready" not in await asyncio.wait_for(process.stderr.readline(), 60):
                pass
            wire.delay = 3600.0
            await asyncio.sleep(3)  # by now it has sent a query
            process.terminate()
            assert await asyncio.wait_for(process.wait(), logs.STOP_TIMEOUT + 6) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
