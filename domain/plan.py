"""The state of a plan: what the entries so far add up to.

Frozen all through: ``evolve`` returns another. Nothing ever leaves it; dropped is a mark. A single-valued fact carries
the (effective_at, version) of the entry that set it, and yields only to a greater one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import PlainSerializer

from domain.deadlines import is_waiting
from domain.definition import Commitment, Definition, Indicator, Meaning, Milestone, Partner, ScaleWord
from domain.entry import Entry, Phase, Source, Visibility
from domain.growing import Growing, Piling, record, replace
from domain.statements import (
    Assessment,
    AssumptionTest,
    Decision,
    Finding,
    Lesson,
    Measurement,
    PowerObservation,
    Proposal,
    Report,
)
from domain.text import Said
from domain.told import bodies_of

T = TypeVar("T")

Stamp = tuple[datetime, int]
"""(effective_at, version): which of two statements of one fact holds."""

Bodies = Annotated[frozenset[str], PlainSerializer(sorted)]
"""Written in one order, because equal states are compared by their bytes."""


@record(frozen=True, slots=True)
class Standing:
    """The last report on an item that stated a status."""

    at: Stamp
    status: str
    means: Meaning
    report: Report
    body: str | None
    source_day: date
    """The day it speaks of: ``as_at``, or the day it took effect."""
    visibility: Visibility = "public"


@record(frozen=True, slots=True)
class Named:
    """Something a lesson or a course correction may rest on."""

    kind: str
    effective_at: datetime
    visibility: Visibility
    version: int = 0


@record(frozen=True, slots=True)
class Contest:
    """A body's word that an entry does not speak for it."""

    body: str
    by: int
    """The entry that says so."""
    recorded_at: datetime
    successor: str | None = None
    """Who says so in its place, where it has been succeeded since."""


@record(frozen=True, slots=True)
class Round:
    """A phase of a cycle, open or closed: what was asked from when to when."""

    cycle: int
    phase: Phase
    opened_at: datetime
    closes_at: datetime | None = None
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The bodies asked to report when it opened, and on what."""
    since: datetime | None = None
    """From when its window counts, where that was not held at first and opened again, or its phase was reopened."""
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    """When in it the plan was paused."""
    over: bool = False
    """Its last day has ended, and the next phase has not been convened."""
    period: int | None = None
    """Of the reports' own rhythm: which of its periods is asked about. Cycle and phase are those it fell into."""
    reports_on: datetime | None = None
    """When that period began: whoever reported since has answered."""

    @property
    def counts_from(self) -> datetime:
        """When its window began."""
        return self.since or self.opened_at

    @property
    def paused(self) -> timedelta:
        """How long of it the plan was paused."""
        return sum((ended - begun for begun, ended in self.pauses), timedelta())


@record(frozen=True, slots=True)
class Silence:
    body: str
    asked_for: Literal["report", "reflection", "position"]
    about: tuple[str, ...]
    cycle: int
    phase: Phase
    period: int | None
    until: datetime
    open_days: int
    working_days: int
    answers: tuple[Stamp, ...] = ()
    """The entries that answered it after all, as they came."""

    @property
    def answered_late(self) -> datetime | None:
        """When the first of them took effect."""
        return self.answers[0][0] if self.answers else None


@record(frozen=True, slots=True)
class Held:
    """A body's position on the present draft."""

    position: Literal["endorse", "oppose", "abstain"]
    at: datetime
    reason: Said | None
    visibility: Visibility


@record(frozen=True, slots=True)
class GivenBack:
    """A draft that was returned to its author, by whom and why."""

    body: str | None
    at: datetime
    reason: Said
    visibility: Visibility


@record(frozen=True, slots=True)
class EarlierDraft:
    """A draft that another has followed, with the positions that were taken on it: they did not carry over."""

    draft: int
    drafted_at: datetime
    proposal: Proposal
    visibility: Visibility
    positions: Mapping[str, Held]
    returned: GivenBack | None


