"""Meetings that speak for several bodies, on the real ledger."""

from datetime import UTC, datetime
from typing import Any

from domain import PLAN
from ledger import fold
from tests.integration.activities.desk import Desk, report, soon

NOON = datetime(2027, 1, 15, 18, tzinfo=UTC)
SESSION = {"date": "2027-01-15", "minutes": "Minutes 3", "sha256": "d" * 64}


async def test_a_meeting_reflects_and_decides_for_the_bodies_present(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("seen"), soon(NOON, 1))
    await desk.journal(proposal("cc"), soon(NOON, 2))
    met = SESSION | {"present": ["works", "neighbours"]}
    answers = {"answers": {"did": "We dredged"}, "session": met}
    await desk.journal({"command": "submit_reflection", "id": "s1"} | answers, soon(NOON, 3), role="operator")
    endorsed = {"positions": {"works": "endorse", "neighbours": "endorse"}}
    decision = {"command": "decide_correction", "id": "s2", "correction": "cc", "decision": "adopted"}
    said = {"response": "We agree", "authority": {"document": "Minutes 3"}, "session": SESSION | endorsed}
    await desk.journal(decision | said, soon(NOON, 4), role="operator")
    await desk.call(soon(NOON, 5))
    plan = (await fold.current(PLAN, desk.pool, "canal")).state
    assert plan.reflected_in(1) == {"works", "neighbours"}
    assert plan.corrections["cc"].status == "in_effect"
    assert (await desk.history())[-2].event.session.positions.keys() == {"works", "neighbours"}  # type: ignore[attr-defined]


def proposal(name: str) -> dict[str, Any]:
    return {
        "command": "propose_correction",
        "id": name,
        "on_behalf_of": "works",
        "trigger": "roadblock",
        "rests_on": ["seen"],
        "rationale": "The dredger is late",
        "changes": [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}],
    }


async def test_a_body_contests_an_entry_made_on_its_behalf(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1") | {"status": "done", "source": "Letter 5"}, soon(NOON, 1), role="operator")
    contest = {"command": "contest_entry", "id": "c1", "on_behalf_of": "works", "entry": "r1", "reason": "No"}
    await desk.journal(contest, soon(NOON, 2))
    await desk.call(soon(NOON, 3))
    plan = (await fold.current(PLAN, desk.pool, "canal")).state
    assert (plan.standings, [one.body for one in plan.contests_of(3)]) == ({}, ["works"])


async def test_an_erratum_is_recorded_confirmed_and_contested(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1") | {"count": 7}, soon(NOON, 1))
    of = {"on_behalf_of": "works", "source": "Field sheet 12"}
    count = {"command": "record_erratum", "id": "fe-1", "entry": "r1", "field": "count", "says": 7, "should_say": 8}
    await desk.journal(count | of, soon(NOON, 2))
    due = {"entry": 1, "item": "1.1", "field": "due", "says": "2027-03-31", "should_say": "2027-03-13"}
    await desk.journal({"command": "record_erratum", "id": "fe-2"} | due | of, soon(NOON, 3))
    second = {"command": "confirm_erratum", "id": "c1", "erratum": "fe-2", "on_behalf_of": "neighbours"}
    await desk.journal(second, soon(NOON, 4))
    await desk.call(soon(NOON, 5))
    plan = (await fold.current(PLAN, desk.pool, "canal")).state
    assert plan.standings["1.1"].report.count == 8
    assert PLAN.dump(plan)["definition"]["commitments"][0]["milestones"][0]["due"] == "2027-03-13"
    contest = {"command": "contest_erratum", "id": "c2", "erratum": "fe-2", "reason": "No", "on_behalf_of": "works"}
    await desk.journal(contest, soon(NOON, 6))
    await desk.call(soon(NOON, 7))
    plan = (await fold.current(PLAN, desk.pool, "canal")).state
    assert PLAN.dump(plan)["definition"]["commitments"][0]["milestones"][0]["due"] == "2027-03-31"
    assert plan == await fold.state_at(PLAN, desk.pool, "canal", version=plan.version)
