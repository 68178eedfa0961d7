"""The state of a plan: the fold of its entries.

Immutable: ``evolve`` returns a new one. The plan's definition, course and rounds are fields. The statements of bodies
are stored once, as entries by subject; facts are derived from the entries that count. Nothing is ever removed from the
state: a dropped item is marked.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeVar

from domain.contesting.counting import bodies_of, without_contesting_bodies
from domain.contesting.messages import Contest
from domain.corrections.correction import BodyPosition, Correction
from domain.errata.fields import with_errata
from domain.errata.messages import Erratum
from domain.judging.messages import AssessmentRecord, FindingRecord
from domain.kernel.derive import Facts
from domain.kernel.entry import Entry, Stamp
from domain.kernel.event import Phase, Visibility
from domain.kernel.history import Grounds, History
from domain.kernel.record import replace
from domain.kernel.registry import FACTS
from domain.learning.messages import AssumptionTest, Lesson, PowerObservation
from domain.loop.messages import Round, Silence
from domain.partners import successors
from domain.partners.messages import FormerPartner
from domain.plan_file.deadlines import is_waiting
from domain.plan_file.definition import Commitment, Definition, Indicator, Meaning, Milestone, Partner, ScaleWord
from domain.reporting.messages import Measurement, ReportedStatus

T = TypeVar("T")

Bodies = frozenset[str]


@dataclass(frozen=True)
class Plan:
    id: str = ""
    version: int = 0
    recorded_at: datetime | None = None
    status: Literal["unknown", "open", "paused", "closed"] = "unknown"
    definition: Definition | None = None
    revision: int = 0
    """The plan version that people read: how often the definition was set."""
    live_from: datetime | None = None
    started_at: datetime | None = None
    latest: datetime | None = None
    """The latest effective time of any entry about the plan."""
    shaped_at: datetime | None = None
    """Effective time of the last event that shapes the plan."""
    heard_at: datetime | None = None
    """Latest effective time of a report, a reflection or a decision."""

    cycle: int = 0
    phase: Phase | None = None
    round: Round | None = None
    last_closed: Round | None = None
    cycle_ends_at: datetime | None = None
    counted_from: date | None = None
    """The day from which the ends of cycles driven by the clock are counted, so that no end drifts."""
    paused_at: datetime | None = None
    resumed_at: datetime | None = None
    rhythm_from: datetime | None = None
    """From when the present reporting rhythm applies."""
    reporting: Round | None = None
    """The last round of the reporting rhythm, open or over."""
    recorded_silences: tuple[Silence, ...] = ()
    """Every silence, with its late answers, contested ones too; ``silences`` leaves those out."""

    joined: Mapping[str, datetime] = field(default_factory=dict)
    """The bodies that joined after the start, each with the time."""
    former: Mapping[str, FormerPartner] = field(default_factory=dict)

    introduced: Mapping[str, datetime] = field(default_factory=dict)
    """The id of every item, with the time from which it exists."""
    dropped: Mapping[str, datetime] = field(default_factory=dict)
    closed_at: datetime | None = None
    scales: tuple[tuple[int, Mapping[str, ScaleWord]], ...] = ()
    """Every status scale of the plan, oldest first, each with the entry that set it."""
    rounds_opened: tuple[tuple[int, datetime], ...] = ()
    """For each opened phase: the entry that opened it, and the time from which its round counts answers."""
    history: History[Contest] = field(default_factory=History)
    """The entries from which facts are derived."""
    set_by: Mapping[str, int] = field(default_factory=dict)
    """By item, and by item and field, the entry that set it last; the start set everything that is not listed."""
    started_in: int = 0
    erased: tuple[int, ...] = ()
    """The entries whose sealed texts were erased."""
    refused: int = 0
    arrivals_refused: int = 0
    """How many records of refused signals the present cycle has."""

    @property
    def defined(self) -> Definition:
        """The definition of a plan that has been started."""
        if self.definition is None:
            raise LookupError("the plan has not been started")
        return self.definition

    # --- facts: what follows from the entries that count -------------------------------------------------------------

    def facts(self, name: str) -> Facts[Any]:
        """A registered fact of every subject that has it, by the subject's id."""
        return Facts(self, self.history, FACTS[name], self.counting)

    @property
    def standings(self) -> Mapping[str, ReportedStatus]:
        """The last stated status of each item."""
        return self.facts("standings")

    @property
    def evidence(self) -> Mapping[str, int]:
        """How many pieces of evidence each item has."""
        return self.facts("evidence")

    @property
    def measurements(self) -> Mapping[str, tuple[Stamp, Measurement, Visibility]]:
        return self.facts("measurements")

    @property
    def occurrences(self) -> Mapping[str, tuple[Stamp, date]]:
        """The declared awaited events, each with its day."""
        return self.facts("occurrences")

    @property
    def assumptions(self) -> Mapping[str, tuple[Stamp, AssumptionTest, Visibility]]:
        return self.facts("assumptions")

    @property
    def power(self) -> Mapping[str, tuple[Stamp, PowerObservation]]:
        return self.facts("power")

    @property
    def assessments(self) -> Mapping[str, tuple[AssessmentRecord, ...]]:
        """By the item that they judge; assessments of the whole plan are under ``plan``."""
        return self.facts("assessments")

    @property
    def findings(self) -> Mapping[str, FindingRecord]:
        return self.facts("findings")

    @property
    def lessons(self) -> Mapping[str, Lesson]:
        return self.facts("lessons")

    @property
    def corrections(self) -> Mapping[str, Correction]:
        return self.facts("corrections")

    @property
    def errata(self) -> Mapping[str, Erratum]:
        return self.facts("errata")

    @property
    def last_reported(self) -> Mapping[str, datetime]:
        """When the last report of each body took effect."""
        last: dict[str, datetime] = {}
        for in_cycle in self.facts("last_reported").values():
            last |= {body: max(last.get(body, moment), moment) for body, moment in in_cycle.items()}
        return last

    @property
    def grounds(self) -> Mapping[str, Entry]:
        """The entries that a lesson or a course correction may rest on, by name."""
        return Grounds(self.history)

    def members_in(self, cycle: int) -> Mapping[str, int]:
        """For each group, how many of its members answered the reflection of a cycle."""
        found: Mapping[str, int] = self.facts("members").get(str(cycle), {})
        return found

    def reported_in(self, cycle: int) -> Bodies:
        """The bodies that reported in a cycle."""
        reported = self.facts("reported")
        # A fold as of a moment may hold reports that were recorded in a later cycle; they count in its own.
        later = [one for one in self.history.ids("cycle") if int(one) > cycle] if cycle == self.cycle else []
        found: Bodies = frozenset().union(*(reported.get(one, ()) for one in (str(cycle), *later)))
        return found

    def reflected_in(self, cycle: int) -> Bodies:
        """The bodies that reflected on a cycle."""
        found: Bodies = self.facts("reflected").get(str(cycle), frozenset())
        return found

    @property
    def silences(self) -> tuple[Silence, ...]:
        """Every silence, without late answers that the silent body has contested."""
        if not self.contested_entries():
            return self.recorded_silences
        return tuple(self._without_contested_answers(silence) for silence in self.recorded_silences)

    def _without_contested_answers(self, silence: Silence) -> Silence:
        last = self._last_of(silence.body)

        def counts(version: int) -> bool:
            return all(self._last_of(contest.body) != last for contest in self.history.marks(version))

        return replace(silence, answers=tuple(answer for answer in silence.answers if counts(answer[1])))

    def _last_of(self, body: str) -> str:
        """The last body of a line of successors, also if it has left."""
        while (former := self.former.get(body)) is not None and former.successor is not None:
            body = former.successor
        return body

    def counting(self, entry: Entry, thread: list[Entry]) -> Entry | None:
        """The entry with its errata applied and without the bodies that contest it; ``None`` if it counts no more.

        ``thread``: all entries about its subject. A draft that was decided on stays in place although it is contested.
        """
        if self.history.is_plain:
            return entry
        errata = self.errata_on(entry.version)
        contested_by = self.contested_by(entry.version)
        if errata:
            entry = with_errata(entry, errata)
        return without_contesting_bodies(entry, contested_by, thread) if contested_by else entry

    def may_change_statuses(self, entry: Entry) -> bool:
        """Whether an entry may have changed the status of an item, by itself or as a contest or an erratum."""
        return entry.kind in FACTS["standings"].kinds or self.history.touches(entry.version)

    def about(self, kind: str, id_: str) -> list[Entry]:
        """The entries about one subject, in stream order, including those that count no more."""
        return self.history.about((kind, id_))

    def round_counts_from(self, version: int) -> datetime | None:
        """The time from which the round counted answers that was the latest when an entry was recorded."""
        index = bisect_left(self.rounds_opened, version, key=lambda opened: opened[0])
        return self.rounds_opened[index - 1][1] if index else None

    # --- clocks and bodies ------------------------------------------------------------------------------------------

    def entered_afterwards(self, moment: datetime) -> bool:
        """Whether an entry effective at a moment was entered afterwards from sources, not recorded as it happened."""
        return self.live_from is None or moment < self.live_from

    def postponed(self, moment: datetime, shift: timedelta) -> datetime:
        """A moment moved on by a length of time; the end of a day moves to the end of a day."""
        calendar = self.defined.calendar()
        ends_a_day = calendar.start_of(calendar.day_of(moment)) == moment
        day = calendar.day_of(moment + shift - timedelta(microseconds=1))
        return calendar.end_of(day) if ends_a_day else moment + shift

    def partner_ids(self) -> list[str]:
        """The present partners."""
        return [partner.id for partner in self.defined.partners]

    def group_of(self, body: str | None) -> int | Literal["unknown"] | None:
        """How many members a group has; ``None`` for any other body."""
        return next((partner.group for partner in self.defined.partners if partner.id == body), None)

    def takes_part_since(self, body: str, moment: datetime) -> bool:
        """Whether a body takes part now and has done so since a moment or before."""
        return body in self.partner_ids() and self.joined.get(body, moment) <= moment

    def current_holder(self, body: str) -> str | None:
        """The body itself, or its present successor; ``None`` if it left without one."""
        return successors.current_holder(self.former, body)

    def current_holders(self, bodies: Iterable[str]) -> Bodies:
        """The current holder of each body, without those that left."""
        return successors.current_holders(self.former, bodies)

    def by_current_holder(self, held: Mapping[str, T]) -> dict[str, T]:
        """Values of bodies, by current holder."""
        return successors.by_current_holder(self.former, held)

    def who_reported(self, cycle: int) -> Bodies:
        """The bodies that reported in a cycle, each replaced by its present successor."""
        return self.current_holders(self.reported_in(cycle))

    def who_reflected(self, cycle: int) -> Bodies:
        """The bodies that reflected on a cycle, each replaced by its present successor."""
        return self.current_holders(self.reflected_in(cycle))

    def auditor_of(self, finding: FindingRecord) -> str | None:
        """The body that may settle a finding: the one that raised it, or its successor; ``None`` if it left."""
        return self.current_holder(finding.body) if finding.body is not None else None

    def partners_on(self, day: date) -> dict[str, Partner]:
        """Partners active at any time that day, by id, including those who left later."""
        calendar = self.defined.calendar()
        day_begins, day_ends = calendar.start_of(day), calendar.end_of(day)
        left_later = [former.partner for former in self.former.values() if former.left_at > day_begins]
        return {
            partner.id: partner
            for partner in (*self.defined.partners, *left_later)
            if self.joined.get(partner.id, day_begins) < day_ends
        }

    def positions_on(self, correction: Correction) -> dict[str, BodyPosition]:
        """The positions on the present draft, by the body that holds the vote now."""
        return self.by_current_holder(correction.positions)

    def find(self, item: str) -> Commitment | Milestone | Indicator | None:
        """The present commitment, milestone or indicator with an id."""
        for commitment in self.defined.commitments:
            if commitment.id == item:
                return commitment
            for milestone in commitment.milestones:
                if milestone.id == item:
                    return milestone
        return next((indicator for indicator in self.defined.indicators if indicator.id == item), None)

    def happened(self) -> dict[str, date]:
        """What deadlines may count from, with its day: declared awaited events, and milestones that are done."""
        done = {item: held.source_day for item, held in self.standings.items() if held.means == "done"}
        return done | {awaited: day for awaited, (_, day) in self.occurrences.items()}

    def meaning_of(self, item: str) -> Meaning | None:
        held = self.standings.get(item)
        return held.means if held else None

    def scale_at(self, version: int) -> Mapping[str, ScaleWord]:
        """The scale in force when an entry was recorded; a later scale does not change what its status word means."""
        for since, scale in reversed(self.scales):
            if since < version:
                return scale
        return {}

    def unfinished(self) -> dict[str, list[str]]:
        """By lead, the milestones neither done nor stopped nor dropped, without those that wait for an event."""
        owed: dict[str, list[str]] = {}
        happened = self.happened()
        for commitment, milestone in self.defined.milestones():
            if self.dropped_since(milestone.id) is not None:
                continue
            if self.meaning_of(milestone.id) in ("done", "stopped"):
                continue
            if milestone.due is not None and is_waiting(milestone.due, happened):
                continue
            lead = self.defined.lead_of(commitment, milestone)
            if lead:
                owed.setdefault(lead, []).append(milestone.id)
        return owed

    def dropped_since(self, item: str) -> datetime | None:
        """When an item, or the commitment that it belongs to, was dropped; ``None`` if it was not."""
        for commitment in self.defined.commitments if item not in self.dropped else ():
            if any(milestone.id == item for milestone in commitment.milestones):
                return self.dropped.get(commitment.id)
        return self.dropped.get(item)

    def all_dropped(self) -> dict[str, datetime]:
        """Every dropped item with the time, including the milestones of dropped commitments."""
        within = {
            milestone.id: self.dropped[commitment.id]
            for commitment, milestone in self.defined.milestones()
            if commitment.id in self.dropped
        }
        return within | dict(self.dropped)

    def asked_to_report(self) -> dict[str, tuple[str, ...]]:
        """The bodies that owe a report, with the items. A group cannot answer as one, so it is not asked."""
        single = {partner.id for partner in self.defined.partners if partner.group is None}
        return {body: tuple(items) for body, items in self.unfinished().items() if body in single}

    def find_entry(self, name: int | str) -> Entry | None:
        """An entry about a subject, by its number or by the id of the command that caused it first."""
        return self.history.entry(name)

    def is_erased(self, version: int) -> bool:
        """Whether the sealed texts of an entry were erased, by its number or with another entry of the same command."""
        if version in self.erased:
            return True
        entry = self.find_entry(version)
        if entry is None:
            return False
        erased = (self.find_entry(number) for number in self.erased)
        return any((one.actor, one.cause) == (entry.actor, entry.cause) for one in erased if one is not None)

    def contests_of(self, version: int) -> list[Contest]:
        """The contests of an entry, in the order in which they were recorded."""
        return self.history.marks(version)

    def contested_entries(self) -> list[int]:
        """The numbers of the entries that were contested."""
        return list(self.history.marked_versions())

    def contested_by(self, version: int) -> frozenset[str]:
        """The bodies that have contested an entry."""
        return frozenset(contest.body for contest in self.history.marks(version))

    def stands(self, version: int) -> bool:
        """Whether at least one body that an entry speaks for does not contest it."""
        contested_by = self.contested_by(version)
        entry = self.find_entry(version) if contested_by else None
        return entry is None or not contested_by.issuperset(bodies_of(entry))

    def errata_on(self, version: int) -> list[Erratum]:
        """The errata on an entry, in the order in which they were recorded."""
        recorded = self.history.about(("errata on", str(version)))
        found = (self.errata.get(entry.subject_id) for entry in recorded)
        return [erratum for erratum in found if erratum is not None]

    def drafts_of(self, correction: str) -> int:
        """How many drafts of a course correction were written, including contested ones."""
        kinds = ("correction_proposed", "correction_redrafted")
        return sum(entry.kind in kinds for entry in self.about("correction", correction))

    def open_corrections(self) -> list[Correction]:
        return [correction for correction in self.corrections.values() if correction.is_open]

    def with_(self, **changes: object) -> "Plan":
        return replace(self, **changes)  # type: ignore[arg-type]
