"""`rumbo plan pending`: a page for each body, on the terminal, in one file or in a folder."""

from pathlib import Path
from typing import Any

import pytest

from domain.pending import pending
from tests.unit.cli.conftest import Rumbo, ScriptedGateway
from tests.unit.domain.story import convened, given, proposed

WHERE = "/v1/plans/ward/pending"


@pytest.fixture
def asked(gateway: ScriptedGateway) -> dict[str, Any]:
    story = convened(proposed(given()), "reflection")
    view = pending(story.plan, story.now)
    gateway.answer("GET", WHERE, 200, view)
    return view


def test_every_body_has_a_page_with_its_tasks(rumbo: Rumbo, asked: dict[str, Any]) -> None:
    said = rumbo("plan", "pending", "ward")
    pages = said.out.split("\f")
    assert (said.code, len(pages)) == (0, 3)
    for wanted in (
        "To: Medical office",
        "looking back on cycle 1",
        "What did we learn?",
        "Your position",
        "draft 1, by",
    ):
        assert wanted in pages[1]
    assert "1.1 rescheduled: deadline: 2027-03-31 → 2027-05-31" in pages[1]
    assert "Your position" not in pages[0]
    assert "A national guide is published" in pages[2]


def test_pages_go_into_a_folder_one_per_body_or_into_one_file(
    rumbo: Rumbo, asked: dict[str, Any], tmp_path: Path
) -> None:
    rumbo("plan", "pending", "ward", "--output", str(tmp_path / "letters"))
    assert sorted(one.name for one in (tmp_path / "letters").iterdir()) == ["auditors.txt", "doctors.txt", "nurses.txt"]
    rumbo("plan", "pending", "ward", "--output", str(tmp_path / "all.txt"))
    assert (tmp_path / "all.txt").read_text().count("\f") == 2


def test_bodies_without_tasks_are_named(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    story = given().when("report_progress", by="nurses", milestone="1.1", status="under_way")
    gateway.answer("GET", WHERE, 200, pending(story.plan, story.now))
    said = rumbo("plan", "pending", "ward")
    assert "Nothing to do now for: Nursing office, Audit office" in said.err
    story.when("pause_plan", role="operator", reason="Elections")
    gateway.answer("GET", WHERE, 200, pending(story.plan, story.now))
    assert "paused: no body has anything to do" in rumbo("plan", "pending", "ward").err


def test_one_body_is_selected_by_its_id(rumbo: Rumbo, gateway: ScriptedGateway, asked: dict[str, Any]) -> None:
    rumbo("plan", "pending", "ward", "--body", "nurses", "-o", "json")
    assert gateway.asked[-1].query == {"body": "nurses"}


def test_findings_to_answer_and_errata_to_confirm_are_on_the_page(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    mends: dict[str, Any] = {
        "id": "fe-1",
        "entry": 1,
        "item": "1.1",
        "field": "due",
        "says": "2027-03-31",
        "should_say": "2027-03-30",
    }
    story = given({"partners.2.audits": "yes"}).when("record_erratum", by="doctors", source="Published plan", **mends)
    story.when("raise_finding", id="f1", by="auditors", item="1.1", text="No drain", answer_by="2027-02-01")
    gateway.answer("GET", WHERE, 200, pending(story.plan, story.now))
    for language, wanted in (
        (
            "en",
            ("Your answer to these findings", "on 1.1: No drain", "by 1 February 2027", "fe-1  Medical"),
        ),
        (
            "es",
            ("Su respuesta a estas observaciones", "sobre 1.1: No drain", "Confirme o impugne estas fes"),
        ),
    ):
        told = " ".join(rumbo("plan", "pending", "ward", "--lang", language).out.split("\f")[0].split())
        for one in wanted:
            assert " ".join(one.split()) in told
