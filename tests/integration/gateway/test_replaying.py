"""Replay, trace and diff of a history."""

import json
from typing import Any

from tests.integration.gateway.running import Running, report
from tests.integration.gateway.test_exporting import HIDDEN, told


async def _corrected(gateway: Running) -> None:
    """A report, a lesson that rests on it, and a course correction that rests on the lesson and took effect."""
    await gateway.start()
    works = await gateway.client("reviewer", bodies=("works",))
    watch = await gateway.client("reviewer", bodies=("watch",))
    lesson = {"id": "slow", "text": "Maps are slow", "rests_on": ["r1"]}
    change = {"item": "1.1", "field": "due", "from": "2040-06-30", "to": "2040-12-31"}
    proposal = {"trigger": "roadblock", "rests_on": ["slow"], "rationale": "The rains", "changes": [change]}
    authority = {"document": "Minutes", "number": "4"}
    decision = {"decision": "adopted", "response": "Agreed", "authority": authority}
    said: list[tuple[Any, dict[str, Any]]] = [
        (works, report("r1")),
        (works, {"command": "record_lesson", "id": "l1", "lesson": lesson, "visibility": "public"}),
        (works, {"command": "propose_correction", "id": "later", **proposal}),
        (watch, {"command": "decide_correction", "id": "d1", "correction": "later", **decision}),
    ]
    for client, one in said:
        answer = await client.post(gateway.commands, json=one)
        assert answer.json()["outcome"] == "recorded", answer.text


async def _lines(gateway: Running, **query: Any) -> list[dict[str, Any]]:
    answer = await gateway.admin.get(f"/v1/plans/{gateway.plan}/history/replay", params=query)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_replay_leads_step_by_step_from_the_lesson_to_the_changed_deadline(gateway: Running) -> None:
    await _corrected(gateway)
    steps = await _lines(gateway)
    assert [step["version"] for step in steps] == list(range(1, len(steps) + 1))
    effect = steps[-1]
    assert effect["kind"] == "correction_took_effect"
    assert [change["to"] for change in effect["changed"]["changes"]] == ["2040-12-31"]
    kinds = [led["kind"] for led in effect["because"]]
    assert kinds == ["progress_reported", "lesson_recorded", "correction_proposed", "correction_decided"]
    assert await _lines(gateway, at_version=3) == steps[:3]
    assert await _lines(gateway, recorded_by=steps[2]["recorded_at"]) == steps[:3]
    assert await _lines(gateway, as_of="2190-01-01") == steps


async def test_a_command_is_traced_to_its_causes_and_consequences(gateway: Running) -> None:
    await _corrected(gateway)
    where = f"/v1/plans/{gateway.plan}/history/trace"
    found = (await gateway.admin.get(f"{where}/later")).json()
    kinds = {part: [one["kind"] for one in found[part]] for part in ("because", "entries", "came_of_it")}
    assert kinds == {
        "because": ["progress_reported", "lesson_recorded"],
        "entries": ["correction_proposed"],
        "came_of_it": ["correction_decided", "correction_took_effect"],
    }
    assert found["withheld"] == 0
    nobody = await gateway.admin.get(f"{where}/nobody")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_trace")


async def test_replay_and_trace_contain_no_restricted_data_for_a_partner(gateway: Running) -> None:
    await told(gateway)
    partner = await gateway.client("partner", bodies=("works",))
    base = f"/v1/plans/{gateway.plan}/history"
    hidden = HIDDEN["restricted"]
    assert hidden not in (await partner.get(f"{base}/replay")).text
    for name in (f"c-{hidden}", f"l-{hidden}", "p1"):
        answer = await partner.get(f"{base}/trace/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_trace")
        assert (await gateway.admin.get(f"{base}/trace/{name}")).status_code == 200


async def test_two_points_are_compared_on_either_clock(gateway: Running) -> None:
    await _corrected(gateway)
    steps = await _lines(gateway)
    where = f"/v1/plans/{gateway.plan}/history/diff"
    before, after = steps[-2], steps[-1]
    for clock, field in (("effective", "effective_at"), ("recorded", "recorded_at")):
        query = {"from": steps[1][field], "to": after[field], "clock": clock}
        found = (await gateway.admin.get(where, params=query)).json()
        assert [change["to"] for change in found["changes"]] == ["2040-12-31"]
        assert found["to"]["version"] == after["version"]
    assert before["version"] < after["version"]
    told_ = (await gateway.admin.get(where, params={"from": "2000-01-01", "to": "1", "clock": "recorded"})).json()
    assert (told_["from"]["version"], told_["to"]["version"]) == (0, 1)
    wrong = await gateway.admin.get(where, params={"from": "1", "to": "2", "clock": "wall"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "malformed")
