"""A copy of the plan, or a form: written for its reader, and sent back as a proposal."""

from pathlib import Path
from typing import Any

import pytest

from domain.views.plan import plan_view
from gateway.plan_files.edited_copy import copy_of
from tests.unit.cli.conftest import Rumbo, ScriptedGateway
from tests.unit.domain.story import given, proposed

STORY = given()
CHANGES = [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}]


@pytest.fixture
def ward(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.answer("GET", "/v1/plans/ward", 200, plan_view(STORY.plan, STORY.now).as_json())
    gateway.answer("GET", "/v1/plans/ward/copy", 200, copy_of(STORY.plan))
    read = {"made_from": 2, "changes": CHANGES, "proposed_by": "nurses", "trigger": "roadblock", "rationale": "Late"}
    gateway.answer("POST", "/v1/plans/ward/copy", 200, read)
    outcome = {"command_id": "cc", "outcome": "recorded", "versions": [9], "code": None, "message": None}
    gateway.answer("POST", "/v1/plans/ward/commands", 200, outcome)
    gateway.answer("GET", "/v1/plans/ward/history", 200, {"entries": [], "next": None})
    return gateway


def test_the_plan_is_shown_as_a_copy_to_be_edited(rumbo: Rumbo, ward: ScriptedGateway) -> None:
    said = rumbo("plan", "show", "ward", "-o", "yaml", "--at-version", "2")
    assert said.code == 0
    assert "made_from: 2    # entry 2, version 1 of the plan" in said.out
    assert ward.asked[-1].query == {"at_version": "2"}
    assert rumbo("plan", "show", "ward", "-o", "yaml", "--as-of", "2027-01-01").code == 2
    assert rumbo("plan", "list", "-o", "yaml").code == 2


def test_a_form_names_the_bodies_and_triggers_in_its_readers_language(
    rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path
) -> None:
    file = tmp_path / "form.yaml"
    assert rumbo("correction", "draft", "ward", "--output", str(file)).code == 0
    form = file.read_text()
    assert "one of: nurses (Nursing office), doctors (Medical office)" in form
    assert "roadblock (roadblock)" in form
    assert form.count("# ←") == 4


def test_a_form_is_proposed_and_an_option_takes_precedence(rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path) -> None:
    file = tmp_path / "form.yaml"
    file.write_text("filled in\n")
    said = rumbo(
        *("correction", "propose", "ward", str(file), "--id", "cc", "--rests-on", "seen"),
        *("--rationale", "Basins are late", "--source", "E-mail of May 3"),
    )
    assert said.code == 0, said.err
    asked = {one.path: one for one in ward.asked if one.method == "POST"}
    assert asked["/v1/plans/ward/copy"].body == b"filled in\n"
    assert asked["/v1/plans/ward/commands"].json == {
        "command": "propose_correction",
        "id": "cc",
        "trigger": "roadblock",
        "rationale": "Basins are late",
        "rests_on": ["seen"],
        "changes": CHANGES,
        "on_behalf_of": "nurses",
        "source": {"document": "E-mail of May 3"},
    }


def test_a_form_that_cannot_be_read_is_not_sent(rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path) -> None:
    fault = {"code": "id_renamed", "path": "commitments.0.id", "line": 12, "message": "1 is called 9 here."}
    ward.answer("POST", "/v1/plans/ward/copy", 422, {"code": "malformed", "message": "-", "faults": [fault]})
    file = tmp_path / "form.yaml"
    file.write_text("x")
    said = rumbo("correction", "propose", "ward", str(file))
    assert said.code == 2
    assert "line 12, commitments.0.id: 1 is called 9 here." in said.err
    assert not [one for one in ward.asked if one.path.endswith("/commands")]


def test_every_draft_is_shown_with_the_positions_that_were_taken_on_it(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    story = proposed(given()).when("oppose_correction", by="auditors", correction="cc", reason="Too late")
    story.when("return_correction", by="doctors", correction="cc", reason="Say why")
    changes = [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-04-30"}]
    said: dict[str, Any] = {"trigger": "roadblock", "rests_on": ["seen"], "rationale": "Pipes", "changes": changes}
    story.when("redraft_correction", by="nurses", correction="cc", **said)
    story.then("correction_redrafted")
    story.when("endorse_correction", by="auditors", correction="cc", draft=2)
    view = plan_view(story.plan, story.now).as_json()
    gateway.answer("GET", "/v1/plans/ward", 200, view)
    gateway.answer("GET", "/v1/plans/ward/corrections/cc", 200, view["corrections"][0])
    told = " ".join(rumbo("correction", "show", "ward", "cc").out.split())
    for wanted in ("draft 2", "Audit office endorses", "Earlier draft 1, of 4 January 2027: The basins are late"):
        assert wanted in told
    for wanted in ("Audit office opposes: Too late", "returned to its author by Medical office: Say why"):
        assert wanted in told
    assert told.index("Audit office endorses") < told.index("Audit office opposes")


def test_an_existing_form_is_not_overwritten(rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path) -> None:
    file = tmp_path / "form.yaml"
    file.write_text("filled in", encoding="utf-8")
    said = rumbo("correction", "draft", "ward", "--output", str(file))
    assert (said.code, file.read_text(encoding="utf-8")) == (2, "filled in")
    assert "already exists" in said.err


def test_a_file_sent_twice_is_one_proposal_and_another_file_another(
    rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path
) -> None:
    file = tmp_path / "form.yaml"
    file.write_text("filled in\n")
    for more in ((), (), ("--rationale", "Basins are late")):
        assert rumbo("correction", "propose", "ward", str(file), *more).code == 0
    first, again, other = (one.json["id"] for one in ward.asked if one.path.endswith("/commands"))
    assert first == again
    assert first.startswith("propose-")
    assert other != first


def test_a_file_sent_before_is_reported_as_a_duplicate_with_the_way_to_propose_it_again(
    rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path
) -> None:
    outcome = {"command_id": "cc", "outcome": "duplicate", "versions": [9], "code": None, "message": None}
    ward.answer("POST", "/v1/plans/ward/commands", 200, outcome)
    file = tmp_path / "form.yaml"
    file.write_text("filled in\n")
    said = rumbo("correction", "propose", "ward", str(file))
    assert said.code == 0
    assert "This was recorded before, as entry 9; nothing was added." in said.out
    assert "--id" in said.err


def test_without_a_file_every_call_is_a_new_proposal(rumbo: Rumbo, ward: ScriptedGateway) -> None:
    for _ in range(2):
        said = rumbo("correction", "propose", "ward", "--trigger", "roadblock", "--rationale", "x", "--drop", "1.1")
        assert said.code == 0, said.err
    first, again = (one.json["id"] for one in ward.asked if one.path.endswith("/commands"))
    assert first != again
