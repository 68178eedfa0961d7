"""What became of entries afterwards: no view shows one that was contested or mended as if nothing had happened."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from domain.contesting.messages import Contest
from domain.errata.messages import Erratum
from domain.kernel.entry import Entry
from domain.kernel.event import Source, Subject, Visibility
from domain.plan import Plan
from domain.views.construct import part_view
from domain.views.models.annotations import (
    ContestedEntryView,
    ContestView,
    ErratumView,
    MendedEntryView,
    MendingView,
)
from domain.views.models.parts import SourceView


def contests_of(plan: Plan, version: int) -> tuple[ContestView, ...]:
    """Who contested an entry."""
    return tuple(ContestView(**_contest(contest)) for contest in plan.contests_of(version))


def mendings_of(plan: Plan, version: int) -> tuple[MendingView, ...]:
    """The errata in effect on an entry."""
    return tuple(MendingView(**_mending(erratum)) for erratum in plan.errata_on(version) if erratum.in_effect)


def errata_views(plan: Plan, may_see: Collection[Visibility]) -> tuple[ErratumView, ...]:
    """Every erratum that a reader may see, with what became of it."""
    return tuple(erratum_view(one) for one in plan.errata.values() if one.visibility in may_see)


def erratum_view(erratum: Erratum) -> ErratumView:
    """An erratum: which entry, what it says and should say, whose word it is and who confirmed or contested it."""
    return ErratumView(
        **_mending(erratum),
        entry=erratum.entry,
        status=erratum.status,
        waits=erratum.waits,
        written_by=erratum.body,
        confirmed_by=erratum.confirmed_by,
        contested_by=erratum.contested_by,
        source=source_view(erratum.source),
    )


def contested_views(plan: Plan, may_see: Collection[Visibility]) -> tuple[ContestedEntryView, ...]:
    """The contested entries that a reader may see, each with who contested it."""
    found = [
        ContestedEntryView(**_contest(contest), entry=version, kind=entry.kind, subject=entry.subject_id)
        for version in plan.contested_entries()
        if (entry := plan.find_entry(version)) is not None and entry.visibility in may_see
        for contest in plan.contests_of(version)
    ]
    return tuple(sorted(found, key=lambda one: (one.entry, one.by)))


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a reader may see of the contests and errata of a plan, by subject. Made once for a view of many subjects."""

    contested_entries: tuple[ContestedEntryView, ...]
    contested: Mapping[Subject, tuple[ContestedEntryView, ...]]
    mended: Mapping[Subject, tuple[MendedEntryView, ...]]

    def about(self, kind: str, id_: str) -> dict[str, Any]:
        """The fields of `AnnotatedView`."""
        subject = kind, id_
        return {"contested": self.contested.get(subject, ()), "mended": self.mended.get(subject, ())}


def annotations_of(plan: Plan, may_see: Collection[Visibility]) -> Annotations:
    """The contested entries by their own subject; the errata in effect by what their entry or their item is about."""
    contested_entries = contested_views(plan, may_see)
    contested: defaultdict[Subject, list[ContestedEntryView]] = defaultdict(list)
    for one in contested_entries:
        contested[_entry(plan, one.entry).subjects()[0]].append(one)
    mended: defaultdict[Subject, list[MendedEntryView]] = defaultdict(list)
    for erratum in plan.errata.values():
        if erratum.in_effect and erratum.visibility in may_see:
            view = MendedEntryView(**_mending(erratum), entry=erratum.entry)
            item = erratum.item
            for subject in _entry(plan, erratum.entry).subjects() if item is None else (("item", item),):
                mended[subject].append(view)
    return Annotations(
        contested_entries,
        {subject: tuple(views) for subject, views in contested.items()},
        {subject: tuple(views) for subject, views in mended.items()},
    )


def _entry(plan: Plan, version: int) -> Entry:
    entry = plan.find_entry(version)
    assert entry is not None, "what is annotated is an entry of the plan"
    return entry


def source_view(source: Source | None) -> SourceView | None:
    """The document that says so."""
    return part_view(SourceView, source) if source else None


def _contest(contest: Contest) -> dict[str, Any]:
    return {
        "body": contest.body,
        "by": contest.by,
        "recorded_at": contest.recorded_at,
        "successor": contest.successor,
    }


def _mending(erratum: Erratum) -> dict[str, Any]:
    return {
        "erratum": erratum.id,
        "by": erratum.version,
        "recorded_at": erratum.recorded_at,
        "item": erratum.item,
        "field": erratum.field,
        "says": erratum.says,
        "should_say": erratum.should_say,
    }
