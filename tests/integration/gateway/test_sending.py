"""Sending: an accepted command is recorded once, and every resend gets the same outcome."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from activities.converter import data_converter
from gateway import state
from gateway.recovery.sweeper import Sweeper
from gateway.sending import intake, journal_queue, signing
from ledger import journal, log
from ledger.clock import database_time
from ledger.connection import Pool
from ledger.gateway_keys import trusted_gateway_keys
from ledger.keyring import Keyring
from ledger.log import StreamHead
from ledger.signature import holds
from settings import Settings
from tests.integration.gateway.conftest import working
from tests.integration.gateway.running import Running, report


async def test_a_plan_starts_from_its_file_and_is_shown(gateway: Running) -> None:
    started = await gateway.start()
    assert (started.status_code, started.json()["outcome"]) == (201, "recorded")
    assert started.json()["versions"][0] == 1
    shown = (await gateway.admin.get(f"/v1/plans/{gateway.plan}")).json()
    assert shown["id"] == gateway.plan
    assert [(one["id"], one["due"]) for one in shown["commitments"][0]["milestones"]] == [
        ("1.1", "2040-06-30"),
        ("1.2", "2041-06-30"),
    ]
    listed = (await gateway.admin.get("/v1/plans", params={"status": "open"})).json()
    assert [(one["id"], one["status"]) for one in listed["plans"]] == [(gateway.plan, "open")]


async def test_a_command_sent_fifty_times_at_once_is_recorded_once(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    answers = await asyncio.gather(*(works.post(gateway.commands, json=report("r1")) for _ in range(50)))
    outcomes = [answer.json()["outcome"] for answer in answers]
    assert (outcomes.count("recorded"), outcomes.count("duplicate")) == (1, 49)
    assert len({tuple(answer.json()["versions"]) for answer in answers}) == 1
    assert [entry["cause"] for entry in await gateway.entries()].count("r1") == 1


async def test_a_gateway_whose_clock_is_ten_minutes_off_does_not_change_accepted_at(
    alone: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Wrong":
            return cls.fromtimestamp(time.time() + 600, tz)

    for module in (intake, signing):
        monkeypatch.setattr(module, "datetime", Wrong, raising=False)
    await alone.start(wait=0)
    apart = await alone.state.pool.fetchval("SELECT clock_timestamp() - accepted_at FROM ledger.journal")
    assert timedelta(0) <= apart < timedelta(seconds=60)


async def test_the_key_of_a_gateway_whose_clock_is_ahead_is_trusted_at_once(
    alone: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Ahead":
            return cls.fromtimestamp(time.time() + 600, tz)

    monkeypatch.setattr(state, "datetime", Ahead, raising=False)
    async with state.gateway_state(replace(alone.settings, keyring=tmp_path / "another")) as another:
        keys = await trusted_gateway_keys(another.pool)
        assert keys[another.gateway_key].trusted_at(await database_time(another.pool))


async def test_the_same_id_with_other_content_is_a_conflict_and_makes_no_event(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    await works.post(gateway.commands, json=report("r1", text="One"))
    before = len(await gateway.entries())
    other = await works.post(gateway.commands, json=report("r1", text="Two"))
    assert (other.status_code, other.json()["outcome"], other.json()["code"]) == (409, "conflict", "conflict")
    assert len(await gateway.entries()) == before


async def test_an_id_taken_by_another_sender_is_refused(gateway: Running) -> None:
    """It is neither a duplicate nor a conflict: other entries refer to the id, so it must name one thing."""
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    watch = await gateway.client("partner", bodies=("watch",))
    first = (await works.post(gateway.commands, json=report("r1", text="works"))).json()
    other = (await watch.post(gateway.commands, json=report("r1", text="watch"))).json()
    again = (await watch.post(gateway.commands, json=report("r2", text="watch"))).json()
    assert (first["outcome"], other["outcome"], other["code"]) == ("recorded", "refused", "id_taken")
    assert again["outcome"] == "recorded"


async def test_a_duplicate_of_a_refusal_is_a_duplicate_with_its_code(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    first = await works.post(gateway.commands, json=report("r1", milestone="9.9"))
    again = await works.post(gateway.commands, json=report("r1", milestone="9.9"))
    assert (first.status_code, first.json()["outcome"], first.json()["code"]) == (409, "refused", "unknown_item")
    assert (again.status_code, again.json()["outcome"], again.json()["code"]) == (200, "duplicate", "unknown_item")
    assert again.json()["versions"] == first.json()["versions"]
    assert again.json()["message"] == first.json()["message"]


async def test_a_refusal_is_in_the_language_of_the_reader(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    answer = await works.post(gateway.commands, json=report("r1", milestone="9.9"))
    assert answer.json()["message"].startswith("The plan has no such item.")
    assert answer.headers["content-language"] == "en"
    spanish = await works.get(f"{gateway.commands}/r1", headers={"Accept-Language": "es-MX, en;q=0.5"})
    assert spanish.headers["content-language"] == "es"
    assert (spanish.status_code, spanish.json()["code"]) == (200, "unknown_item")


async def test_the_only_body_of_a_token_is_the_default(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    await works.post(gateway.commands, json=report("r1"))
    entry = (await gateway.entries())[-1]
    assert (entry["on_behalf_of"], entry["role"]) == ("works", "partner")


async def test_a_token_for_one_body_may_not_speak_for_another(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    before = len(await gateway.entries())
    answer = await works.post(gateway.commands, json=report("r1", on_behalf_of="watch"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_body")
    assert len(await gateway.entries()) == before
    assert (await works.get(f"{gateway.commands}/r1")).status_code == 404


async def test_an_operator_speaks_for_any_body_and_names_a_source(gateway: Running) -> None:
    await gateway.start()
    operator = await gateway.client("operator")
    bare = await operator.post(gateway.commands, json=report("r1", on_behalf_of="watch"))
    assert (bare.status_code, bare.json()["code"]) == (409, "source_needed")
    said = report("r2", on_behalf_of="watch", source={"document": "Minutes 3", "date": "2027-01-01"})
    sourced = await operator.post(gateway.commands, json=said)
    assert sourced.json()["outcome"] == "recorded"


async def test_a_command_for_an_unknown_plan_is_not_found_and_not_journalled(gateway: Running) -> None:
    works = await gateway.client("partner", bodies=("works",))
    for plan in ("no-such-plan", "_ledger", "NO%00", "x" * 300):
        answer = await works.post(f"/v1/plans/{plan}/commands", json=report("r1"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_plan"), plan
    assert await gateway.state.pool.fetchval("SELECT count(*) FROM ledger.journal") == 0


async def test_a_plan_whose_start_is_refused_remains_unknown(gateway: Running) -> None:
    await gateway.start()
    again = await gateway.start(id="another-start")
    assert (again.status_code, again.json()["code"]) == (409, "already_started")
    same = await gateway.start()
    assert (same.status_code, same.json()["outcome"]) == (200, "duplicate")


async def test_a_refusal_of_the_plan_is_answered_with_its_code(gateway: Running) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    await works.post(gateway.commands, json=report("r0"))
    change = {"item": "1.1", "field": "due", "from": "2039-01-01", "to": "2040-12-31"}
    proposal = {
        "command": "propose_correction",
        "id": "c1",
        "trigger": "new_information",
        "rationale": "The rains",
        "rests_on": ["r0"],
        "changes": [change],
    }
    decision = {
        "command": "decide_correction",
        "id": "d1",
        "correction": "nowhere",
        "decision": "adopted",
        "response": "Yes",
        "authority": {"document": "Minutes"},
    }
    tried = [
        (decision, "unknown_correction"),
        (proposal, "from_no_longer_holds"),
        (report("r1", effective="2190-01-01"), "in_the_future"),
        (report("r2", effective="1990-01-01", source="x"), "before_its_subject"),
    ]
    for said, code in tried:
        answer = await works.post(gateway.commands, json=said)
        assert (answer.status_code, answer.json()["outcome"], answer.json()["code"]) == (409, "refused", code)
        assert "{" not in answer.json()["message"]


async def test_without_a_worker_a_command_is_accepted_and_the_answer_links_to_its_outcome(alone: Running) -> None:
    waits = await alone.start(wait=0)
    assert (waits.status_code, waits.json()["outcome"]) == (202, "accepted")
    where = waits.json()["where"]
    assert waits.headers["location"] == where
    assert (await alone.admin.get(where)).json()["outcome"] == "accepted"
    # A command after an unhandled start in the journal is handled after the start.
    works = await alone.client("partner", bodies=("works",))
    follows = await works.post(alone.commands, json=report("r1"), headers={"Prefer": "wait=0"})
    assert (follows.status_code, follows.json()["outcome"]) == (202, "accepted")
    async with working(alone.settings):
        done = await works.post(alone.commands, json=report("r1"), headers={"Prefer": "wait=20"})
        assert done.json()["outcome"] == "duplicate"
        assert (await alone.admin.get(where)).json()["outcome"] == "recorded"


async def test_with_temporal_away_a_command_is_accepted_and_arrives_once_it_is_back(
    cut_off: Running, settings: Settings
) -> None:
    accepted = await cut_off.start(wait=1)
    assert (accepted.status_code, accepted.json()["outcome"]) == (202, "accepted")
    client = await Client.connect(settings.temporal_address, data_converter=data_converter())
    sweeping = asyncio.create_task(Sweeper(cut_off.state.pool, client, settings.task_queue).run(every=0.5))
    try:
        async with working(settings):
            same = await cut_off.start(wait=20)
            assert same.json()["outcome"] == "duplicate"
    finally:
        sweeping.cancel()


async def test_a_command_is_refused_if_too_many_are_waiting(alone: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    headers = {"Prefer": "wait=0"}
    await alone.start(wait=0)
    works = await alone.client("partner", bodies=("works",))
    answers = [await works.post(alone.commands, json=report(f"r{n}"), headers=headers) for n in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 429, 429]
    assert answers[-1].json()["code"] == "too_many_waiting"
    assert int(answers[-1].headers["retry-after"]) > 0
    again = await works.post(alone.commands, json=report("r0"), headers=headers)
    assert again.status_code == 202


async def test_a_plan_with_many_waiting_commands_gets_no_signal_per_command(
    alone: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "QUIET_FROM", 3)
    headers = {"Prefer": "wait=0"}
    await alone.start(wait=0)
    works = await alone.client("partner", bodies=("works",))
    for n in range(6):
        await works.post(alone.commands, json=report(f"r{n}"), headers=headers)
        await alone.state.intake.signals_done()
    client = await Client.connect(alone.settings.temporal_address, data_converter=data_converter())
    history = await client.get_workflow_handle(f"plan-{alone.plan}").fetch_history()
    signals = [event.workflow_execution_signaled_event_attributes.signal_name for event in history.events]
    assert [name for name in signals if name] == ["start_plan", "report_progress"]


async def test_a_journalled_command_is_signed_and_readable_only_with_the_keys(alone: Running) -> None:
    await alone.start(wait=0)
    row = await journal.standing(alone.state.pool, alone.plan, await _actor(alone), f"start-{alone.plan}")
    assert row is not None
    assert b"houses have water" not in (row.body or b"")
    assert b"houses have water" in journal.body_of(alone.state.keyring, row)
    key = alone.state.keyring.gateway_key().public_key()
    assert holds(key, row.attestation(alone.state.identity.origin), row.signature)
    assert not holds(key, replace(row, role="admin").attestation(alone.state.identity.origin), row.signature)


async def test_a_restricted_command_leaves_no_data_key_behind_when_it_is_sent_again(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    said = {"command": "observe_power", "id": "p1", "stakeholder": "quarry", "authority": "high", "text": "Decides"}
    drawn, new = [], gateway.state.keyring.new

    def draw(_: Keyring) -> str:
        drawn.append(new())
        return drawn[-1]

    monkeypatch.setattr(Keyring, "new", draw)
    outcomes = [(await works.post(gateway.commands, json=said)).json()["outcome"] for _ in range(2)]
    assert outcomes == ["recorded", "duplicate"]
    files = [gateway.settings.keyring / "sealed" / key_id for key_id in drawn]
    for _ in range(200):  # an unused key is destroyed in the background
        if not files[1].exists():
            break
        await asyncio.sleep(0.05)
    assert [file.exists() for file in files] == [True, False]


@pytest.mark.parametrize(("slept", "status"), [(1, 202), (intake.TRIES, 503)])
async def test_a_command_that_took_too_long_to_journal_is_retried_and_finally_refused(
    alone: Running, monkeypatch: pytest.MonkeyPatch, slept: int, status: int
) -> None:
    await alone.start(wait=0)
    works = await alone.client("partner", bodies=("works",))
    before = set((alone.settings.keyring / "sealed").iterdir())
    tries, spare = count(), set(alone.state.keyring._spare)

    async def long_ago(pool: Pool) -> datetime:
        return await database_time(pool) - timedelta(seconds=4 if next(tries) < slept else 0)

    monkeypatch.setattr(journal_queue, "database_time", long_ago)
    sent = await works.post(alone.commands, json=report("r1", text="All mended"), headers={"Prefer": "wait=0"})
    assert sent.status_code == status, sent.text
    assert sent.json()["code"] == ("stale" if status == 503 else None)
    row = await alone.state.pool.fetchrow(
        "SELECT key_id, journalled_at - accepted_at AS age FROM ledger.journal WHERE command = 'r1'"
    )
    assert (row is None) == (status == 503)
    assert row is None or row["age"] < timedelta(seconds=3)

    def used() -> set[str]:
        return {path.name for path in before} - {path.name for path in (alone.settings.keyring / "sealed").iterdir()}

    async with asyncio.timeout(20):
        while len(used() & spare) < slept:  # the keys that were drawn in vain are destroyed soon  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(used() & spare) == slept


async def test_a_command_that_is_too_long_leaves_no_data_key_behind(
    alone: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alone.start(wait=0)
    works = await alone.client("partner", bodies=("works",))
    drawn, new = [], alone.state.keyring.new

    def draw(_: Keyring) -> str:
        drawn.append(new())
        return drawn[-1]

    monkeypatch.setattr(Keyring, "new", draw)
    monkeypatch.setattr(journal, "LONGEST_BODY", 200)
    sent = await works.post(alone.commands, json=report("r1", text="x" * 200))
    assert (sent.status_code, sent.json()["code"]) == (413, "too_large")
    assert drawn == []


async def _actor(running: Running) -> str:
    listed = (await running.admin.get("/v1/admin/tokens")).json()["tokens"]
    actors: list[str] = [one["actor"] for one in listed if "admin" in one["roles"]]
    return actors[0]


async def test_a_command_whose_journalling_was_not_confirmed_is_recorded_once_and_unchanged(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres commits, and the connection breaks before its answer: the command must stay readable."""
    await gateway.start()
    partner = await gateway.client("partner", bodies=("works",))
    accept, lost = journal.accept_all, 0

    async def answer_lost(pool: Pool, rows: Sequence[journal.Journalled]) -> object:
        nonlocal lost
        accepted = await accept(pool, rows)
        if not lost:
            lost += 1
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return accepted

    monkeypatch.setattr(journal, "accept_all", answer_lost)
    said = report("r1", text="Two kilometres")
    first = await partner.post(gateway.commands, json=said)
    assert (first.status_code, first.json()["code"]) == (503, "ledger_away")
    again = await partner.post(gateway.commands, json=said, headers={"Prefer": "wait=30"})
    assert (again.json()["outcome"], again.json()["code"]) == ("duplicate", None)
    [entry] = [one for one in await gateway.entries() if one["cause"] == "r1"]
    assert entry["data"]["text"] == "Two kilometres"


async def test_a_command_after_a_start_is_accepted_while_the_start_is_being_handled(
    alone: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = log.stream_head

    async def slow_look(pool: Pool, plan: str) -> StreamHead:
        found = await look(pool, plan)
        if plan != alone.plan:
            return found
        async with working(alone.settings):
            await alone.state.intake.signals_done()
            while await journal.waiting_count(pool, plan):
                await asyncio.wait([alone.state.commit_listener.next], timeout=1.0)
        return found

    await alone.start(wait=0)
    monkeypatch.setattr(log, "stream_head", slow_look)
    works = await alone.client("partner", bodies=("works",))
    sent = await works.post(alone.commands, json=report("r1"), headers={"Prefer": "wait=0"})
    assert sent.status_code == 202, sent.text
