"""What leaves: in the form that other people's tools read, and no more than the reader may know."""

import csv
import io
import itertools
import json
import warnings
from datetime import datetime
from operator import itemgetter
from typing import Any, get_args

import hypothesis.strategies as st
import pytest
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given as given_some
from ocdsmerge import Merger
from prov.model import ProvActivity, ProvDerivation, ProvDocument, ProvEntity

from audit.exports import FORMATS
from audit.exports.content import Reach
from audit.exports.ocds import filled
from audit.exports.ocds_merge import compiled, patch, versioned
from language import speaking
from tests.unit.audit import ocel_schema
from tests.unit.audit.telling import FEDERAL, HIDDEN, NAMES, PERSON, VERACRUZ, WARD, exported, tell, told
from tests.unit.domain.story import contested, entered, given, proposed

REACHES: tuple[Reach, ...] = get_args(Reach)


@pytest.mark.parametrize("name", [WARD, VERACRUZ])
@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("write_as", FORMATS)
def test_no_export_contains_text_beyond_its_reach(write_as: str, reach: Reach, name: str) -> None:
    written = exported(name, write_as, reach).decode()
    hidden = dict(zip(REACHES[1:], HIDDEN.values(), strict=True))
    for beyond in REACHES[REACHES.index(reach) + 1 :]:
        assert hidden[beyond] not in written
    if name == WARD and reach != "public":
        assert hidden[reach] in written
    assert (PERSON in written) <= (reach == "restricted"), "an opaque id is a person's all the same"


@pytest.mark.parametrize("write_as", FORMATS)
def test_an_export_is_deterministic(write_as: str) -> None:
    assert b"".join(FORMATS[write_as].write(told(WARD))) == exported(WARD, write_as)


@pytest.mark.parametrize("name", NAMES)
def test_every_export_marks_entries_entered_afterwards(name: str) -> None:
    afterwards = [step.before.entered_afterwards(step.entry.effective_at) for step in told(name).steps()]
    assert {FEDERAL: True, VERACRUZ: False, WARD: False}[name] == any(afterwards[1:])
    rows = list(csv.DictReader(io.StringIO(exported(name, "csv").decode("utf-8-sig"))))
    assert [row["entered_afterwards"] == "yes" for row in rows[1:]] == afterwards[1:]
    events = [json.loads(line) for line in exported(name, "cloudevents").splitlines()]
    assert [one["data"]["entered_afterwards"] for one in events[1:]] == afterwards[1:]
    log = ocel_schema.read(exported(name, "ocel"))
    marks = [value.value for event in log.events for value in event.attributes if value.name == "entered_afterwards"]
    assert [mark == "true" for mark in marks[1:]] == afterwards[1:]
    activities = json.loads(exported(name, "prov"))["activity"].values()
    assert [one["rumbo:entered_afterwards"] for one in activities][1:] == afterwards[1:]
    assert json.loads(exported(name, "ocds"))["records"][0]["compiledRelease"]["enteredAfterwards"] == any(
        afterwards[1:]
    )


def test_every_export_marks_contested_entries_and_names_the_contesting_entry() -> None:
    story = contested(entered(given()), "nurses", 3)
    history = tell(story.entries, story.plan)
    with speaking("en"):
        written = {write_as: b"".join(one.write(history)).decode() for write_as, one in FORMATS.items()}
    rows = list(csv.DictReader(io.StringIO(written["csv"].removeprefix("\ufeff"))))
    assert [row["contested_by"] for row in rows] == ["", "", "4", ""]
    events = [json.loads(line)["data"] for line in written["cloudevents"].splitlines()]
    assert [mark["by"] for event in events for mark in event["contested"]] == [4]
    log = ocel_schema.read(written["ocel"].encode())
    assert [v.value for event in log.events for v in event.attributes if v.name == "contested_by"] == ["", "", "4", ""]
    activities = json.loads(written["prov"])["activity"].values()
    assert [one["rumbo:contested_by"] for one in activities] == ["", "", "4", ""]
    (record,) = json.loads(written["ocds"])["records"]
    assert record["compiledRelease"]["commitments"][0]["milestones"][0]["contestedEntries"] == [3]
    assert "CONTESTED by Nursing office in entry 4" in written["html"]


