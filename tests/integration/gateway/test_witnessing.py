"""Witnesses: one that fetches requests with the command line, and one that exchanges files."""

import asyncio
import os
import sys
from pathlib import Path

from audit.verify import parse_checkpoint, parse_key, signers
from audit.witness import Witness
from tests.integration.gateway.running import Running
from tests.integration.gateway.test_log import until_sealed

ROOT = Path(__file__).parents[3]


async def rumbo(*arguments: str, language: str = "en") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"LANGUAGE": language, "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    out, said = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), said.decode()


async def test_a_witness_needs_only_a_folder(gateway: Running, tmp_path: Path) -> None:
    await gateway.start()
    size = await gateway.state.pool.fetchval("SELECT size FROM ledger.head")
    await until_sealed(gateway.admin, size)
    folder = str(tmp_path / "gazette")
    assert (await rumbo("witness", "visit", folder, gateway.url))[0] == 3
    code, key, _ = await rumbo("witness", "new", folder, "--name", "gazette.example")
    assert code == 0
    code, _, said = await rumbo("witness", "visit", folder, gateway.url, language="es")
    assert (code, "vigila 0 bitácoras" in said) == (2, True)
    log_key = (await gateway.admin.get("/key")).text.strip()
    assert (await rumbo("witness", "watch", folder, log_key))[0] == 0
    assert (await rumbo("witness", "watch", folder, key.strip()))[0] == 2, "a witness is no log"

    code, _, said = await rumbo("witness", "visit", folder, gateway.url)
    assert (code, "does not know gazette.example" in said) == (4, True)
    (gateway.settings.keyring / "log" / "witnesses").write_text(f"witness gazette {key}")
    code, line, said = await rumbo("witness", "visit", folder, gateway.url)
    assert code == 0, said
    shown = parse_checkpoint((await gateway.admin.get(f"/checkpoint/{size}")).content)
    assert signers(shown, [parse_key(key, 4)])
    assert line.startswith("— gazette.example ")
    assert (await rumbo("witness", "visit", folder, "http://127.0.0.1:9"))[0] == 75


async def test_request_and_cosignature_can_travel_as_files(gateway: Running, tmp_path: Path) -> None:
    await gateway.start()
    size = await gateway.state.pool.fetchval("SELECT size FROM ledger.head")
    await until_sealed(gateway.admin, size)
    witness = Witness.make(tmp_path / "court", "court.example")
    witness.watch(parse_key((await gateway.admin.get("/key")).text))
    (gateway.settings.keyring / "log" / "witnesses").write_text(f"witness court {witness.key}\n")
    asked = tmp_path / "asked"
    asked.write_bytes((await gateway.admin.get("/add-checkpoint/0")).content)
    code, line, _ = await rumbo("witness", "cosign", str(tmp_path / "court"), str(asked))
    assert code == 0
    place = f"/checkpoint/{size}/cosignatures"
    for wrong, status in (("x", 400), (line.replace("court", "other"), 403), (line[:60] + "\n", 400)):
        assert (await gateway.admin.post(place, content=wrong)).status_code == status
    assert (await gateway.admin.post("/checkpoint/999/cosignatures", content=line)).status_code == 404
    assert (await gateway.admin.post(place, content=line)).status_code == 204
    assert signers(parse_checkpoint((await gateway.admin.get("/checkpoint")).content), [witness.key])
    code, _, said = await rumbo("witness", "cosign", str(tmp_path / "court"), str(asked))
    assert (code, f"which had {size} entries" in said) == (6, True)
    for old in ("-1", "999999", "x"):
        assert (await gateway.admin.get(f"/add-checkpoint/{old}")).status_code in (400, 404)
