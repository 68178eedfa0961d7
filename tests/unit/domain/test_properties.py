"""Properties of any plan, for any commands and any passing of time."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import PLAN
from domain.contesting.counting import bodies_of
from domain.contesting.messages import EntryContested
from domain.corrections.changes import require_fit
from domain.corrections.messages import Change, CorrectionProposed, PositionTaken
from domain.errata.effects import is_superseded
from domain.errata.messages import ErratumConfirmed, ErratumContested, ErratumRecorded
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import CLOCK
from domain.kernel.refused import Refused
from domain.links import entry_of
from domain.loop.clock import FOLLOWING
from domain.plan import Plan
from domain.reporting.messages import ProgressReported
from domain.views.annotations import contests_of, mendings_of
from domain.views.plan import plan_view
from tests.unit.domain.story import QUARTERLY, Story, cut, fold
from tests.unit.domain.story import given as plan_given

BODIES: Final = ("nurses", "doctors", "auditors")
FACTS: Final = (
    "measure_indicator",
    "attach_evidence",
    "record_occurrence",
    "record_lesson",
    "test_assumption",
    "observe_power",
)
TAKING_PART: Final = ("join_partner", "leave_partner", "succeed_partner")
STEERING: Final = ("convene", "reopen_phase", "pause_plan", "resume_plan", "close_plan", *TAKING_PART)
NAMES: Final = ("n1", "n2", "n3")

DAYS: Final = ("2027-02-10", "2027-03-31", "2027-04-30")
CHANGES: Final[tuple[dict[str, Any], ...]] = (
    *({"item": "1.1", "field": "due", "from": was, "to": to} for was in DAYS for to in DAYS if was != to),
    *({"drop": item} for item in ("1.1", "1.2", "2", "2.2", "9.9")),
    {"add": {"commitment": "2", "milestone": {"id": "2.2", "deliverable": "Mirrors", "due": "2027-05"}}},
    {"item": "2.2", "field": "due", "from": "2027-05", "to": "2027-06"},
    {"item": "policy", "field": "cycle", "from": "convened", "to": QUARTERLY},
)


def command(plan: Plan, chance: Random) -> dict[str, Any]:
    """A command, sensible or not, that names things of the present plan."""
    one = chance.choice

    def some(of: Sequence[Any], least: int = 1) -> list[Any]:
        return chance.sample(of, min(len(of), chance.randint(least, 2)))

    def proposal() -> dict[str, Any]:
        fitting = [change for change in CHANGES if fits(plan, change)]
        return {
            "trigger": one(("roadblock", "achievement")),
            "rests_on": some(sorted(plan.grounds) or ["n1"]),
            "rationale": "Late",
            "changes": some(fitting if fitting and chance.random() < 0.8 else CHANGES),
            "takes_effect": one(("now", "now", "now", "next_cycle", "2027-02-15", "2027-06-01", "2028-01-01")),
        }

    def lesson() -> dict[str, Any]:
        return {"id": one(("L1", "L2", "L3")), "text": "Basins first", "for": [one(("successor", "this_plan"))]}

    def met(**fields: Any) -> dict[str, Any]:
        return {"date": "2027-01-04", "minutes": "Minutes 8", **fields}

    def answer() -> dict[str, Any]:
        correction = one(plan.open_corrections() or list(plan.corrections.values()))
        this = {"correction": correction.id}
        draft = this | {"draft": one((correction.draft, correction.draft, correction.draft, 1))}
        decision = draft | {"response": "We agree", "authority": {"document": "Minutes 7"}}
        positions = {body: one(("endorse", "endorse", "abstain")) for body in some(BODIES)}
        return one(
            (
                {"command": "endorse_correction", **draft},
                {"command": "oppose_correction", **draft, "reason": "No money"},
                {"command": "decide_correction", **decision, "decision": "adopted"},
                {"command": "decide_correction", **decision, "decision": "adopted"},
                {"command": "decide_correction", **decision, "decision": "declined"},
                {
                    "command": "decide_correction",
                    **decision,
                    "decision": "adopted",
                    "session": met(positions=positions),
                },
                {"command": "redraft_correction", **this, **proposal()},
                {"command": "return_correction", **draft, "reason": "Which ward?"},
                {"command": "withdraw_correction", **this},
                {"command": "explain_correction", **this, "rationale": "It was late"},
            )
        )

    def object_() -> dict[str, Any]:
        fields = plan.history.entries()
        return {"command": "contest_entry", "entry": one(fields).version if fields else 7, "reason": "We never said so"}

    def mend() -> dict[str, Any]:
        day = {"entry": 1, "item": "1.1", "field": "due", "says": one(DAYS), "should_say": one(DAYS)}
        reports = [e.version for e in plan.about("item", "1.1") if e.kind == "progress_reported"]
        count = {"entry": one(reports or [3]), "field": "count", "says": one((7, 7, 8)), "should_say": one((8, 9))}
        fitting = one((day | {"says": str(plan.find("1.1").due.day)}, count, count))  # type: ignore[union-attr]
        recorded = {"command": "record_erratum", **(fitting if chance.random() < 0.8 else one((day, count)))}
        if not plan.errata or recorded["says"] == recorded["should_say"]:
            return recorded if recorded["says"] != recorded["should_say"] else recorded | {"should_say": "2027-05-05"}
        erratum = {"erratum": one(list(plan.errata))}
        answers = ({"command": "confirm_erratum"}, {"command": "contest_erratum", "reason": "It moves a promise"})
        return one((recorded, recorded, answers[0] | erratum, answers[0] | erratum, answers[1] | erratum))

    def steer() -> dict[str, Any]:
        if plan.status == "paused":
            return {"command": "resume_plan"}
        phase = {"command": "convene", "phase": FOLLOWING[plan.phase or "adaptation"]}
        return one(
            (
                phase,
                phase | {"until": one(("2027-02-20", "2027-06-10", "2027-12-10"))},
                {"command": "reopen_phase", "reason": "Two were travelling"},
                {"command": "pause_plan", "reason": "Flood"},
                {"command": "close_plan", "reason": "Over"} if plan.version > 60 else phase,
            )
        )

    def tell() -> dict[str, Any]:
        status = one(("done", "under_way", "stopped", {"absent": "not_stated"}))
        return one(
            (
                {"command": "report_progress", "milestone": one(("1.1", "2.1", "2.2")), "status": status},
                {"command": "report_progress", "milestone": "1.1", "status": status, "count": 7},
                {"command": "report_progress", "milestone": "2.1", "status": status},
                {"command": "measure_indicator", "indicator": "rate", "value": one(("1.10", "9"))},
                {"command": "attach_evidence", "item": one(("1.1", "2.2")), "evidence": {"document": "Photo"}},
                {"command": "record_occurrence", "awaited": "guide"},
                {"command": "submit_reflection", "answers": {"did": "x"}, "lessons": some([lesson()], 0)},
                {"command": "submit_reflection", "answers": {"did": "x"}, "session": met(present=some(BODIES))},
                {"command": "record_lesson", "lesson": lesson() | {"rests_on": some(sorted(plan.grounds), 0)}},
                {"command": "test_assumption", "assumption": "soap", "outcome": one(("holding", "failed"))},
                {"command": "observe_power", "stakeholder": "purchasing", "ability": one(("low", "high"))},
            )
        )

    def take_part() -> dict[str, Any]:
        body, other = one(BODIES), one(("women", "health", "care", "nurses"))
        return one(
            (
                {"command": "join_partner", "body": other, "name": "Another body"},
                {"command": "leave_partner", "body": body, "reason": "Abolished"},
                {"command": "succeed_partner", "body": body, "successor": other, "name": "Another body"},
            )
        )

    def propose() -> dict[str, Any]:
        return {"command": "propose_correction", "id": f"k{chance.randrange(20)}", **proposal()}

    partners = take_part if chance.random() < 0.2 else tell
    return one((tell, partners, propose, answer if plan.corrections else propose, object_, mend, steer))()


def fits(plan: Plan, change: dict[str, Any]) -> bool:
    try:
        require_fit(plan.defined, plan.dropped, [Change.model_validate(change)])
    except Refused:
        return False
    return True


PLANS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"policy": {"cycle": QUARTERLY, "decisions": {"quorum": "1"}}},
    {"policy": {"reports": {"every": "month", "within": "10 working_days"}, "decisions": {"quorum": "1"}}},
    {"policy": {"cycle": "answered", "decisions": {"quorum": "1", "unanswered_after_cycles": "1"}}},
    {"live_from": "never", "source": "Gazette", "effective": "2026-06-01", "policy": {"decisions": {"quorum": "1"}}},
    {"live_from": "2027-02-01", "source": "Gazette", "policy": {"cycle": QUARTERLY}},
    {"live_from": "2028-01-01", "source": "Gazette", "policy": {"decisions": {"quorum": "1", "adopts": "1"}}},
)


class Life(NamedTuple):
    keys: dict[str, Any]
    sent: list[dict[str, Any]]
    story: Story


def lived(keys: dict[str, Any], steps: int, seed: int) -> Life:
    """A plan after random commands. Fewer steps with the same seed give a prefix of the same history."""
    chance = Random(seed)  # a history needs a thousand choices; hypothesis searches the seed and the shortest history
    story, sent = plan_given(**keys), list[dict[str, Any]]()
    for number in range(steps):
        fields = command(story.plan, chance)
        at = story.now + timedelta(hours=chance.choice((0, 0, 1, 24, 24 * 9, 24 * 40)))
        speaks = (*BODIES * 6, *story.plan.partner_ids(), None)
        body = None if fields["command"] in STEERING or "session" in fields else chance.choice(speaks)
        step = {
            "id": chance.choice((*[f"s{number}"] * 9, *NAMES)),
            "source": "Letter",
            "by": body,
            "role": "partner" if body and chance.random() < 0.2 else "operator",
            "at": at,
        }
        if fields["command"] == "contest_entry" and (contested_entry := story.plan.find_entry(fields["entry"])):
            step["by"] = chance.choice((*bodies_of(contested_entry), *BODIES))
        may_be_earlier = fields["command"] in FACTS or story.plan.entered_afterwards(at)
        if may_be_earlier and chance.random() < 0.5:
            step["effective"] = (at - timedelta(hours=chance.choice((1, 24, 24 * 30, 24 * 90)))).isoformat()
        sent.append(step | fields)
        story.when(**sent[-1])
        asked = asked_again(story, sent[-1])
        assert answer(story.plan, asked) == answer(story.plan, asked)
    return Life(keys, sent, story)


def asked_again(story: Story, step: dict[str, Any]) -> CommandEnvelope:
    raw = {key: value for key, value in step.items() if key not in ("by", "role", "at")}
    body = step["by"]
    return CommandEnvelope(
        command=PLAN.parse(raw), plan="ward", actor="a", role="operator", on_behalf_of=body, accepted_at=story.now
    )


def answer(plan: Plan, asked: CommandEnvelope) -> Any:
    """The decision of a plan: new events or a refusal. Any other exception fails the test."""
    try:
        return PLAN.decide(plan, asked)
    except Refused as refused:
        return str(refused)


lives = st.builds(lived, st.sampled_from(PLANS), st.integers(1, 60), st.integers(0, 2**32))
stories = lives.map(lambda life: life.story)
thorough = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def moments(story: Story) -> Iterator[datetime]:
    """The moments at which to cut a history: at and just before each effective time."""
    for moment in sorted({entry.effective_at for entry in story.entries}):
        yield moment - timedelta(microseconds=1)
        yield moment


def names_of(event: Any) -> set[str]:
    """The ids in an event that another entry must have introduced."""
    named: set[str] = set(getattr(event, "rests_on", ()))
    for key in ("milestone", "commitment", "indicator", "item", "awaited", "assumption"):
        one = getattr(event, key, None)
        named |= {one} if isinstance(one, str) else set(one or ())
    for key in ("about", "open_items", "unanswered", "lessons_for_successor", "covers"):
        named |= set(getattr(event, key, ()))
    if event.kind != "correction_proposed" and hasattr(event, "correction"):
        named.add(event.correction)
    added = {change.subject for change in getattr(event, "changes", ()) if change.add}
    named |= {change.subject for change in getattr(event, "changes", ()) if not change.add} - added
    return named - {"policy", "problem", "plan"}


@thorough
@given(stories)
def test_folding_in_several_steps_gives_the_same_state(story: Story) -> None:
    half = len(story.entries) // 2
    assert fold(story.entries) == story.plan
    assert fold(story.entries[half:], fold(story.entries[:half])) == story.plan
    assert PLAN.dump(fold(story.entries)) == PLAN.dump(story.plan)
    assert [entry.version for entry in story.entries] == list(range(1, story.plan.version + 1))


@thorough
@given(stories)
def test_every_event_is_read_back_as_it_was_written(story: Story) -> None:
    for entry in story.entries:
        written = PLAN.write(entry.event)
        read = PLAN.read(entry.kind, entry.schema, json.dumps(written))
        assert read == entry.event
        assert PLAN.write(read) == written


@thorough
@given(stories)
def test_nothing_takes_effect_before_what_it_names_in_any_cut(story: Story) -> None:
    for moment in moments(story):
        plan = PLAN.empty
        for entry in cut(story.entries, moment):
            known = {*plan.introduced, *plan.corrections, *plan.grounds}
            assert names_of(entry.event) <= known, entry
            if isinstance(entry.event, ErratumConfirmed | ErratumContested):
                assert entry.event.erratum in plan.errata
            assert entry_of(entry.event) is None or plan.find_entry(entry_of(entry.event) or 0), entry
            plan = PLAN.evolve(plan, entry)


@thorough
@given(stories)
def test_a_plan_can_be_shown_as_of_any_date(story: Story) -> None:
    for moment in [*moments(story)][1::9]:
        plan = fold(cut(story.entries, moment))
        assert plan_view(plan, moment).as_json()["version"] == plan.version


@thorough
@given(stories)
def test_in_any_cut_a_fact_is_replaced_only_by_one_with_a_later_effective_time(story: Story) -> None:
    for moment in moments(story):
        entries = cut(story.entries, moment)
        assert {item: held.at for item, held in fold(entries).standings.items()} == latest_stated(entries)


@thorough
@given(stories)
def test_in_any_cut_what_was_contested_is_shown_as_contested(story: Story) -> None:
    for moment in [*moments(story)][1::5]:
        entries = cut(story.entries, moment)
        plan = fold(entries)
        view = plan_view(plan, moment).as_json()
        shown = {(one["entry"], one["body"], one["by"]) for one in view["contested"]}
        contests = [entry for entry in entries if isinstance(entry.event, EntryContested)]
        assert shown == {(entry.event.entry, entry.on_behalf_of, entry.version) for entry in contests}  # type: ignore[attr-defined]
        for entry in contests:
            body, contested_entry = entry.on_behalf_of, plan.find_entry(entry_of(entry.event) or 0)
            assert contested_entry is not None
            assert [mark.by for mark in contests_of(plan, contested_entry.version) if mark.body == body]
            alone = bodies_of(contested_entry) == (body,)
            assert not alone or all(held.at[1] != contested_entry.version for held in plan.standings.values())
            if isinstance(contested_entry.event, CorrectionProposed):
                assert not plan.corrections[contested_entry.event.correction].is_open
            if isinstance(contested_entry.event, PositionTaken) and (
                at := held_at(plan, contested_entry.event.correction, body)
            ):
                assert at != contested_entry.effective_at or others_took(entries, contested_entry, body)


@thorough
@given(stories)
def test_in_any_cut_what_was_corrected_is_shown_as_corrected(story: Story) -> None:
    for moment in [*moments(story)][1::5]:
        entries = cut(story.entries, moment)
        plan = fold(entries)
        view = plan_view(plan, moment).as_json()
        recorded = [entry for entry in entries if isinstance(entry.event, ErratumRecorded)]
        assert [one["by"] for one in view["errata"]] == [entry.version for entry in recorded]
        objections = [entry for entry in entries if isinstance(entry.event, ErratumContested)]
        objected = {entry.event.erratum for entry in objections if plan.stands(entry.version)}  # type: ignore[attr-defined]
        for erratum in plan.errata.values():
            assert not (erratum.id in objected and erratum.in_effect)
            assert erratum.confirmed_by != erratum.body or erratum.confirmed_by is None
            marks = [mark.by for mark in mendings_of(plan, erratum.entry)]
            assert (erratum.version in marks) == erratum.in_effect
        for held in plan.standings.values():
            counts = [one.should_say for one in plan.errata_on(held.at[1]) if one.in_effect and one.field == "count"]
            assert not counts or held.report.count == counts[-1]
        days = [one for one in plan.errata_on(1) if one.item == "1.1"]
        if days and not is_superseded(plan, 1, "1.1", "due") and plan.definition:
            now = [one.should_say for one in days if one.in_effect] or [days[0].says]
            assert str(plan.find("1.1").due.day) == now[-1]  # type: ignore[union-attr]


@thorough
@given(stories)
def test_recorded_times_and_effective_times_of_course_changes_never_go_back(story: Story) -> None:
    shaping = [entry.effective_at for entry in story.entries if entry.event.SHAPES_THE_PLAN]
    assert shaping == sorted(shaping)
    recorded = [entry.recorded_at for entry in story.entries]
    assert recorded == sorted(recorded)
    assert all(entry.effective_at <= entry.recorded_at for entry in story.entries)


@thorough
@given(stories)
def test_a_refused_command_adds_only_the_entry_about_its_refusal(story: Story) -> None:
    plan = PLAN.empty
    for entry in story.entries:
        before, plan = plan, PLAN.evolve(plan, entry)
        if entry.kind == "command_refused":
            assert plan == before.with_(version=plan.version, recorded_at=plan.recorded_at, refused=before.refused + 1)


@thorough
@given(stories, st.integers(0, 900))
def test_advancing_the_clock_ends_and_records_no_silence_twice(story: Story, later: int) -> None:
    story.wait_until(story.now + timedelta(days=later))
    assert PLAN.due(story.plan, story.now) == []
    silences = [(e.body, e.asked_for, e.about, e.cycle, e.until) for e in story.events("silence_recorded")]
    assert len(silences) == len(set(silences))
    agenda = PLAN.agenda(story.plan)
    assert agenda is None or agenda > story.now


@thorough
@given(stories)
def test_while_a_plan_is_paused_or_closed_the_clock_does_nothing(story: Story) -> None:
    plan = PLAN.empty
    for entry in story.entries:
        if entry.role == CLOCK:
            assert plan.status == "open"
        if entry.kind == "silence_recorded":
            assert not plan.entered_afterwards(entry.effective_at)
        plan = PLAN.evolve(plan, entry)


@thorough
@given(lives)
def test_the_same_commands_at_the_same_moments_make_the_same_history(life: Life) -> None:
    again = plan_given(**life.keys)
    for step in life.sent:
        again.when(**step)
    assert again.entries == life.story.entries


def latest_stated(entries: list[Entry]) -> dict[str, tuple[datetime, int]]:
    """By item, which of the reports that stated a status took effect last."""
    latest: dict[str, tuple[datetime, int]] = {}
    gone = {entry.event.entry for entry in entries if isinstance(entry.event, EntryContested)}
    for entry in entries:
        report = entry.event
        if isinstance(report, ProgressReported) and isinstance(report.status, str) and entry.version not in gone:
            at = (entry.effective_at, entry.version)
            item = report.milestone or report.commitment or ""
            latest[item] = max(at, latest.get(item, at))
    return latest


def held_at(plan: Plan, correction: str, body: str | None) -> datetime | None:
    held = plan.corrections[correction].positions.get(body or "")
    return held.at if held else None


def others_took(entries: list[Entry], contested_entry: Entry, body: str | None) -> bool:
    """Whether a body took another position at the very same moment."""
    same = (
        entry
        for entry in entries
        if entry.effective_at == contested_entry.effective_at and entry.version != contested_entry.version
    )
    return any(body in bodies_of(entry) and entry.subjects()[:1] == contested_entry.subjects()[:1] for entry in same)
