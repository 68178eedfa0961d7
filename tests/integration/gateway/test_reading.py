"""Reading plans and histories: at any point of either clock, limited to what the reader may see."""

import json
from typing import Any

from tests.integration.gateway.running import Running, report


async def _told(gateway: Running) -> None:
    """Start a plan with entries of every visibility."""
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    said: list[dict[str, Any]] = [
        report("r1", text="Seen by all"),
        report("r2", milestone="1.2", text="Seen by partners", visibility="partners"),
        report("r3", milestone="1.2", status="done", text="Seen by few", visibility="restricted"),
        {"command": "observe_power", "id": "p1", "stakeholder": "quarry", "authority": "high", "text": "It decides"},
        {
            "command": "record_lesson",
            "id": "l1",
            "lesson": {"id": "slow", "text": "It is slow"},
            "visibility": "restricted",
        },
    ]
    for one in said:
        answer = await works.post(gateway.commands, json=one)
        assert answer.json()["outcome"] == "recorded", answer.text


async def test_a_history_lists_every_entry_and_withholds_restricted_data(gateway: Running) -> None:
    await _told(gateway)
    partner = await gateway.client("partner", bodies=("works",))
    auditor = await gateway.client("auditor")
    entries = {
        reader: (await client.get(f"/v1/plans/{gateway.plan}/history")).json()["entries"]
        for reader, client in (("partner", partner), ("auditor", auditor))
    }
    assert [one["version"] for one in entries["partner"]] == list(range(1, 8))
    assert [one["hash"] for one in entries["partner"]] == [one["hash"] for one in entries["auditor"]]
    withheld = [one["version"] for one in entries["partner"] if "withheld" in one["data"]]
    assert withheld == [5, 6, 7]
    assert {one["visibility"] for one in entries["partner"] if "withheld" in one["data"]} == {"restricted"}
    assert not [one for one in entries["auditor"] if "withheld" in one["data"]]
    # A restricted text is sealed in the record, and unsealed for the auditor beside its digest.
    assert entries["auditor"][5]["data"]["authority"].keys() == {"sealed", "opened"}


async def test_no_answer_to_a_partner_contains_restricted_data(gateway: Running) -> None:
    await _told(gateway)
    partner = await gateway.client("partner", bodies=("watch",))
    operator = await gateway.client("operator")
    base = f"/v1/plans/{gateway.plan}"
    paths = ["", "?at_version=7", "/history", "/history/diff?from=1&to=7", "/corrections", "/lessons"]
    told = "".join([(await partner.get(base + path)).text for path in paths])
    assert "Seen by few" not in told
    assert "It decides" not in told
    assert "It is slow" not in told
    assert "slow" not in told
    plan = (await partner.get(base)).json()
    assert plan["power"] == []
    assert plan["commitments"][0]["milestones"][1]["status"] == "withheld"
    assert (await operator.get(base)).json()["power"] != []
    assert [one["id"] for one in (await operator.get(base + "/lessons")).json()["lessons"]] == ["slow"]


async def test_no_entry_names_restricted_grounds_to_a_partner(gateway: Running) -> None:
    await _told(gateway)
    works = await gateway.client("partner", bodies=("works",))
    lesson = {"id": "open", "text": "Ask", "rests_on": ["r1", "p1", "slow"]}
    said = {"command": "record_lesson", "id": "l2", "lesson": lesson, "visibility": "public"}
    assert (await works.post(gateway.commands, json=said)).json()["outcome"] == "recorded"
    auditor = await gateway.client("auditor")
    base = f"/v1/plans/{gateway.plan}"
    seen = (await works.get(base + "/history")).json()["entries"]
    assert [one["cause"] for one in seen[2:]] == ["r1", "r2", None, None, None, "l2"]
    assert (seen[7]["data"]["rests_on"], seen[7]["data"]["rests_on_restricted"]) == (["r1"], 2)
    whole = (await auditor.get(base + "/history")).json()["entries"]
    assert [one["cause"] for one in whole[2:]] == ["r1", "r2", "r3", "p1", "l1", "l2"]
    assert whole[7]["data"]["rests_on"] == ["r1", "p1", "slow"]
    async with works.stream("GET", base + "/watch?after=7") as watched:
        line = await anext(watched.aiter_lines())
    assert json.loads(line) == seen[7]


async def test_the_last_version_is_the_present_state_and_earlier_ones_are_past_states(gateway: Running) -> None:
    await _told(gateway)
    base = f"/v1/plans/{gateway.plan}"
    now = (await gateway.admin.get(base)).json()
    assert (await gateway.admin.get(base, params={"at_version": 7})).json() == now
    assert (await gateway.admin.get(base, params={"as_of": "2190-01-01"})).json() == now
    earlier = (await gateway.admin.get(base, params={"at_version": 2})).json()
    assert (earlier["version"], earlier["commitments"][0]["milestones"][0]["status"]) == (2, "not_reported")
    entries = await gateway.entries()
    as_of = (await gateway.admin.get(base, params={"as_of": entries[2]["effective_at"]})).json()
    recorded = (await gateway.admin.get(base, params={"recorded_by": entries[2]["recorded_at"]})).json()
    assert as_of["commitments"][0]["milestones"][0]["status"] == "under_way"
    assert recorded["commitments"][0]["milestones"][1]["status"] == "not_reported"


