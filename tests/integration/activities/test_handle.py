"""``handle`` on a real ledger: no accepted command is lost, done twice, or decided late if it was punctual."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities import handle
from activities.contract import GRACE, ReceivedSignal
from activities.handle import Handle
from activities.unit_of_work import MAX_ENTRIES
from domain import PLAN
from domain.port import Port
from ledger import fold
from ledger.appender import Appender, Conflict, Write, WriteRefused, Written
from ledger.clock import database_time
from ledger.connection import open_pool
from ledger.identity import Identity, NewerLedger, establish
from ledger.migrate import raise_reader
from ledger.sealed import unseal
from ledger.state_cache import StateCache
from tests.integration.activities.desk import PLAN_FILE, Desk, power, report, soon

NOON = datetime(2027, 1, 15, 18, tzinfo=UTC)
QUARTERLY = {
    "cycle": {"every": "3 months", "reflection": "10 working_days", "adaptation": "15 working_days"},
    "decisions": {"quorum": "1"},
}


async def test_a_journalled_command_ends_in_one_outcome(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1"), soon(NOON, 1))
    agenda = await desk.call(soon(NOON, 2))
    assert (agenda.status, agenda.phase, agenda.more) == ("open", "action", False)
    recorded = await desk.outcome("r1")
    assert recorded is not None
    assert (recorded.outcome, recorded.versions) == ("recorded", (3,))
    assert await desk.kinds() == ["plan_started", "phase_opened", "progress_reported"]


async def test_a_call_retried_after_its_commit_adds_nothing(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1"), soon(NOON, 1))
    strange = (ReceivedSignal(name="hello", size=3, sha256="a" * 64),)
    for _ in range(3):
        await desk.call(soon(NOON, 2), strange, run="one")
    assert await desk.kinds() == ["plan_started", "phase_opened", "arrivals_refused", "progress_reported"]


async def test_a_refused_command_adds_only_the_entry_about_its_refusal(desk: Desk) -> None:
    await desk.start(NOON)
    before = PLAN.dump((await fold.current(PLAN, desk.pool, "canal")).state)
    await desk.journal(report("r1") | {"milestone": "9.9"}, soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    refused = await desk.outcome("r1")
    assert refused is not None
    assert (refused.outcome, refused.code, refused.versions) == ("refused", "unknown_item", (3,))
    after = PLAN.dump((await fold.current(PLAN, desk.pool, "canal")).state)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"version", "recorded_at", "refused"}


async def test_the_content_of_a_refused_command_is_not_stored(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1") | {"milestone": "9.9", "text": "an unrepeatable sentence"}, soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    stored = await desk.pool.fetchval("SELECT string_agg(data::text || envelope::text, '') FROM ledger.events")
    assert "unrepeatable" not in stored
    assert await desk.pool.fetchval("SELECT bool_and(body IS NULL) FROM ledger.journal")


async def test_a_forged_row_is_refused_and_the_plan_goes_on(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(report("forged"), soon(NOON, 1), forged=True)
    await desk.journal(report("honest"), soon(NOON, 2))
    await desk.call(soon(NOON, 3))
    forged, honest = await desk.outcome("forged"), await desk.outcome("honest")
    assert forged is not None
    assert honest is not None
    assert (forged.code, honest.outcome) == ("bad_signature", "recorded")


async def test_a_command_on_which_decide_raises_is_refused_and_the_others_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.start(NOON)
    for name in ("r1", "poison", "r2"):
        await desk.journal(report(name), soon(NOON, 1))
    decide = type(PLAN).decide

    def poisoned(port: Any, plan: Any, asked: Any) -> Any:
        if asked.command.id == "poison":
            raise KeyError("a bug")
        return decide(port, plan, asked)

    monkeypatch.setattr(type(PLAN), "decide", poisoned)
    await desk.call(soon(NOON, 2))
    outcomes = [await desk.outcome(name) for name in ("r1", "poison", "r2")]
    assert [(one.outcome, one.code) for one in outcomes if one] == [
        ("recorded", None),
        ("refused", "engine_fault"),
        ("recorded", None),
    ]


async def test_only_the_command_at_fault_is_refused_when_postgres_refuses_a_write(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.start(NOON)
    for name in ("r1", "poison", "r2"):
        await desk.journal(report(name), soon(NOON, 1))
    append = Appender.append

    async def picky(appender: Appender, write: Write) -> Written | Conflict:
        if any(one.command == "poison" and one.outcome == "recorded" for one in write.outcomes):
            raise WriteRefused("23514", "readable")
        return await append(appender, write)

    monkeypatch.setattr(Appender, "append", picky)
    agenda = await desk.call(soon(NOON, 2))
    while agenda.more:
        agenda = await desk.call(soon(NOON, 2))
    outcomes = [await desk.outcome(name) for name in ("r1", "poison", "r2")]
    assert [one.outcome for one in outcomes if one] == ["recorded", "refused", "recorded"]


async def test_two_workers_that_decide_at_once_leave_one_outcome(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both decide on the same state; one appends, and the other conflicts and finds the work done."""
    await desk.start(NOON)
    await desk.journal(report("r1"), soon(NOON, 1))
    both, append, met = asyncio.Barrier(2), Appender.append, 0

    async def meeting(appender: Appender, write: Write) -> Written | Conflict:
        nonlocal met
        met += 1
        if met <= 2:
            await both.wait()
        return await append(appender, write)

    monkeypatch.setattr(Appender, "append", meeting)
    await asyncio.wait_for(asyncio.gather(desk.call(soon(NOON, 2)), desk.call(soon(NOON, 2))), 10)
    assert met == 2
    assert (await desk.kinds()).count("progress_reported") == 1


