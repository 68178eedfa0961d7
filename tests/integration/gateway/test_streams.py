"""Streams: many commands in one request, and new entries as they are recorded."""

import asyncio
import json

import httpx2

from tests.integration.gateway.running import JSONL, Running, jsonl, report


async def test_a_malformed_line_has_its_own_answer_and_the_other_lines_stand(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    lines = [json.dumps(report(f"r{n}")) for n in range(1, 61)]
    lines[39] = '{"command": "report_progress", "id": "r40", '
    lines[49] = json.dumps(report("r50", on_behalf_of="watch"))
    answer = await works.post(gateway.commands, content="\n".join(lines), headers=JSONL)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jsonl")
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["line"] for one in told] == list(range(1, 61))
    assert told[39]["outcome"] == "malformed"
    assert told[39]["faults"][0]["code"] == "not_json"
    assert (told[49]["command_id"], told[49]["outcome"], told[49]["code"]) == ("r50", "not_allowed", "not_your_body")
    others = [one for n, one in enumerate(told) if n not in (39, 49)]
    assert {one["outcome"] for one in others} == {"recorded"}
    causes = [entry["cause"] for entry in await gateway.entries() if entry["kind"] == "progress_reported"]
    assert causes == [one["command_id"] for one in others]

    again = await works.post(gateway.commands, content="\n".join(lines), headers=JSONL)
    outcomes = [json.loads(line)["outcome"] for line in again.text.splitlines()]
    assert (outcomes.count("duplicate"), outcomes.count("malformed"), outcomes.count("not_allowed")) == (58, 1, 1)


async def test_each_line_is_answered_as_soon_as_it_is_known(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    address = httpx2.URL(gateway.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = [
        f"POST {gateway.commands} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {works.headers['authorization']}",
        "Content-Type: application/jsonl",
        "Transfer-Encoding: chunked",
        "Connection: close",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode())
    for id_ in ("r1", "r2", "r3"):
        line = jsonl(report(id_))
        writer.write(f"{len(line):x}\r\n{line}\r\n".encode())
        told = await asyncio.wait_for(reader.readuntil(b"}\n\r\n"), 10)
        assert f'"command_id": "{id_}", "outcome": "recorded"' in told.decode()
    writer.write(b"0\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 10)).endswith(b"0\r\n\r\n")
    writer.close()
    await writer.wait_closed()


async def test_an_id_that_is_not_text_is_a_fault_of_its_own_line_only(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    lines = [report("r1"), report("\ud800"), report("r2")]
    answer = await works.post(gateway.commands, content="\n".join(map(json.dumps, lines)), headers=JSONL)
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [(one["command_id"], one["outcome"]) for one in told] == [
        ("r1", "recorded"),
        ("\ud800", "malformed"),
        ("r2", "recorded"),
    ]


async def test_a_line_that_is_too_long_is_skipped(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    body = jsonl(report("r1"), report("r2", text="a" * 1_153_434), report("r3"))
    answer = await works.post(gateway.commands, content=body, headers=JSONL)
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [(one["line"], one["outcome"]) for one in told] == [(1, "recorded"), (2, "malformed"), (3, "recorded")]
    assert told[1]["code"] == "too_large"


async def test_a_watch_stream_sends_each_entry_as_it_is_recorded(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    seen: list[tuple[int, str]] = []
    async with works.stream("GET", f"/v1/plans/{gateway.plan}/watch?after=0") as watched:
        lines = watched.aiter_lines()
        for _ in range(2):
            entry = json.loads(await anext(lines))
            seen.append((entry["version"], entry["kind"]))
        await works.post(gateway.commands, json=report("r1"))
        entry = json.loads(await asyncio.wait_for(anext(lines), 5))
        seen.append((entry["version"], entry["kind"]))
    assert seen == [(1, "plan_started"), (2, "phase_opened"), (3, "progress_reported")]


async def test_a_watch_stream_ends_when_the_gateway_stops(gateway: Running) -> None:
    await gateway.start()
    async with gateway.admin.stream("GET", f"/v1/plans/{gateway.plan}/watch") as watched:
        gateway.state.stopping.set()
        assert [line async for line in watched.aiter_lines()] == []
