"""Invalid requests are refused with every fault and its place. Nothing is started or journalled."""

import json

import pytest

from tests.integration.gateway.running import YAML, Running, report

FAULTY = """plan: {plan}
titel: x
title: {{es: Agua, para todos, en: Water}}
problem:
  statement: x
  causes: [{{id: c1, text: x}}, {{id: c1, text: y}}]
partners:
  - {{id: a, name: A, decides: yes}}
  - {{id: b, name: B, decides: yes}}
commitments:
  - id: 1
    title: x
    milestones:
      - {{id: 1.1, due: 2027-02-30}}
policy:
  decisions: {{quorum: 5}}
  decisions: {{quorum: 1}}
"""


async def test_every_fault_of_a_plan_file_is_named_with_its_line_and_nothing_starts(alone: Running) -> None:
    body = FAULTY.format(plan=alone.plan)
    refused = await alone.admin.post("/v1/plans", content=body, headers=YAML)
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
    found = [(one["line"], one["code"]) for one in refused.json()["faults"]]
    assert found == [
        (2, "unknown_key"),
        (3, "comma_in_text"),
        (6, "duplicate_id"),
        (14, "missing"),
        (14, "impossible_date"),
        (16, "quorum_cannot_be_met"),
        (17, "duplicate_key"),
    ]
    assert refused.json()["faults"][0]["message"].endswith("→ title?")
    checked = await alone.admin.post("/v1/plan-files/check", content=body, headers=YAML)
    assert (checked.status_code, checked.json()["faults"]) == (422, refused.json()["faults"])
    assert await alone.state.pool.fetchval("SELECT count(*) FROM ledger.journal") == 0


async def test_a_missing_part_of_a_plan_file_is_a_warning_with_its_line(alone: Running) -> None:
    body = (
        "plan: p\ntitle: t\nproblem: {statement: s}\npartners: [{id: a, name: A}]\ncommitments: [{id: 1, title: t}]\n"
    )
    checked = await alone.admin.post("/v1/plan-files/check", content=body, headers=YAML)
    assert (checked.status_code, checked.json()["faults"]) == (200, [])
    assert (5, "commitment_without_milestones") in [(one["line"], one["code"]) for one in checked.json()["warnings"]]


async def test_a_duration_beyond_the_calendar_is_a_fault_of_the_file(alone: Running) -> None:
    body = (
        "plan: p\ntitle: t\nproblem: {statement: s}\npartners: [{id: a, name: A}]\ncommitments: [{id: 1, title: t}]\n"
    )
    cycle = 'policy: {cycle: {every: {amount: "99999999999999", unit: seconds}, reflection: PT1S, adaptation: PT1S}}'
    checked = await alone.admin.post("/v1/plan-files/check", content=body + cycle, headers=YAML)
    assert checked.status_code == 422
    assert (6, "out_of_range") in [(one["line"], one["code"]) for one in checked.json()["faults"]]


async def test_a_plan_file_may_be_json_and_its_faults_have_lines_too(alone: Running) -> None:
    said = {"plan": "p", "title": "t", "problem": {"statement": "s"}, "partners": [{"id": "a", "name": "A"}]}
    body = json.dumps(said | {"commitments": [{"id": "1", "title": "t", "ledd": "a"}]}, indent="\t")
    checked = await alone.admin.post("/v1/plan-files/check", content=body, headers={"Content-Type": "application/json"})
    [fault] = checked.json()["faults"]
    assert (fault["code"], fault["path"]) == ("unknown_key", "commitments.0.ledd")
    assert body.splitlines()[fault["line"] - 1].strip().startswith('"ledd"')


BAD_COMMANDS = [
    (b"", "not_json", ""),
    (b"[]", "mapping_expected", ""),
    (b'{"command": "report_progress", "id": ', "not_json", ""),
    (b"\xff\xfe", "not_utf8", ""),
    (b'{"id": "x"}', "missing", "command"),
    (b'{"command": "fly", "id": "x"}', "not_one_of", "command"),
    (b'{"command": "report_progress", "id": "x", "id": "y"}', "duplicate_key", "id"),
    (json.dumps(report("x", text="a\0b")).encode(), "not_storable", "text"),
    (json.dumps(report("x", text="a\ud800b")).encode(), "not_storable", "text"),
    (b'{"\\ud800": 1, "\\ud800": 2}', "duplicate_key", "\ud800"),
    (json.dumps(report("x", **{"k\0": 1})).encode(), "not_storable", ""),
    (b'{"command": "report_progress", "id": "x", "count": NaN}', "not_storable", ""),
    (b'{"command": "report_progress", "id": "x", "count": 99999999999999999999}', "not_storable", "count"),
    (b'{"a":' * 2000 + b"1" + b"}" * 2000, "not_storable", None),
    (json.dumps(report("x", txt="a")).encode(), "unknown_key", "txt"),
    (json.dumps(report("x y")).encode(), "bad_id", "id"),
    (json.dumps(report("x", text={"sealed": "0" * 64})).encode(), "sealed_not_allowed", "text"),
    (json.dumps(report("x", as_at="2027-02-30")).encode(), "impossible_date", "as_at"),
]