async def test_a_worker_with_a_stale_state_decides_again(desk: Desk, database: str, tmp_path: Any) -> None:
    """Another worker closed the plan meanwhile: the proposal is refused, not recorded."""
    await desk.start(NOON)
    async with open_pool(database) as pool:
        other = Desk(
            pool, desk.keyring, desk.identity, Handle(pool, desk.handle._appender, desk.keyring, desk.identity)
        )
        await other.journal({"command": "close_plan", "id": "end", "reason": "Done"}, soon(NOON, 1), role="operator")
        await other.call(soon(NOON, 1))
    await desk.journal({"command": "convene", "id": "on", "phase": "reflection"}, soon(NOON, 2), role="operator")
    await desk.call(soon(NOON, 2))
    refused = await desk.outcome("on")
    assert refused is not None
    assert refused.code == "plan_closed"


async def test_a_command_accepted_in_time_counts_though_the_worker_came_late(desk: Desk) -> None:
    """The worker is down over the deadline: the punctual body is not recorded as silent, the late one is."""
    agenda = await desk.start(NOON, QUARTERLY)
    assert agenda.deadline is not None
    await desk.journal(report("in-time"), soon(agenda.deadline, -1))
    await desk.journal(report("late", "neighbours"), soon(agenda.deadline, 1))
    await desk.call(agenda.deadline + timedelta(days=1))
    history = await desk.history()
    assert [entry.kind for entry in history][2:] == [
        "progress_reported",
        "phase_closed",
        "phase_opened",
        "progress_reported",
    ]
    assert [entry.phase for entry in history if entry.cause in ("in-time", "late")] == ["action", "reflection"]


