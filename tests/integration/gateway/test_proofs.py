"""Bundles and receipts: complete, sealed, and limited to what the reader may see."""

import io

import httpx2
import pytest

from audit.folding import fold
from audit.verify import HOLDS, Expectations, VerifyReport, examine, parse_key
from settings import Settings
from tests.integration.gateway.conftest import serving, working
from tests.integration.gateway.running import Running, report


async def check(reader: httpx2.AsyncClient, answer: httpx2.Response) -> VerifyReport:
    """The verifier's report on an answer, checked with the log's key."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    keys = [parse_key(line) for line in (await reader.get("/key")).text.splitlines()]
    return examine(io.BytesIO(answer.content), len(answer.content), Expectations(keys), fold)


def power(id_: str) -> dict[str, object]:
    return {
        "command": "observe_power", "id": id_, "on_behalf_of": "watch", "stakeholder": "quarry", "authority": "high",
        "text": "Closes the road when it likes", "source": "Minutes 3",
    }  # fmt: skip


async def test_bundle_and_receipt_include_the_newest_entry(gateway: Running) -> None:
    await gateway.start()
    sent = await gateway.admin.post(gateway.commands, json=report("r1", on_behalf_of="works", source="Minutes 1"))
    assert sent.json()["outcome"] == "recorded"
    export = await gateway.admin.get(f"/v1/plans/{gateway.plan}/export", params={"format": "bundle"})
    assert export.headers["content-disposition"] == f'attachment; filename="{gateway.plan}.bundle"'
    found = await check(gateway.admin, export)
    assert found.verdict == HOLDS
    [version] = sent.json()["versions"]
    assert ("stream_holds", {"plan": gateway.plan, "count": version}) in found.findings
    assert "state_holds" in [code for code, _ in found.findings]
    for path in ("commands/r1/receipt", f"history/{version}/proof"):
        found = await check(gateway.admin, await gateway.admin.get(f"/v1/plans/{gateway.plan}/{path}"))
        [said] = [params for code, params in found.findings if code == "entry_holds"]
        assert (found.verdict, said["cause"], said["version"]) == (HOLDS, "r1", version)


async def test_a_bundle_includes_restricted_data_only_if_asked_for_and_allowed(gateway: Running) -> None:
    await gateway.start()
    await gateway.admin.post(gateway.commands, json=power("p1"))
    partner = await gateway.client("partner", bodies=("watch",))
    place = f"/v1/plans/{gateway.plan}/export"
    whole = await gateway.admin.get(place, params={"format": "bundle", "reach": "restricted"})
    assert '"cause":"p1"' in whole.text
    found = await check(gateway.admin, whole)
    assert "state_holds" in [code for code, _ in found.findings]
    for reader, query in ((gateway.admin, {}), (partner, {"reach": "partners"})):
        answer = await reader.get(place, params={"format": "bundle"} | query)
        assert '"cause":"p1"' not in answer.text
        assert "quarry" not in answer.text.partition("withheld")[2]
        found = await check(reader, answer)
        assert found.verdict == HOLDS
        assert {"withheld", "no_state"} <= {code for code, _ in found.findings}
    refused = await partner.get(place, params={"format": "bundle", "reach": "restricted"})
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_reach")
    version = (await gateway.entries())[-1]["version"]
    refused = await partner.get(f"/v1/plans/{gateway.plan}/history/{version}/proof")
    assert (refused.status_code, refused.json()["code"]) == (403, "entry_withheld")


async def test_the_sender_of_a_restricted_command_gets_a_receipt(gateway: Running) -> None:
    await gateway.start()
    partner = await gateway.client("partner", bodies=("watch",))
    await partner.post(gateway.commands, json=power("p1") | {"source": None})
    answer = await partner.get(f"{gateway.commands}/p1/receipt")
    assert "withheld" in answer.text
    found = await check(partner, answer)
    assert [params["cause"] for code, params in found.findings if code == "entry_holds"] == ["p1"]


async def test_a_refusal_has_a_receipt_too(gateway: Running) -> None:
    await gateway.start()
    wrong = report("r1", status="nearly", on_behalf_of="works", source="Minutes 1")
    assert (await gateway.admin.post(gateway.commands, json=wrong)).json()["outcome"] == "refused"
    found = await check(gateway.admin, await gateway.admin.get(f"{gateway.commands}/r1/receipt"))
    assert [params["kind"] for code, params in found.findings if code == "entry_holds"] == ["command_refused"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("commands/never/receipt", 404, "unknown_command"),
        ("history/99/proof", 404, "no_such_entry"),
        ("history/0/proof", 400, "malformed"),
        ("history/99999999999/proof", 400, "malformed"),
    ],
)
async def test_a_missing_entry_or_command_has_no_proof(gateway: Running, path: str, status: int, code: str) -> None:
    await gateway.start()
    answer = await gateway.admin.get(f"/v1/plans/{gateway.plan}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    for plan in ("nowhere", "_ledger"):
        answer = await gateway.admin.get(f"/v1/plans/{plan}/history/1/proof")
        assert answer.status_code == 404


async def test_a_command_that_waits_has_no_receipt_yet(alone: Running) -> None:
    await alone.start(0)
    answer = await alone.admin.get(f"{alone.commands}/start/receipt")
    assert answer.status_code in (404, 503)
    assert answer.json()["code"] in ("not_sealed_yet", "unknown_command")


async def test_a_rehearsal_has_no_proofs(settings: Settings) -> None:
    from dataclasses import replace  # noqa: PLC0415

    rehearsal = replace(settings, origin="rehearsal/water", mode="rehearsal")
    async with serving(rehearsal) as running, working(rehearsal):
        await running.start()
        for path in ("export?format=bundle", "history/1/proof"):
            answer = await running.admin.get(f"/v1/plans/{running.plan}/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "nothing_sealed")
