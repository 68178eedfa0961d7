"""Why something is so: from the report to the lesson, to the course correction, to the change."""

from typing import Any, get_args

from audit.trace import Threads
from domain.kernel.entry import Entry
from domain.kernel.event import Visibility
from tests.unit.audit.telling import HIDDEN, WARD, steps_of, told

ENTRIES = told(WARD).entries
PUBLIC: frozenset[Visibility] = frozenset({"public"})
ALL: frozenset[Visibility] = frozenset(get_args(Visibility))
# frozenset({"public"}), frozenset({"public", "partners", "restricted"})


def _threads() -> Threads:
    return Threads(ENTRIES)


def _by(command: str) -> Entry:
    """The last entry that a command led to."""
    return [entry for entry, _ in ENTRIES if entry.cause == command][-1]


def _kinds(found: Any) -> list[str]:
    return [entry.kind for entry, _ in found if entry.visibility == "public"]


def test_a_change_is_traced_back_to_the_report_that_it_rests_on() -> None:
    because = _threads().because(_by("d1"))
    assert _kinds(because) == [
        "progress_reported",
        "lesson_recorded",
        "correction_proposed",
        "position_taken",
        "correction_decided",
    ]
    versions = [entry.version for entry, _ in because]
    assert versions == sorted(versions)


def test_a_report_is_traced_forward_to_the_change_that_followed() -> None:
    threads = _threads()
    assert _kinds(threads.came_of(threads.named("r-open"))) == [
        "lesson_recorded",
        "correction_proposed",
        "position_taken",
        "correction_decided",
        "correction_took_effect",
    ]
    assert threads.came_of(threads.named("r-last")) == []


def test_a_lesson_and_a_course_correction_are_traced_by_their_own_names() -> None:
    threads = _threads()
    assert _kinds(threads.named("l-open")) == ["lesson_recorded"]
    assert len(threads.named("later")) == 1, "the command that proposed it goes before"
    assert _kinds(threads.named("nobody-said-this")) == []


def test_no_entry_rests_on_a_later_one() -> None:
    threads = _threads()
    for entry, _ in ENTRIES:
        assert all(before.version < entry.version for before, _ in threads.because(entry))
        assert all(after.version > entry.version for after, _ in threads.came_of([(entry, "")]))


def test_a_replay_shows_for_each_entry_what_changed_and_why() -> None:
    views = [view.as_json() for view in steps_of(ALL)]
    (effect,) = [view for view in views if view["kind"] == "correction_took_effect"]
    (change,) = effect["changed"]["changes"]
    assert (change["item"], change["from"], change["to"]) == ("1.1", "2027-03-31", "2027-05-31")
    assert change["correction"] == "later"
    assert [led["kind"] for led in effect["because"]][-4:] == [
        "lesson_recorded",
        "correction_proposed",
        "position_taken",
        "correction_decided",
    ]
    assert effect["because_withheld"] == 0
    last = views[-1]
    assert last["changed"]["statuses"] == [{"item": "1.2", "from": "not_reported", "to": "done"}]
    steering = [view for view in views if view["kind"] in ("plan_started", "phase_opened")]
    assert [view["changed"] for view in steering] == [None, None]


def test_a_replay_counts_the_causes_that_its_reader_may_not_see() -> None:
    views = [view.as_json() for view in steps_of(PUBLIC)]
    (effect,) = [view for view in views if view["kind"] == "correction_took_effect"]
    assert len(effect["because"]) == 5
    assert effect["because_withheld"] == 2
    assert not [view for view in views if "withheld" in view["data"] and (view["because"] or view["because_withheld"])]
    for word in HIDDEN.values():
        assert word not in str(views)