@pytest.mark.parametrize("batch", [1, 100])
async def test_commands_between_two_past_deadlines_are_decided_in_the_right_phase(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Also if the journal has them in another order, and if one call reaches only some of them."""
    monkeypatch.setattr(handle, "MAX_COMMANDS", batch)
    phases = {"cycle": {"every": "PT90S", "reflection": "PT30S", "adaptation": "PT30S"}, "decisions": {"quorum": "1"}}
    first = (await desk.start(NOON, phases)).deadline
    assert first is not None
    await desk.journal(report("after-both"), soon(first, 31))
    await desk.journal(report("between", "neighbours"), soon(first, 29))
    await desk.journal(report("before"), soon(first, -1))
    while (await desk.call(soon(first, 50))).more:
        pass
    phases_by_cause = {entry.cause: entry.phase for entry in await desk.history() if entry.kind == "progress_reported"}
    assert phases_by_cause == {"before": "action", "between": "reflection", "after-both": "adaptation"}


async def test_a_deadline_is_recorded_only_after_its_grace(desk: Desk) -> None:
    """A command accepted right after a deadline waits: one accepted right before it may not be journalled yet."""
    deadline = (await desk.start(NOON, QUARTERLY)).deadline
    assert deadline is not None
    await desk.journal(report("after", "neighbours"), soon(deadline, 1))
    await desk.call(soon(deadline, 2))
    assert await desk.outcome("after") is None
    await desk.journal(report("before"), soon(deadline, -1), actor="actor-2")
    await desk.call(deadline + GRACE)
    kinds = await desk.kinds()
    assert "silence_recorded" not in kinds or kinds.index("progress_reported") < kinds.index("phase_closed")


async def test_three_quarters_without_answers_record_exactly_their_silence(desk: Desk) -> None:
    agenda = await desk.start(NOON, QUARTERLY)
    for _ in range(9):
        assert agenda.deadline is not None
        agenda = await desk.call(agenda.deadline + GRACE)
    silences = [entry.event for entry in await desk.history() if entry.kind == "silence_recorded"]
    assert [(one.cycle, one.asked_for, one.body) for one in silences] == [  # type: ignore[attr-defined]
        (cycle, asked_for, body)
        for cycle in (1, 2, 3)
        for asked_for, bodies in (("report", ["works"]), ("reflection", ["neighbours", "works"]))
        for body in bodies
    ]
    assert agenda.cycle == 4


async def test_a_signal_is_refused_only_if_the_journal_has_no_such_command(desk: Desk) -> None:
    await desk.start(NOON)
    number = await desk.journal(report("r1"), soon(NOON, 1))
    honest = ReceivedSignal(name="report_progress", size=30, sha256="b" * 64, number=number)
    liar = ReceivedSignal(name="report_progress", size=30, sha256="c" * 64, number=number + 1000)
    await desk.call(soon(NOON, 2), (honest, liar))
    refused = [entry.event for entry in await desk.history() if entry.kind == "arrivals_refused"]
    assert [one.count for one in refused] == [1]  # type: ignore[attr-defined]
    assert [first.sha256 for one in refused for first in one.first] == ["c" * 64]  # type: ignore[attr-defined]


async def test_a_flood_of_unknown_signals_is_bounded_per_cycle(desk: Desk) -> None:
    await desk.start(NOON)
    for turn in range(60):
        await desk.call(soon(NOON, turn), tuple(ReceivedSignal(name="x", size=1, sha256="d" * 64) for _ in range(100)))
    assert (await desk.kinds()).count("arrivals_refused") == 50


async def test_recorded_at_never_runs_backwards(desk: Desk) -> None:
    await desk.start(NOON)
    for step in (10, 3, 7):
        await desk.journal(report(f"r{step}"), soon(NOON, 1))
        await desk.call(soon(NOON, step))
    times = [entry.recorded_at for entry in await desk.history()]
    assert times == sorted(times)


def _correction(name: str, visibility: str | None = None) -> dict[str, Any]:
    change = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-04-30", "rationale": "hush: late"}
    return {
        "command": "propose_correction",
        "id": name,
        "on_behalf_of": "works",
        "trigger": "roadblock",
        "rests_on": ["r1"],
        "rationale": "hush: the lorries",
        "changes": [change],
        "source": "hush: a letter",
        **({"visibility": visibility} if visibility else {}),
    }


def _answers(correction: str) -> list[dict[str, Any]]:
    """Texts about a course correction, without a visibility of their own."""
    said = [
        ("endorse_correction", {"reason": "hush: they pay", "on_behalf_of": "neighbours"}),
        ("redraft_correction", _correction("-") | {"on_behalf_of": "works"}),
        (
            "decide_correction",
            {
                "draft": 2,
                "decision": "adopted",
                "response": "hush: so be it",
                "authority": {"document": "Minutes 7"},
                "on_behalf_of": "neighbours",
            },
        ),
    ]
    return [one | {"command": command, "id": command, "correction": correction} for command, one in said]


@pytest.mark.parametrize("inherited_from", ["course correction", "policy"])
async def test_texts_restricted_because_of_their_subject_are_sealed_too(desk: Desk, inherited_from: str) -> None:
    by_policy = inherited_from == "policy"
    await desk.start(
        NOON, {"decisions": {"quorum": "1"}, "visibility": {"corrections": "restricted"} if by_policy else {}}
    )
    await desk.journal(report("r1"), soon(NOON, 1))
    await desk.journal(_correction("cc", None if by_policy else "restricted"), soon(NOON, 2))
    for nth, said in enumerate(_answers("cc"), 3):
        await desk.journal(said, soon(NOON, nth))
    await desk.call(soon(NOON, 20))
    assert (await desk.kinds())[3:] == [
        "correction_proposed",
        "position_taken",
        "correction_redrafted",
        "correction_decided",
        "correction_took_effect",
    ]
    stored = await desk.pool.fetchval("SELECT string_agg(data::text || envelope::text, '') FROM ledger.events")
    assert "hush" not in stored
    opened = [await unseal(desk.pool, desk.keyring, "canal", [("actor-1", said["id"])]) for said in _answers("cc")]
    assert [sorted(one.values()) for one in opened] == [
        ["hush: they pay"],
        ["hush: a letter", "hush: late", "hush: the lorries"],
        ["Minutes 7", "hush: so be it"],
    ]
    plan = (await fold.current(PLAN, desk.pool, "canal")).state
    assert PLAN.dump(plan)["definition"]["commitments"][0]["milestones"][0]["due"] == "2027-04-30"


async def test_every_text_of_a_restricted_report_is_sealed(desk: Desk) -> None:
    await desk.start(NOON)
    said = report("r1") | {
        "text": "hush",
        "what": "hush",
        "count": 3,
        "differs": {"hush": "hush"},
        "evidence": [{"document": "hush", "url": "https://hush.example", "text": "hush"}],
        "source": {"document": "hush", "url": "https://hush.example"},
        "visibility": "restricted",
    }
    await desk.journal(said, soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    assert await desk.kinds() == ["plan_started", "phase_opened", "progress_reported"]
    stored = await desk.pool.fetchval("SELECT string_agg(data::text || envelope::text, '') FROM ledger.events")
    assert "hush" not in stored


async def test_sensitive_texts_are_recorded_only_as_seals(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal(power("p1"), soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    stored = await desk.pool.fetchval("SELECT string_agg(data::text, '') FROM ledger.events")
    assert "lorries" not in stored
    assert '"high"' not in stored
    opened = await unseal(desk.pool, desk.keyring, "canal", [("actor-1", "p1")])
    assert set(opened.values()) == {"high", "Stops the lorries when it likes"}
    seen = (await fold.current(PLAN, desk.pool, "canal")).state.power["quarry"][1]
    assert set(opened) == {seen.authority.sealed, seen.text.sealed}  # type: ignore[union-attr]


async def test_a_command_to_an_unknown_plan_is_refused_and_not_retried(desk: Desk) -> None:
    await desk.journal(report("r1"), NOON)
    agenda = await desk.call(soon(NOON, 1))
    refused = await desk.outcome("r1")
    assert refused is not None
    assert (agenda.status, agenda.more, refused.code) == ("unknown", False, "unknown_plan")


def living(desk: Desk) -> Desk:
    """The same desk on a live ledger, in which time is not skipped."""
    live = Identity(desk.identity.origin, 1, "live")
    return Desk(desk.pool, desk.keyring, live, Handle(desk.pool, desk.handle._appender, desk.keyring, live))


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_worker_whose_clock_is_ten_minutes_off_writes_nothing_to_a_live_ledger(
    desk: Desk, minutes: int
) -> None:
    live, now = living(desk), await database_time(desk.pool)
    said = {"command": "start_plan", "id": "start", "definition": PLAN_FILE | {"live_from": "2020-01-01"}}
    await live.journal(said, now, role="operator")
    with pytest.raises(ApplicationError) as raised:
        await live.call(now + timedelta(minutes=minutes))
    assert (raised.value.type, raised.value.non_retryable) == ("clock_off", False)
    assert await live.kinds() == []
    await live.call(await database_time(desk.pool))
    assert await live.kinds() == ["plan_started", "phase_opened"]


async def test_a_clock_slightly_ahead_records_no_deadline_early(desk: Desk) -> None:
    live, now = living(desk), await database_time(desk.pool)
    seconds = {"cycle": {"every": "PT40S", "reflection": "PT10S", "adaptation": "PT10S"}, "decisions": {"quorum": "1"}}
    definition = PLAN_FILE | {"live_from": "2020-01-01", "policy": seconds}
    await live.journal({"command": "start_plan", "id": "start", "definition": definition}, now, role="operator")
    agenda = await live.call(now + timedelta(seconds=50))  # by Temporal's clock the cycle would be over
    assert (agenda.phase, agenda.cycle) == ("action", 1)
    assert await live.kinds() == ["plan_started", "phase_opened"]


async def test_a_closed_plan_still_takes_reports_and_refuses_to_change_course(desk: Desk) -> None:
    await desk.start(NOON)
    await desk.journal({"command": "close_plan", "id": "end", "reason": "Done"}, soon(NOON, 1), role="operator")
    await desk.journal(report("late"), soon(NOON, 2))
    await desk.journal(
        {
            "command": "propose_correction",
            "id": "cr",
            "on_behalf_of": "works",
            "trigger": "roadblock",
            "rests_on": ["late"],
            "rationale": "Too late",
            "changes": [{"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-04-30"}],
        },
        soon(NOON, 3),
    )
    agenda = await desk.call(soon(NOON, 4))
    late, refused = await desk.outcome("late"), await desk.outcome("cr")
    assert late is not None
    assert refused is not None
    assert (agenda.status, late.outcome, refused.code) == ("closed", "recorded", "plan_closed")


async def test_a_plan_with_years_to_catch_up_is_written_in_several_parts(desk: Desk) -> None:
    """Cycles of seconds, and a worker down for an hour: no unit of work grows beyond what one call can write."""
    seconds = {"cycle": {"every": "PT9S", "reflection": "PT3S", "adaptation": "PT3S"}, "decisions": {"quorum": "1"}}
    await desk.start(NOON, seconds)
    wake, versions = NOON + timedelta(hours=1), [0]
    while True:
        agenda = await desk.call(wake)
        versions.append((await fold.current(PLAN, desk.pool, "canal")).version)
        if not agenda.more:
            break
    assert agenda.cycle == 400
    assert max(later - earlier for earlier, later in itertools.pairwise(versions)) <= MAX_ENTRIES + 10


async def test_the_system_stream_is_not_handled_as_a_plan(desk: Desk) -> None:
    assert (await desk.call(NOON, plan="_ledger")).status == "unknown"


async def test_events_that_older_programs_cannot_read_wait_until_the_minimum_reader_is_raised(
    desk: Desk, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.start(NOON)
    monkeypatch.setattr(Port, "reader", 2)
    monkeypatch.setattr("domain.port.NEEDS", {("progress_reported", 1): 2})
    await desk.journal(report("early"), soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    refused = await desk.outcome("early")
    assert refused is not None
    assert (refused.outcome, refused.code) == ("refused", "reader_not_raised")
    await raise_reader(database, 2)
    await desk.journal(report("in-time"), soon(NOON, 3))
    await desk.call(soon(NOON, 4))
    recorded = await desk.outcome("in-time")
    assert recorded is not None
    assert recorded.outcome == "recorded"
    with pytest.raises(NewerLedger, match="generation 2"):
        await establish(desk.pool, desk.identity.origin, desk.identity.mode, reader=1)


async def test_a_worker_decides_nothing_for_a_plan_with_an_unknown_kind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.start(NOON)
    await desk.journal(report("r1"), soon(NOON, 1))
    await desk.call(soon(NOON, 2))
    older = Port(
        PLAN.command_kinds, {kind: one for kind, one in PLAN.event_kinds.items() if kind != "progress_reported"}
    )
    await desk.journal(power("p1"), soon(NOON, 3))
    with monkeypatch.context() as before:
        before.setattr("activities.handle.PLAN", older)
        before.setattr(desk.handle, "_states", StateCache(older, desk.pool))
        with pytest.raises(ApplicationError) as raised:
            await desk.call(soon(NOON, 4))
    assert (raised.value.type, raised.value.non_retryable) == ("ledger_newer_than_code", False)
    assert await desk.outcome("p1") is None
    await desk.call(soon(NOON, 5))
    assert await desk.outcome("p1") is not None


async def test_punctual_commands_precede_their_deadline_after_the_clock_was_set_back(
    desk: Desk,
) -> None:
    """Entries are then dated ahead of the clock; the grace of a deadline follows the clock."""
    await desk.start(NOON)
    await desk.journal(report("before"), soon(NOON, 1))
    await desk.call(soon(NOON, 50))  # the clock stood 48 s ahead
    said = {"command": "convene", "id": "c", "phase": "reflection", "until": soon(NOON, 20).isoformat()}
    await desk.journal(said, soon(NOON, 2), role="operator")
    await desk.call(soon(NOON, 2.1))
    await desk.journal(report("late"), soon(NOON, 20.2))
    await desk.call(soon(NOON, 20.3))
    await desk.journal(report("punctual"), soon(NOON, 19.8))  # journalled half a second later
    await desk.call(soon(NOON, 26))
    entries = await desk.history()
    [punctual] = [entry.version for entry in entries if entry.cause == "punctual"]
    [_, closed] = [entry.version for entry in entries if entry.kind == "phase_closed"]
    [late] = [entry.version for entry in entries if entry.cause == "late"]
    assert punctual < closed < late