async def test_a_history_is_read_page_by_page_and_by_kind(gateway: Running) -> None:
    await _told(gateway)
    path = f"/v1/plans/{gateway.plan}/history"
    first = (await gateway.admin.get(path, params={"limit": 3})).json()
    rest = (await gateway.admin.get(path, params={"after": first["next"]})).json()
    assert [one["version"] for one in first["entries"] + rest["entries"]] == list(range(1, 8))
    assert rest["next"] is None
    reports = (await gateway.admin.get(path, params={"kind": "progress_reported"})).json()
    assert [one["cause"] for one in reports["entries"]] == ["r1", "r2", "r3"]


async def test_a_course_correction_shows_its_proposer_its_decision_and_the_reasons(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("reviewer", bodies=("works",))
    watch = await gateway.client("reviewer", bodies=("watch",))
    change = {"item": "1.1", "field": "due", "from": "2040-06-30", "to": "2040-12-31"}
    said: list[tuple[Any, dict[str, Any]]] = [
        (works, report("r1")),
        (
            works,
            {
                "command": "propose_correction",
                "id": "later",
                "trigger": "roadblock",
                "rests_on": ["r1"],
                "rationale": "The rains came early",
                "changes": [change],
            },
        ),
        (watch, {"command": "endorse_correction", "id": "e1", "correction": "later"}),
        (
            watch,
            {
                "command": "decide_correction",
                "id": "d1",
                "correction": "later",
                "decision": "adopted",
                "response": "Agreed",
                "authority": {"document": "Minutes", "number": "4"},
            },
        ),
    ]
    for client, one in said:
        answer = await client.post(gateway.commands, json=one)
        assert answer.json()["outcome"] == "recorded", answer.text
    base = f"/v1/plans/{gateway.plan}"
    shown = (await works.get(f"{base}/corrections/later")).json()
    assert (shown["proposed_by"], shown["decided_by"], shown["rationale"]) == ("works", "watch", "The rains came early")
    assert [one["id"] for one in (await works.get(f"{base}/corrections")).json()["corrections"]] == ["later"]
    assert (await works.get(f"{base}/corrections/none")).json()["code"] == "no_such_correction"
    last = (await gateway.entries())[-1]["version"]
    diff = (await works.get(f"{base}/history/diff", params={"from": 1, "to": last})).json()
    [changed] = diff["changes"]
    assert (changed["item"], changed["field"], changed["name"]) == ("1.1", "due", "reschedule")
    assert (changed["from"], changed["to"], changed["correction"]) == ("2040-06-30", "2040-12-31", "later")
    since_before = (await works.get(f"{base}/history/diff", params={"from": "2001-01-01", "to": last})).json()
    assert {one["item"] for one in since_before["added"]} >= {"1", "1.1", "1.2"}


async def test_the_outcome_of_another_sender_is_for_auditors(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    watch = await gateway.client("partner", bodies=("watch",))
    auditor = await gateway.client("auditor")
    await works.post(gateway.commands, json=report("r1"))
    actor = (await gateway.entries())[-1]["actor"]
    path = f"{gateway.commands}/r1"
    assert (await works.get(path)).json()["outcome"] == "recorded"
    assert (await watch.get(path)).status_code == 404
    assert (await watch.get(path, params={"actor": actor})).status_code == 403
    assert (await auditor.get(path, params={"actor": actor})).json()["outcome"] == "recorded"


async def test_a_commands_own_schema_and_the_plan_files_are_served(alone: Running) -> None:
    plan_file = (await alone.admin.get("/v1/schemas/plan-file")).json()
    assert {"plan", "title", "problem", "partners", "commitments"} == set(plan_file["required"])
    commands = (await alone.admin.get("/v1/schemas/commands")).json()
    assert "propose_correction" in commands["discriminator"]["mapping"]
    one = (await alone.admin.get("/v1/schemas/commands/convene")).json()
    assert "phase" in one["required"]
    assert (await alone.admin.get("/v1/schemas/commands/fly")).json()["code"] == "unknown_schema"


async def test_the_pending_page_of_a_body_can_be_read(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    where = f"/v1/plans/{gateway.plan}/pending"
    told = (await works.get(where)).json()
    assert [(one["body"], [item["id"] for item in one["reports"]]) for one in told["bodies"]] == [
        ("works", ["1.1", "1.2"]),
        ("watch", []),
    ]
    assert [one["body"] for one in (await works.get(where, params={"body": "watch"})).json()["bodies"]] == ["watch"]
    unknown = await works.get(where, params={"body": "mayor"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_body")
    assert "works, watch" in unknown.json()["message"]


async def test_an_edited_copy_is_compared_with_the_version_it_was_made_from(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    where = f"/v1/plans/{gateway.plan}/copy"
    copy = (await works.get(where)).json()
    milestone = copy["definition"]["commitments"][0]["milestones"][0]
    milestone["due"] = "2040-09-30"
    body = json.dumps({"made_from": copy["made_from"]} | copy["definition"])
    await works.post(gateway.commands, json=report("later"))
    read = await works.post(where, content=body)
    assert read.json() == {
        "made_from": copy["made_from"],
        "changes": [{"item": "1.1", "field": "due", "from": "2040-06-30", "to": "2040-09-30"}],
    }
    milestone["id"] = "1.9"
    refused = await works.post(where, content=json.dumps({"made_from": copy["made_from"]} | copy["definition"]))
    assert (refused.status_code, refused.json()["faults"][0]["code"]) == (422, "id_renamed")
    ahead = await works.post(where, content=json.dumps({"made_from": 99} | copy["definition"]))
    assert (ahead.status_code, ahead.json()["code"]) == (404, "no_such_entry")
