"""The federal example against the data it was entered from, row by row, with the known faults of that data."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.kernel.text import Absent
from domain.plan import Plan
from domain.plan_file.deadlines import After, Deadline, OnDay, Recurring
from domain.plan_file.definition import Commitment, Milestone
from tests.unit.examples.folding import EXAMPLES, Play, as_of, definition_of, lines_of

NAME = "federal-data-strategy-2020"
DATA = EXAMPLES.parents[1] / "shared" / "data" / "us-federal-data-strategy-2020"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the data it was entered from is not at {DATA}")

MENDED: dict[int, tuple[str, dict[str, Any]]] = {
    2: ("the row prints 23 agencies; no count was extracted", {"count": 23}),
    3: ("the row prints 65 people; no count was extracted", {"count": 65}),
    16: ("the row prints 23 agencies; no count was extracted", {"count": 23}),
    22: ("the row prints 65 people; no count was extracted", {"count": 65}),
    26: ("the row prints 65 beside a footnote mark, as the next row does; no count was extracted", {"count": 65}),
    49: ("the count 5 belongs to 2.4, printed after it", {"count": None}),
    54: ("the count 5 belongs to 2.4, printed after it", {"count": None}),
    62: (
        "the status and the count belong to 2.4-2.6, printed after it; the row only lists 19.1",
        {"status": {"absent": "not_stated"}, "count": None},
    ),
    77: (
        "the row says COMPLETED; the extracted status and count belong to 2.4-2.6, printed after it",
        {"status": "completed", "count": None},
    ),
    115: ("the row says Pending Guidance, which was extracted as no status", {"status": "pending guidance"}),
    117: ("the row says Pending Guidance, which was extracted as no status", {"status": "pending guidance"}),
    120: ("the row says Pending Guidance, which was extracted as no status", {"status": "pending guidance"}),
}

DIFFERING_DEADLINES = {
    10: "the progress page says 17.1 is due on 30 June, the plan 31 July",
    21: "the progress page says 6.2 is due on 30 June, the plan 31 July",
    98: "the progress page gives 14.3 a day, the plan only every 24 months",
}

NOT_DATES = {"2.4", "2.5", "2.6", "5.1", "9.1", "9.2"}
"""Targets that are words alone."""

BODIES = {
    "OMB": ["omb"],
    "OMB*": ["omb"],
    "CDOs": ["cdos"],
    "GSA": ["gsa"],
    "GSA and OMB": ["gsa", "omb"],
    "GSA with CDO Council and ICSP": ["gsa", "cdo-council", "icsp"],
    "GSA, the Office of Government Information Services of the National Archives, and OMB": ["gsa", "nara-ogis", "omb"],
    "CDO Council": ["cdo-council"],
    "CDO Council, ICSP": ["cdo-council", "icsp"],
    "FCSM": ["fcsm"],
    "NCES": ["nces"],
    "Census Bureau": ["census"],
    "SAOGI at OMB, FGDC, FGDC NGDA Lead Covered Agencies, GSA": ["saogi", "fgdc", "ngda-leads", "gsa"],
    "Getting Payments Right Executive Steering Committee": ["payments-steering"],
    "CAP Goal 8 Executive Steering Committee": ["grants-steering"],
    "Financial Data Transformation Executive Steering Committee[^15]": ["financial-data-steering"],
    "CIO Council Federal Technology Investment Management Community of Practice": ["it-investment-cop"],
}


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / "progress_updates.jsonl").read_text(encoding="utf-8").splitlines()]


def page(name: str) -> dict[str, dict[str, Any]]:
    found = json.loads((DATA / name).read_text(encoding="utf-8"))["milestones"]
    return {milestone["milestone"]: milestone for milestone in found}


def reports() -> list[dict[str, Any]]:
    return [command for command in lines_of(NAME) if command["command"] == "report_progress"]


def play() -> Play:
    played, definition = Play(NAME), definition_of(NAME)
    assert definition.source is not None
    played.start(definition, datetime.now(UTC), effective=datetime.fromisoformat(str(definition.source.date)))
    for command in lines_of(NAME):
        played.send(command, datetime.now(UTC))
    return played


def day(written: str | None) -> date | None:
    """A day as the pages write it: ``September 30, 2020``, with or without an asterisk."""
    found = re.fullmatch(r"([A-Z][a-z]+) (\d+), ?(\d{4})\*?", written or "")
    return datetime.strptime(" ".join(found.groups()), "%B %d %Y").date() if found else None  # noqa: DTZ007 - a day


def deadline(milestone: str, target: str) -> Deadline | None:
    """What a target of the plan page means as a deadline; ``None`` where it is no deadline but words."""
    if found := day(target):
        return OnDay(day=found)
    match target:
        case "12 months":
            return OnDay(day=date(2020, 12, 31))
        case "Ongoing every 24 months":
            return Recurring.model_validate({"every": "24 months"})
        case str() if target.startswith("Minimally every 3 months"):
            return Recurring.model_validate({"every": "3 months", "from": "2019-12-31", "until": "2020-12-31"})
        case str() if target.startswith("90 days after OMB/GSA standard metadata guidance"):
            return After(after="metadata-guidance", days=90)
        case _:
            assert milestone in NOT_DATES
            return None


def obligation(written: str) -> tuple[str, str]:
    """Who owes a milestone that the page gives to no single body, and our words for how much."""
    if written.startswith("Required for CFO Act"):
        memorandum = " (OMB M-19-23)" if "M-19-23" in written else ""
        return "cfo-act", f"Required of CFO Act agencies; encouraged of all{memorandum}"
    return "agencies", f"{written.split(maxsplit=1)[0]} of all agencies"


def described(plan: Plan) -> dict[str, tuple[Commitment, Milestone]]:
    return {milestone.id: (commitment, milestone) for commitment, milestone in plan.defined.milestones()}


def hold_page(plan: Plan, source: dict[str, dict[str, Any]]) -> None:
    ours = described(plan)
    assert list(ours) == list(source)
    for item, theirs in source.items():
        commitment, milestone = ours[item]
        assert commitment.id == str(theirs["action"])
        target = deadline(item, theirs["Target Date"])
        assert milestone.due == (target or Absent(absent="not_stated")), item
        assert milestone.stated or isinstance(milestone.due, OnDay | After), item
        assert isinstance(milestone.measure, Absent) == (theirs["Measurement"] == ""), item
        lead = plan.defined.lead_of(commitment, milestone)
        if party := theirs.get("Responsible Party"):
            assert [lead, *(milestone.supporting or commitment.supporting)] == BODIES[party], item
        else:
            assert isinstance(milestone.note, dict)
            assert (lead, milestone.note["en"]) == obligation(theirs["Required or Encouraged"]), item
        assert bool(milestone.proof) == bool(theirs.get("Reporting Mechanism")), item


def test_the_plan_before_may_is_the_page_of_february() -> None:
    hold_page(as_of(play().entries, datetime(2020, 5, 8, tzinfo=UTC)), page("plan_before_covid.json"))


def test_the_plan_after_august_is_the_page_of_august() -> None:
    hold_page(play().plan, page("plan_after_covid.json"))


def test_every_report_is_its_row_or_mended_from_the_rows_own_text() -> None:
    assert len(rows()) == len(reports()) == 123
    for number, (row, report) in enumerate(zip(rows(), reports(), strict=True), start=1):
        status = {"absent": "not_stated"} if row["status"] == "no status stated" else row["status"]
        count = int(row["count"]) if row["count"] is not None else None
        expected = {"status": status, "count": count} | MENDED.get(number, ("", {}))[1]
        assert report["id"] == f"u{number:03}"
        assert report["milestone"] == row["milestone"], number
        assert report["effective"] == row["date"], number
        assert report["source"] == {
            "document": f"GSA/data-strategy {row['commit']} {row['path']}",
            "date": row["date"][:10],
        }
        assert {"status": report["status"], "count": report.get("count")} == expected, number
        assert report.get("listed", False) == isinstance(report["status"], dict), number


def test_a_mended_row_really_differs_from_its_extraction_and_says_what_we_say() -> None:
    for number, (_, mended) in MENDED.items():
        row = rows()[number - 1]
        if count := mended.get("count"):
            assert row["count"] is None
            assert re.search(rf"\b{count}\b", row["text"])
        if mended.get("status") == "pending guidance":
            assert "Pending Guidance" in row["text"]
        if mended.get("status") == "completed":
            assert "COMPLETED" in row["text"].partition("Recurring")[0]
        if mended.get("count", 0) is None:
            assert "2.4 / 2.5 / 2.6" in row["text"].partition(f"{row['count']} ➧")[0]


def test_every_row_gives_the_deadline_that_the_plan_had_or_the_report_says_how_they_differ() -> None:
    entries, by_moment = play().entries, dict[str, Plan]()
    differing = set()
    for number, (row, report) in enumerate(zip(rows(), reports(), strict=True), start=1):
        moment = row["date"]
        if moment not in by_moment:
            by_moment[moment] = as_of(entries, datetime.fromisoformat(moment))
        due = described(by_moment[moment])[row["milestone"]][1].due
        ours = due.day if isinstance(due, OnDay) else None
        theirs = day(row["due"])
        if ours != theirs:
            differing.add(number)
            assert theirs is not None
            assert report["differs"]["due"] == theirs.isoformat()
    assert differing == DIFFERING_DEADLINES.keys()


def test_every_course_correction_stands_in_the_pages_history_at_its_moment() -> None:
    text = (DATA / "plan_changes.jsonl").read_text(encoding="utf-8").splitlines()
    history = [json.loads(line) for line in text]
    for command in lines_of(NAME):
        if command["command"] != "propose_correction":
            continue
        cells = [cell for cell in history if cell["date"] == command["effective"]]
        changed = {change.get("item") or change["add"]["milestone"]["id"] for change in command["changes"]}
        assert changed == {cell["milestone"] for cell in cells}
        assert {cell["commit"] for cell in cells} == {command["source"]["document"].split()[1]}


def words(text: str) -> list[str]:
    return re.findall(r"[\w.,]*\w", text.lower())


def runs(text: str, length: int = 8) -> Iterator[tuple[str, ...]]:
    said = [word.replace(",", "").replace(".", "") for word in words(text)]
    return zip(*(said[start:] for start in range(length)), strict=False)


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from strings(part)
        case list() | tuple():
            for part in value:
                yield from strings(part)
        case _:
            return


def test_no_eight_words_in_a_row_are_the_sources() -> None:
    theirs = set[tuple[str, ...]]()
    for row in rows():
        theirs |= set(runs(row["text"])) | set(runs(row["next_step"] or ""))
    published = json.loads((DATA / "lessons_and_posts.json").read_text(encoding="utf-8"))
    pages = [page("plan_before_covid.json"), page("plan_after_covid.json")]
    for text in strings([pages, published["lessons_md"], [post["text"] for post in published["posts"]]]):
        theirs |= set(runs(text))
    folder: Path = EXAMPLES / NAME
    commands = [{**command, "source": None} for command in lines_of(NAME)]  # a path is a name, not a sentence
    ours = [definition_of(NAME).model_dump(mode="json"), *commands]
    texts = [*strings(ours), *(file.read_text(encoding="utf-8") for file in folder.glob("*.md"))]
    assert {run for text in texts for run in runs(text)} & theirs == set()
