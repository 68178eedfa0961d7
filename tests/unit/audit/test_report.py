"""The report that is kept: it loads nothing, runs nothing, escapes everything, and says what it does not prove."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from audit.exports.content import Coverage, ExportContent
from audit.exports.report import write
from domain.kernel.event import Source
from language import LANGUAGES, speaking
from tests.unit.audit.telling import FEDERAL, NAMES, VERACRUZ, WARD, tell, told
from tests.unit.domain.story import changed, given

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'>&{{7*7}}{% raw %}</style></title>"
VOID = {"meta", "br"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements, what they refer to, and its text."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(written)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[str]:
        return [value for _tag, attrs in self.elements if (value := attrs.get(name)) is not None]


def page(history: ExportContent, spoken: str = "en") -> tuple[str, Page]:
    with speaking(spoken):
        written = b"".join(write(history)).decode()
    return written, Page(written)


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_whole_by_itself(name: str, spoken: str) -> None:
    written, read = page(told(name), spoken)
    assert ("html", {"lang": spoken}) in read.elements
    tags = {tag for tag, _attrs in read.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "input"}
    assert not re.search(r"url\(|@import", written)
    assert "default-src 'none'" in read.all("content")[0]
    assert not [name for _tag, attrs in read.elements for name in attrs if name.startswith("on")]
    ids = Counter(read.all("id"))
    assert max(ids.values()) == 1
    for target in read.all("href"):
        assert target.startswith(("http://", "https://")) or target.removeprefix("#") in ids, target
    headings = [int(tag[1]) for tag, _attrs in read.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings)), "no level is skipped"
    assert all(attrs.get("scope") for tag, attrs in read.elements if tag == "th")


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_in_the_timeline_and_every_version_of_the_plan_is_shown(name: str) -> None:
    history = told(name)
    _written, read = page(history)
    entries = [f"e{entry.version}" for entry, _ in history.entries]
    assert [one for one in read.all("id") if re.fullmatch(r"e\d+", one)] == entries
    assert len([tag for tag, _attrs in read.elements if tag == "details"]) == history.now.revision
    for _entry, hash_ in history.entries:
        assert hash_ in read.text


def test_a_report_shows_what_a_course_correction_changed_and_what_led_to_it() -> None:
    written, _read = page(told(WARD))
    assert "<del>2027-03-31</del>" in written
    assert "<ins>2027-05-31</ins>" in written
    assert "<del>due 31 March 2027</del> <ins>due 31 May 2027</ins>" in written
    card = written[written.index("<h3>later</h3>") : written.index("</article>", written.index("<h3>later</h3>"))]
    assert "Basins come late" in card
    assert "All may know" in card
    assert "It rests on 2 restricted observations." in card


@pytest.mark.parametrize(("spoken", "said"), [("en", "Not sealed"), ("es", "Sin sellar")])
def test_a_report_without_a_checkpoint_says_that_it_is_not_sealed(spoken: str, said: str) -> None:
    assert said in page(told(VERACRUZ), spoken)[1].text


def test_a_report_shows_the_checkpoint_and_how_far_it_reaches() -> None:
    note = "test.example/1\n40\nAAAA\n\n— test.example/1 <b>"
    count = len(told(VERACRUZ).entries)
    for covered, text in (
        (count, f"All {count} entries"),
        (3, "covers the first 3"),
    ):
        read = page(replace(told(VERACRUZ), sealed=Coverage(note, covered)))[1]
        assert text in read.text
        assert note in read.text
        assert "Not sealed" not in read.text


def test_what_was_entered_afterwards_and_what_is_illustrative_say_so_at_the_head() -> None:
    assert "ENTERED AFTERWARDS" in page(told(FEDERAL))[1].text
    assert "ILLUSTRATIVE" in page(told(VERACRUZ))[1].text
    assert "NOT FOR THE PUBLIC" in page(told(VERACRUZ, "restricted"))[1].text
    assert "NOT FOR THE PUBLIC" not in page(told(VERACRUZ))[1].text


def _hostile() -> ExportContent:
    edits = {
        "title": HOSTILE,
        "problem.statement": HOSTILE,
        "problem.causes.0.text": HOSTILE,
        "partners.0.name": HOSTILE,
        "commitments.0.title": HOSTILE,
        "commitments.0.milestones.0.deliverable": HOSTILE,
    }
    story = given(edits)
    story.when("report_progress", id="r", by="nurses", milestone="1.1", status="under_way", text=HOSTILE)
    lesson = {"id": "l", "text": HOSTILE, "therefore": HOSTILE, "rests_on": ["r"]}
    story.when("record_lesson", id="c", by="nurses", visibility="public", lesson=lesson)
    change = {"item": "1.1", "field": "proof", "from": "A photograph", "to": HOSTILE}
    proposal: dict[str, Any] = {"trigger": "roadblock", "rests_on": ["l"], "rationale": HOSTILE, "changes": [change]}
    story.when("propose_correction", id="p", by="nurses", **proposal)
    story.when("endorse_correction", id="e", by="auditors", correction="p", reason=HOSTILE)
    authority = {"document": HOSTILE, "number": HOSTILE}
    decision: dict[str, Any] = {"decision": "adopted", "response": HOSTILE, "authority": authority}
    story.when("decide_correction", id="d", by="doctors", correction="p", **decision)
    assert story.plan.revision == 2
    source = Source(document=HOSTILE, url="javascript:alert(1)")
    return tell([changed(entry, source=source) for entry in story.entries], story.plan)


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_nothing_that_anybody_typed_is_taken_for_the_page_itself(spoken: str) -> None:
    calm, hostile = page(told(WARD), spoken)[1], page(_hostile(), spoken)
    written, read = hostile
    assert {tag for tag, _attrs in read.elements} <= {tag for tag, _attrs in calm.elements}
    assert "<script" not in written
    assert "<img" not in written
    assert "javascript:" not in "".join(read.all("href"))
    assert read.text.count("alert('x')") >= 12
    assert "49" not in re.findall(r"&amp;(\d\d)", written), "a template in a text stays a text"
    assert "{{7*7}}" in read.text


def test_an_address_is_a_link_only_where_a_browser_may_go_to_it() -> None:
    addresses = ('https://example.org/a?b=1&c="2', "javascript:alert(1)", "data:text/html,x", "//x")
    history = told(WARD)
    entries = [
        changed(entry, source=Source(document="Minutes", url=url))
        for (entry, _), url in zip(history.entries, addresses, strict=False)
    ]
    read = page(tell(entries, history.now))[1]
    assert [one for one in read.all("href") if not one.startswith("#")] == [addresses[0]]