# --- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_csv_has_a_row_for_each_entry(name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(name, "csv").decode("utf-8-sig"))))
    entries = told(name).entries
    assert [int(row["entry"]) for row in rows] == [entry.version for entry, _ in entries]
    assert [row["hash"] for row in rows] == [hash_ for _, hash_ in entries]
    for row in rows:
        assert datetime.fromisoformat(row["effective_at"]) <= datetime.fromisoformat(row["recorded_at"])
        assert isinstance(json.loads(row["data"]), dict)


def test_no_csv_cell_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(exported(WARD, "csv").decode("utf-8-sig"))))
    assert rows[-1]["text"] == "'=1+1"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


# --- CloudEvents ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_cloudevents_library_reads_every_line(name: str) -> None:
    events = [JSONFormat().read(None, line) for line in exported(name, "cloudevents").splitlines()]
    entries = [entry for entry, _ in told(name).entries]
    assert [event.get_id() for event in events] == [str(entry.version) for entry in entries]
    assert [event.get_time() for event in events] == [entry.effective_at for entry in entries]
    assert [event.get_type() for event in events] == [f"rumbo.{entry.kind}" for entry in entries]
    assert len({event.get_source() for event in events}) == 1
    sequence = [event.get_extension("sequence") for event in events]
    assert sequence == sorted(sequence)
    recorded = [datetime.fromisoformat(str(event.get_extension("recordedtime"))) for event in events]
    assert recorded == [entry.recorded_at for entry in entries]


# --- OCEL -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("name", NAMES)
def test_the_event_log_is_a_valid_ocel(name: str, reach: Reach) -> None:
    log = ocel_schema.read(exported(name, "ocel", reach))
    assert [event.time for event in log.events] == [view["effective_at"] for view in told(name, reach).views()]
    assert {one.type for one in log.objects} >= {"plan", "commitment", "milestone", "partner"}


def test_the_ocel_schema_rejects_an_inconsistent_log() -> None:
    log = json.loads(exported(WARD, "ocel"))
    log["events"][-1]["relationships"][0]["objectId"] = "plan:none"
    with pytest.raises(AssertionError):
        ocel_schema.read(json.dumps(log).encode())


def test_the_event_log_links_lesson_course_correction_and_changed_deadline() -> None:
    log = ocel_schema.read(exported(WARD, "ocel"))
    by_id = {one.id: one for one in log.objects}
    related = {(one.objectId, one.qualifier) for one in by_id["correction:later"].relationships}
    assert related == {("plan:ward", "corrects"), ("lesson:l-open", "rests on"), ("milestone:1.1", "changes")}
    assert ocel_schema.history_of(log, "milestone:1.1", "due") == ["2027-03-31", "2027-05-31"]
    assert ocel_schema.history_of(log, "correction:later", "status") == ["open", "adopted", "in_effect"]
    (effect,) = [event for event in log.events if event.type == "correction_took_effect"]
    assert {one.objectId for one in effect.relationships} >= {"plan:ward", "correction:later", "milestone:1.1"}


# --- PROV -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("name", NAMES)
def test_the_prov_library_reads_the_provenance_and_writes_the_same(name: str, reach: Reach) -> None:
    written = exported(name, "prov", reach)
    document = ProvDocument.deserialize(content=written.decode())
    again = json.loads(document.serialize() or "")
    assert len(again["activity"]) == len(told(name).entries)
    assert ProvDocument.deserialize(content=json.dumps(again)) == document
    named = {str(one.identifier) for kind in (ProvActivity, ProvEntity) for one in document.get_records(kind)}
    for derivation in document.get_records(ProvDerivation):
        for name_, value in derivation.formal_attributes[:2]:
            assert str(value) in named, name_


def test_the_provenance_derives_a_plan_version_from_a_lesson() -> None:
    derived = [
        (one["prov:generatedEntity"], one["prov:usedEntity"])
        for one in json.loads(exported(WARD, "prov"))["wasDerivedFrom"].values()
    ]
    assert derived == [("t:l-open", "t:r-open"), ("t:later", "t:l-open"), ("v:2", "v:1"), ("v:2", "t:later")]


# --- OCDS -----------------------------------------------------------------------------------------------------------

