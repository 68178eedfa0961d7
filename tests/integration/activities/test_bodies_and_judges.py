"""On the real engine: bodies that join and leave, assessments and findings, and a token of a former body."""

from datetime import UTC, datetime
from typing import Any

from tests.integration.activities.desk import PLAN_FILE, Desk, report, soon

NOON = datetime(2027, 2, 1, 18, tzinfo=UTC)
DECREE = {"document": "Decree 12", "date": "2027-01-30"}


async def refusal(desk: Desk, seconds: int, role: str = "operator", **command: Any) -> str | None:
    """Sends one command through the engine; returns the code of its refusal, or ``None`` if it was recorded."""
    await desk.journal(command, soon(NOON, seconds), role=role)
    await desk.call(soon(NOON, seconds + 10))
    outcome = await desk.outcome(command["id"])
    assert outcome is not None
    return outcome.code


async def test_after_a_succession_only_the_successor_may_speak(desk: Desk) -> None:
    await desk.start(NOON)
    succeed: dict[str, Any] = {
        "command": "succeed_partner",
        "id": "s1",
        "body": "works",
        "successor": "water",
        "name": "Water office",
    }
    assert await refusal(desk, 20, **succeed) == "partner_source_needed"
    assert await refusal(desk, 40, **succeed | {"id": "s2", "source": DECREE}) is None
    assert await refusal(desk, 60, role="partner", **report("r1", "works")) == "body_succeeded"
    assert await refusal(desk, 80, role="partner", **report("r2", "water")) is None
    join: dict[str, Any] = {
        "command": "join_partner",
        "body": "audit",
        "name": "Audit office",
        "audits": True,
        "source": DECREE,
    }
    assert await refusal(desk, 100, **join, id="j1") is None
    assert await refusal(desk, 120, **join, id="j2") == "body_exists"
    leave: dict[str, Any] = {
        "command": "leave_partner",
        "body": "neighbours",
        "reason": "They moved away",
        "source": DECREE,
    }
    assert await refusal(desk, 140, **leave, id="l1") is None
    assert await refusal(desk, 160, **leave, id="l2") == "body_left"
    changes = [kind for kind in await desk.kinds() if kind.startswith("partner_")]
    assert changes == ["partner_succeeded", "partner_joined", "partner_left"]


async def test_an_audit_body_follows_up_a_finding_after_the_plan_was_closed(desk: Desk) -> None:
    await desk.start(NOON)
    audit: dict[str, Any] = {
        "command": "join_partner",
        "id": "j1",
        "body": "audit",
        "name": "Audit office",
        "audits": True,
    }
    assert await refusal(desk, 20, **audit, source=DECREE) is None
    assert await refusal(desk, 40, command="close_plan", id="c1", reason="Over") is None
    raised: dict[str, Any] = {
        "command": "raise_finding",
        "id": "f1",
        "on_behalf_of": "audit",
        "item": "1.1",
        "text": "hush: no drain",
    }
    assert await refusal(desk, 60, role="partner", **raised, visibility="restricted") is None
    judged: dict[str, Any] = {"command": "record_assessment", "id": "a1", "on_behalf_of": "audit", "verdict": "Limited"}
    assert await refusal(desk, 80, role="partner", **judged) == "assessment_source_needed"
    assert await refusal(desk, 100, role="partner", **judged | {"id": "a2", "source": DECREE}) is None
    follow: dict[str, Any] = {"command": "follow_finding", "finding": "f1", "text": "hush: mended"}
    assert await refusal(desk, 120, role="partner", **follow, id="w1", on_behalf_of="audit", status="settled") is None
    stored = await desk.pool.fetchval("SELECT string_agg(data::text || envelope::text, '') FROM ledger.events")
    assert "hush" not in stored
    kinds = [entry.kind for entry in await desk.history() if entry.phase is None and entry.cycle]
    assert kinds == ["finding_raised", "command_refused", "assessment_recorded", "finding_followed"]


async def test_a_plan_cannot_be_started_under_another_name_than_its_own(desk: Desk) -> None:
    start: dict[str, Any] = {"command": "start_plan", "id": "start", "definition": PLAN_FILE}
    await desk.journal(start, NOON, plan="river", role="operator")
    await desk.call(soon(NOON, 10), plan="river")
    outcome = await desk.outcome("start", plan="river")
    assert outcome is not None
    assert outcome.code == "other_plan"