@record(frozen=True, slots=True)
class Explained:
    """A reason that was published after its course correction."""

    rationale: Said
    covers: tuple[str, ...]
    visibility: Visibility


@record(frozen=True, slots=True)
class Correction:
    """A course correction and its fate."""

    id: str
    body: str | None
    """Who asked for it; ``None`` where the source does not say."""
    proposed_at: datetime
    drafted_at: datetime
    proposal: Proposal
    visibility: Visibility
    """That of the present draft."""
    draft: int = 1
    status: Literal[
        "open", "returned", "adopted", "in_effect", "stale", "declined", "withdrawn", "lapsed", "contested"
    ] = "open"
    positions: Mapping[str, Held] = field(default_factory=dict)
    returned: GivenBack | None = None
    """Why the present draft was given back to its author."""
    earlier: tuple[EarlierDraft, ...] = ()
    """The drafts before the present one, oldest first."""
    decision: Decision | None = None
    decision_visibility: Visibility = "public"
    decided_by: str | None = None
    decided_at: datetime | None = None
    effective_at: datetime | None = None
    stale: tuple[str, ...] = ()
    carried: int = 0
    owed_by: tuple[str, ...] = ()
    explained: tuple[Explained, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status in ("open", "returned")


@record(frozen=True, slots=True)
class Assessed:
    """An assessment as it was recorded."""

    body: str | None
    at: datetime
    assessment: Assessment
    visibility: Visibility


@record(frozen=True, slots=True)
class Followed:
    status: str
    body: str | None
    at: datetime
    text: Said | None
    visibility: Visibility


@record(frozen=True, slots=True)
class Found:
    """A finding and what became of it."""

    id: str
    body: str | None
    raised_at: datetime
    finding: Finding
    visibility: Visibility
    follow_ups: tuple[Followed, ...] = ()

    @property
    def status(self) -> str:
        return self.follow_ups[-1].status if self.follow_ups else "open"


@record(frozen=True, slots=True)
class Former:
    """A body that takes part no more."""

    partner: Partner
    left_at: datetime
    successor: str | None = None


@record(frozen=True, slots=True)
class Erratum:
    """What was typed wrongly in one entry, and what it should have said."""

    id: str
    version: int
    """The entry that says so."""
    entry: int
    item: str | None
    """The part of the plan; ``None`` for a field of what was told."""
    field: str
    says: Any
    should_say: Any
    body: str | None
    source: Source | None
    recorded_at: datetime
    visibility: Visibility
    waits: bool
    """Whether it touches a promise, and takes another body's word."""
    confirmed_by: str | None = None
    contested_by: str | None = None

    @property
    def head(self) -> str:
        """The field as a whole, where what it mends lies within it."""
        return self.field.split(".")[0]

    @property
    def status(self) -> Literal["waiting", "in_effect", "contested"]:
        if self.contested_by:
            return "contested"
        return "waiting" if self.waits and not self.confirmed_by else "in_effect"

    @property
    def in_effect(self) -> bool:
        return self.status == "in_effect"


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
    last_reported: Mapping[str, datetime] = field(default_factory=dict)
    """When each body's last report took effect."""
    reported: Mapping[int, Bodies] = field(default_factory=dict)
    """The bodies that reported, by cycle."""
    reflected: Mapping[int, Bodies] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()

    joined: Mapping[str, datetime] = field(default_factory=dict)
    """The bodies that came after the start, and since when they take part."""
    former: Mapping[str, Former] = field(default_factory=dict)

    introduced: Mapping[str, datetime] = field(default_factory=dict)
    """Every item's id and since when it exists."""
    dropped: Mapping[str, datetime] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    evidence: Mapping[str, int] = field(default_factory=dict)
    measurements: Mapping[str, tuple[Stamp, Measurement, Visibility]] = field(default_factory=dict)
    occurrences: Mapping[str, tuple[Stamp, date]] = field(default_factory=dict)
    assumptions: Mapping[str, tuple[Stamp, AssumptionTest, Visibility]] = field(default_factory=dict)
    power: Mapping[str, tuple[Stamp, PowerObservation]] = field(default_factory=dict)
    assessments: Mapping[str, tuple[Assessed, ...]] = field(default_factory=dict)
    """By what they judge; those of the whole plan under ``plan``."""
    findings: Mapping[str, Found] = field(default_factory=dict)
    members: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """By cycle and group: how many members answered its reflection."""
    closed_at: datetime | None = None
    lessons: Mapping[str, Lesson] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    named: Growing[str, Named] = field(default_factory=Growing)
    scales: tuple[tuple[int, Mapping[str, ScaleWord]], ...] = ()
    """Every scale the plan has had, each with the entry that set it, oldest first."""
    told: Piling[str, Entry] = field(default_factory=Piling)
    """By subject, the entries that its facts are added up from, in stream order."""
    contests: Mapping[int, tuple[Contest, ...]] = field(default_factory=dict)
    """By entry, who contested it; what of it no longer speaks for anybody counts no more."""
    errata: Mapping[str, Erratum] = field(default_factory=dict)
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
        return self.heirs(self.reported.get(cycle, ()))

    def who_reflected(self, cycle: int) -> Bodies:
        """Who has reflected on a cycle, by who holds now what it held."""
        return self.heirs(self.reflected.get(cycle, ()))

    def raiser_of(self, finding: Found) -> str | None:
        """Who follows up a finding: who raised it, or the successor; ``None`` where nobody is left to."""
        return self.heir(finding.body) if finding.body is not None else None

    def took_part_on(self, day: date) -> dict[str, Partner]:
        """The bodies that took part on some of a day, by their ids; those among them that have left since."""
        calendar = self.defined.calendar()
        began, ended = calendar.start_of(day), calendar.end_of(day)
        left = [one.partner for one in self.former.values() if one.left_at > began]
        return {one.id: one for one in (*self.defined.partners, *left) if self.joined.get(one.id, began) < ended}

    def positions_on(self, correction: Correction) -> dict[str, Held]:
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
        """What somebody said, by its number, or the first that a command led to."""
        said = [entry for entries in self.told.values() for entry in entries if name in (entry.version, entry.cause)]
        return min(said, key=lambda entry: entry.version, default=None)

    def is_erased(self, version: int) -> bool:
        """Whether what an entry sealed has been erased, with it or with another that came of the same command."""
        one = self.find_entry(version)
        led = (self.find_entry(erased) for erased in self.erased) if one is not None else ()
        same = ((entry.actor, entry.cause) == (one.actor, one.cause) for entry in led if entry and one)
        return version in self.erased or any(same)

    def contested_by(self, version: int) -> frozenset[str]:
        """The bodies that have contested an entry."""
        return frozenset(contest.body for contest in self.contests.get(version, ()))

    def stands(self, version: int) -> bool:
        """Whether an entry still speaks for anybody."""
        entry = self.find_entry(version) if version in self.contests else None
        return entry is None or not self.contested_by(version).issuperset(bodies_of(entry))

    def errata_on(self, version: int) -> list[Erratum]:
        """What was said to be typed wrongly in an entry, in the order in which that was said."""
        return [erratum for erratum in self.errata.values() if erratum.entry == version]

    def drafts_of(self, correction: str) -> int:
        """How many drafts of a course correction were ever written, contested ones among them."""
        kinds = ("correction_proposed", "correction_redrafted")
        return sum(entry.kind in kinds for entry in self.told.get(f"correction {correction}", ()))

    def open_corrections(self) -> list[Correction]:
        return [correction for correction in self.corrections.values() if correction.is_open]

    def with_(self, **changes: object) -> "Plan":
        return replace(self, **changes)  # type: ignore[arg-type]