OMITTED = {"properties": {name: {"type": "string", "omitWhenMerged": True} for name in ("id", "date", "tag")}}
"""Of the standard's own schema what says how a release's own fields are merged; a plan's fields follow its rules."""


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("name", NAMES)
def test_ocdsmerge_makes_the_same_record_of_the_releases(name: str, reach: Reach) -> None:
    (record,) = json.loads(exported(name, "ocds", reach))["records"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        merger = Merger(OMITTED)
        assert merger.create_compiled_release(record["releases"]) == record["compiledRelease"]
        assert merger.create_versioned_release(record["releases"]) == record["versionedRelease"]


def test_the_record_has_every_value_that_a_deadline_has_had() -> None:
    (record,) = json.loads(exported(WARD, "ocds"))["records"]
    (commitment, *_) = record["versionedRelease"]["commitments"]
    (milestone, *_) = commitment["milestones"]
    due: list[dict[str, Any]] = milestone["due"]
    assert [one["value"] for one in due] == ["2027-03-31", "2027-05-31"]
    assert due[1]["releaseTag"] == ["planningUpdate"]
    assert due[1]["releaseID"].endswith("-correction_took_effect")


def test_a_course_correction_that_became_restricted_is_removed_in_the_ocds_record() -> None:
    story = proposed(given())
    change = {"item": "1.1", "field": "due", "from": "2027-03-31", "to": "2027-05-31"}
    redraft: dict[str, Any] = {"trigger": "roadblock", "rests_on": ["seen"], "rationale": "Hush", "changes": [change]}
    story.when("redraft_correction", by="nurses", correction="cc", visibility="restricted", **redraft)
    written = b"".join(FORMATS["ocds"].write(tell(story.entries, story.plan))).decode()
    assert "Hush" not in written
    (record,) = json.loads(written)["records"]
    left = {name: said for name, said in record["compiledRelease"]["courseCorrections"][0].items() if said}
    assert "rationale" not in left
    assert Merger(OMITTED).create_compiled_release(record["releases"]) == record["compiledRelease"]


Parts = st.SearchStrategy[dict[str, Any]]

_TEXT = st.none() | st.sampled_from(["a", "b"])
_PART: Parts = st.fixed_dictionaries({"id": st.sampled_from("xyz")}, optional={"due": _TEXT, "what": _TEXT})
_PARTS = st.lists(_PART, max_size=3, unique_by=lambda part: part["id"])
_ITEM: Parts = st.fixed_dictionaries({"id": st.sampled_from("mno")}, optional={"title": _TEXT, "parts": _PARTS})
_DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "title": _TEXT,
        "count": st.integers(0, 2),
        "words": st.lists(st.sampled_from("pq"), max_size=2),
        "problem": st.fixed_dictionaries({}, optional={"text": _TEXT, "who": _TEXT}),
        "items": st.lists(_ITEM, max_size=3, unique_by=lambda item: item["id"]),
    },
)


@given_some(documents=st.lists(_DOCUMENT.map(filled), min_size=1, max_size=6))
def test_for_any_changes_ocdsmerge_gives_the_same_result(documents: list[Any]) -> None:
    releases: list[Any] = []
    for nth, (before, after) in enumerate(itertools.pairwise([{}, *documents])):
        head = {"ocid": "o", "id": str(nth), "date": f"2027-01-{nth + 1:02}", "tag": ["planning"]}
        releases.append(head | patch(before, after))
    merger = Merger(OMITTED)
    assert compiled(releases) == merger.create_compiled_release(releases)
    assert versioned(releases) == merger.create_versioned_release(releases)
    own = ("ocid", "id", "date", "tag")
    assert _lasting({name: said for name, said in compiled(releases).items() if name not in own}) == _lasting(
        documents[-1]
    )


def _lasting(document: Any) -> Any:
    """Without the shells of what was taken back, which merging cannot remove, and in one order."""
    match document:
        case dict():
            kept = {name: _lasting(said) for name, said in document.items()}
            return {name: said for name, said in kept.items() if said not in ({}, [], None)}
        case [{"id": _}, *_]:
            return sorted((one for one in map(_lasting, document) if one.keys() != {"id"}), key=itemgetter("id"))
        case _:
            return document
