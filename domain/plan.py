"""The state of a plan: what the entries so far add up to.

Frozen all through: ``evolve`` returns another. The plan's shape, course and rounds are kept as fields. Everything that
bodies said is kept once, as entries by subject, and read through facts that are derived from the entries that count.
Nothing ever leaves the state; dropped is a mark.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeVar

from domain.contesting.counting import bodies_of, counting
from domain.contesting.messages import Contest
from domain.corrections.messages import BodyPosition, Correction
from domain.errata.fields import as_mended
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
    """*Plan version 4*: how often its shape was set."""
    live_from: datetime | None = None
    started_at: datetime | None = None
    latest: datetime | None = None
    """The latest moment at which anything took effect."""
    shaped_at: datetime | None = None
    """When the last event that shapes the plan took effect."""
    heard_at: datetime | None = None
    """When the last answer to what the plan asks took effect."""

    cycle: int = 0
    phase: Phase | None = None
    round: Round | None = None
    last_closed: Round | None = None
    cycle_ends_at: datetime | None = None
    counted_from: date | None = None
    """The day from which the ends of clocked cycles are counted, so that none drifts."""
    paused_at: datetime | None = None
    resumed_at: datetime | None = None
    rhythm_from: datetime | None = None
    """Since when the reports' present rhythm holds."""
    reporting: Round | None = None
    """The last round of that rhythm, open or over."""
    recorded_silences: tuple[Silence, ...] = ()
    """Every silence, with the entries that answered it late; see ``silences``."""

    joined: Mapping[str, datetime] = field(default_factory=dict)
    """The bodies that came after the start, and since when they take part."""
    former: Mapping[str, FormerPartner] = field(default_factory=dict)

    introduced: Mapping[str, datetime] = field(default_factory=dict)
    """Every item's id and since when it exists."""
    dropped: Mapping[str, datetime] = field(default_factory=dict)
    closed_at: datetime | None = None
    scales: tuple[tuple[int, Mapping[str, ScaleWord]], ...] = ()
    """Every scale the plan has had, each with the entry that set it, oldest first."""
    rounds_opened: tuple[tuple[int, datetime], ...] = ()
    """For each phase that opened: the entry that opened it, and the moment from which its round counts answers."""
    history: History[Contest] = field(default_factory=History)
    """What bodies said: the entries that the plan's facts are derived from."""
    set_by: Mapping[str, int] = field(default_factory=dict)
    """By part, and by part and field, the entry that set it last; what is not here the start set."""
    started_in: int = 0
    erased: tuple[int, ...] = ()
    """The entries of which what was sealed has been erased."""
    refused: int = 0
    arrivals_refused: int = 0
    """Events about refused arrivals in the present cycle."""

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
        """The awaited events that were declared, each with its day."""
        return self.facts("occurrences")

    @property
    def assumptions(self) -> Mapping[str, tuple[Stamp, AssumptionTest, Visibility]]:
        return self.facts("assumptions")

    @property
    def power(self) -> Mapping[str, tuple[Stamp, PowerObservation]]:
        return self.facts("power")

    @property
    def assessments(self) -> Mapping[str, tuple[AssessmentRecord, ...]]:
        """By what they judge; those of the whole plan under ``plan``."""
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
    def named(self) -> Mapping[str, Entry]:
        """The grounds: entries that a lesson or a course correction may rest on, by their names."""
        return Grounds(self.history)

    def members_in(self, cycle: int) -> Mapping[str, int]:
        """By group: how many of its members answered the reflection of a cycle."""
        found: Mapping[str, int] = self.facts("members").get(str(cycle), {})
        return found

    def reported_in(self, cycle: int) -> Bodies:
        """The bodies that reported in a cycle."""
        found: Bodies = self.facts("reported").get(str(cycle), frozenset())
        return found

    def reflected_in(self, cycle: int) -> Bodies:
        """The bodies that reflected on a cycle."""
        found: Bodies = self.facts("reflected").get(str(cycle), frozenset())
        return found

    @property
    def silences(self) -> tuple[Silence, ...]:
        """Every silence, without the late answers that their own body has contested since."""
        if not self.contested_entries():
            return self.recorded_silences
        return tuple(self._still_answered(silence) for silence in self.recorded_silences)

    def _still_answered(self, silence: Silence) -> Silence:
        holder = self.heir(silence.body)

        def counts(version: int) -> bool:
            return all(self.heir(contest.body) != holder for contest in self.history.marks(version))

        return replace(silence, answers=tuple(answer for answer in silence.answers if counts(answer[1])))

    def counting(self, entry: Entry, thread: list[Entry]) -> Entry | None:
        """What of an entry counts: as its errata read it, without the bodies that contest it; ``None`` for nothing.

        ``thread``: all entries about its subject, because a decision keeps in place what it rests on.
        """
        if self.history.is_plain:
            return entry
        errata = self.errata_on(entry.version)
        contested_by = self.contested_by(entry.version)
        if errata:
            entry = as_mended(entry, errata)
        return counting(entry, contested_by, thread) if contested_by else entry

    def may_change_statuses(self, entry: Entry) -> bool:
        """Whether an entry of this plan may have changed the status of an item, itself or through another entry."""
        return entry.kind in FACTS["standings"].kinds or self.history.touches(entry.version)

    def about(self, kind: str, id_: str) -> list[Entry]:
        """The entries about one subject, in stream order, also those that do not count any more."""
        return self.history.about((kind, id_))

    def round_counts_from(self, version: int) -> datetime | None:
        """From when the round counted answers that was the latest when an entry was recorded."""
        place = bisect_left(self.rounds_opened, version, key=lambda one: one[0])
        return self.rounds_opened[place - 1][1] if place else None

    # --- clocks and bodies ------------------------------------------------------------------------------------------

    def entered_afterwards(self, moment: datetime) -> bool:
        """Whether what took effect at a moment was recorded from sources, not as it happened."""
        return self.live_from is None or moment < self.live_from

    def later(self, moment: datetime, shift: timedelta) -> datetime:
        """A moment put off; what ended with a day ends with a day again."""
        calendar = self.defined.calendar()
        whole = calendar.start_of(calendar.day_of(moment)) == moment
        day = calendar.day_of(moment + shift - timedelta(microseconds=1))
        return calendar.end_of(day) if whole else moment + shift

    def partner_ids(self) -> list[str]:
        """The bodies that take part now."""
        return [partner.id for partner in self.defined.partners]

    def group_of(self, body: str | None) -> int | Literal["unknown"] | None:
        """How many members a group has; ``None`` for a body that is none."""
        return next((partner.group for partner in self.defined.partners if partner.id == body), None)

    def takes_part_since(self, body: str, moment: datetime) -> bool:
        """Whether a body takes part, and did at a moment."""
        return body in self.partner_ids() and self.joined.get(body, moment) <= moment

    def line(self, body: str) -> tuple[str, ...]:
        """A body and its successors, the present one last; nobody where the last of them left without one."""
        line = [body]
        while (former := self.former.get(line[-1])) is not None:
            if former.successor is None:
                return ()
            line.append(former.successor)
        return tuple(line)

    def heir(self, body: str) -> str | None:
        """Who holds now what a body held: itself, or its last successor; ``None`` where it left without one."""
        return next(reversed(self.line(body)), None)

    def heirs(self, bodies: Iterable[str]) -> Bodies:
        """Who holds now what some bodies held: what one has answered, its successor has."""
        return frozenset(heir for body in bodies if (heir := self.heir(body)) is not None)

    def who_reported(self, cycle: int) -> Bodies:
        """Who has reported in a cycle, by who holds now what it held."""
        return self.heirs(self.reported_in(cycle))

    def who_reflected(self, cycle: int) -> Bodies:
        """Who has reflected on a cycle, by who holds now what it held."""
        return self.heirs(self.reflected_in(cycle))

    def raiser_of(self, finding: FindingRecord) -> str | None:
        """Who follows up a finding: who raised it, or the successor; ``None`` where nobody is left to."""
        return self.heir(finding.body) if finding.body is not None else None

    def took_part_on(self, day: date) -> dict[str, Partner]:
        """The bodies that took part on some of a day, by their ids; those among them that have left since."""
        calendar = self.defined.calendar()
        began, ended = calendar.start_of(day), calendar.end_of(day)
        left = [one.partner for one in self.former.values() if one.left_at > began]
        return {one.id: one for one in (*self.defined.partners, *left) if self.joined.get(one.id, began) < ended}

    def positions_on(self, correction: Correction) -> dict[str, BodyPosition]:
        """The positions on the present draft by who holds the vote now."""
        return self.held_now(correction.positions)

    def held_now(self, held: Mapping[str, T]) -> dict[str, T]:
        """What bodies held, by who holds it now; of several in one line, the last body's."""
        lines = {body: self.line(body) for body in held}
        return {
            lines[body][-1]: held[body]
            for body in sorted(lines, key=lambda one: len(lines[one]), reverse=True)
            if lines[body]
        }

    def find(self, item: str) -> Commitment | Milestone | Indicator | None:
        """The commitment, milestone or indicator of an id, as it is now."""
        for commitment in self.defined.commitments:
            if commitment.id == item:
                return commitment
            for milestone in commitment.milestones:
                if milestone.id == item:
                    return milestone
        return next((indicator for indicator in self.defined.indicators if indicator.id == item), None)

    def happened(self) -> dict[str, date]:
        """What deadlines may count from: declared events, and milestones that are done; each with its day."""
        done = {item: held.source_day for item, held in self.standings.items() if held.means == "done"}
        return done | {awaited: day for awaited, (_, day) in self.occurrences.items()}

    def meaning_of(self, item: str) -> Meaning | None:
        held = self.standings.get(item)
        return held.means if held else None

    def scale_at(self, version: int) -> Mapping[str, ScaleWord]:
        """The scale in which an entry was told; a later one gives no new meaning to its words."""
        for since, scale in reversed(self.scales):
            if since < version:
                return scale
        return {}

    def unfinished(self) -> dict[str, list[str]]:
        """The milestones still owed, by the body that leads them; what waits for something to happen is not."""
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
        """When an item was dropped, or the commitment it belongs to; ``None`` while it stands."""
        for commitment in self.defined.commitments if item not in self.dropped else ():
            if any(milestone.id == item for milestone in commitment.milestones):
                return self.dropped.get(commitment.id)
        return self.dropped.get(item)

    def gone(self) -> dict[str, datetime]:
        """Everything that was dropped, a milestone with its commitment too, and since when."""
        within = {
            milestone.id: self.dropped[commitment.id]
            for commitment, milestone in self.defined.milestones()
            if commitment.id in self.dropped
        }
        return within | dict(self.dropped)

    def asked_to_report(self) -> dict[str, tuple[str, ...]]:
        """The bodies that owe a report now, and on what; a group is counted, not asked as one."""
        named = {partner.id for partner in self.defined.partners if partner.group is None}
        return {body: tuple(items) for body, items in self.unfinished().items() if body in named}

    def find_entry(self, name: int | str) -> Entry | None:
        """An entry that a body said, by its number; or the first that a command caused."""
        return self.history.entry(name)

    def is_erased(self, version: int) -> bool:
        """Whether what an entry sealed has been erased, with it or with another that came of the same command."""
        one = self.find_entry(version)
        led = (self.find_entry(erased) for erased in self.erased) if one is not None else ()
        same = ((entry.actor, entry.cause) == (one.actor, one.cause) for entry in led if entry and one)
        return version in self.erased or any(same)

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
        """Whether an entry still speaks for a body."""
        contested_by = self.contested_by(version)
        entry = self.find_entry(version) if contested_by else None
        return entry is None or not contested_by.issuperset(bodies_of(entry))

    def errata_on(self, version: int) -> list[Erratum]:
        """The errata on an entry that count, in the order in which they were recorded."""
        recorded = self.history.about(("errata on", str(version)))
        found = (self.errata.get(entry.subject_id) for entry in recorded)
        return [erratum for erratum in found if erratum is not None]

    def drafts_of(self, correction: str) -> int:
        """How many drafts of a course correction were ever written, contested ones among them."""
        kinds = ("correction_proposed", "correction_redrafted")
        return sum(entry.kind in kinds for entry in self.about("correction", correction))

    def open_corrections(self) -> list[Correction]:
        return [correction for correction in self.corrections.values() if correction.is_open]

    def with_(self, **changes: object) -> "Plan":
        return replace(self, **changes)  # type: ignore[arg-type]