async def test_a_malformed_command_is_refused_with_its_fault_and_its_place(alone: Running) -> None:
    await alone.start(wait=0)
    works = await alone.client("partner", bodies=("works",))
    waiting = await alone.state.pool.fetchval("SELECT count(*) FROM ledger.journal")
    for body, code, path in BAD_COMMANDS:
        answer = await works.post(alone.commands, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), body[:80]
        [fault] = answer.json()["faults"]
        assert fault["code"] == code, body[:80]
        assert path is None or fault["path"] == path, body[:80]
    assert await alone.state.pool.fetchval("SELECT count(*) FROM ledger.journal") == waiting


async def test_faults_of_a_command_are_in_spanish_if_the_request_asks_for_spanish(alone: Running) -> None:
    works = await alone.client("partner", bodies=("works",), language="es")
    answer = await works.post(alone.commands, content=b"[]")
    assert answer.headers["content-language"] == "es"


async def test_a_request_that_is_too_large_is_refused_before_its_end(alone: Running) -> None:
    works = await alone.client("partner", bodies=("works",))
    large = json.dumps(report("x", text="a" * 1_153_434))
    answer = await works.post(alone.commands, content=large)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    file = await alone.admin.post("/v1/plans", content="plan: x\n#" + "a" * 1_153_434, headers=YAML)
    assert file.status_code == 413


@pytest.mark.parametrize("path", ["/v1/plans/{p}", "/v1/plans/{p}/history", "/v1/plans/{p}/commands/x%00y"])
async def test_a_nul_in_a_url_is_not_an_internal_error(alone: Running, path: str) -> None:
    for plan in (alone.plan, "%00", "_ledger", "a%2Fb", "%ff"):
        answer = await alone.admin.get(path.format(p=plan))
        assert answer.status_code in (400, 404), plan


async def test_an_invalid_query_parameter_is_named(gateway: Running) -> None:
    await gateway.start()
    for query, code in (("limit=0", "out_of_range"), ("limit=ten", "out_of_range"), ("after=-1", "out_of_range")):
        answer = await gateway.admin.get(f"/v1/plans/{gateway.plan}/history?{query}")
        assert (answer.status_code, answer.json()["faults"][0]["code"]) == (400, code)
    for query, status, code in (
        ("as_of=yesterday", 400, "not_a_point"),
        ("as_of=2027-02-30", 400, "not_a_point"),
        ("as_of=2027-06-30T12:00:00", 400, "no_zone"),
        ("recorded_by=0001-01-01", 404, "nothing_yet"),
        ("as_of=0001-01-01T00:00:00%2B14:00", 400, "not_a_point"),
        ("recorded_by=9999-12-31T23:59:59-14:00", 400, "not_a_point"),
        ("as_of=2001-01-01", 404, "nothing_yet"),
        ("at_version=99", 404, "no_such_entry"),
        ("at_version=0", 404, "no_such_entry"),
    ):
        answer = await gateway.admin.get(f"/v1/plans/{gateway.plan}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), query


async def test_every_request_needs_a_complete_and_known_token(alone: Running) -> None:
    for token, code in (
        (None, "no_token"),
        ("x", "not_a_token"),
        ("rumbo_" + "a" * 58, "not_a_token"),
        ("\u00e9", "not_a_token"),
    ):
        client = await alone.with_token(None)
        headers = {} if token is None else {b"Authorization": b"Bearer " + token.encode()}
        answer = await client.get("/v1/plans", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["www-authenticate"] == "Bearer"
    revoked = await alone.client("auditor")
    listed = (await alone.admin.get("/v1/admin/tokens")).json()["tokens"]
    assert (await revoked.get("/v1/plans")).status_code == 200
    assert (await alone.admin.delete(f"/v1/admin/tokens/{listed[0]['id']}")).status_code == 204
    assert (await revoked.get("/v1/plans")).json()["code"] == "unknown_token"


async def test_unknown_urls_and_methods_are_answered_as_problems(alone: Running) -> None:
    assert (await alone.admin.get("/nowhere")).json()["code"] == "not_found"
    wrong = await alone.admin.put("/v1/plans")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"]
