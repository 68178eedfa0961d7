"""Reading a plan file: every scalar is text, and every fault has its line."""

import json
import time

import pytest

from domain.kernel.faults import Malformed
from gateway.plan_files.plan_file import read_plan_file
from gateway.plan_files.yaml_text import MAX_DEPTH, MAX_FILE_BYTES, read_text

GOOD = """plan: p
title: t
problem: {statement: s}
partners: [{id: a, name: A}]
commitments:
  - id: 1
    title: t
    lead: a
    milestones:
      - {id: 1.10, deliverable: no, due: 2027-06-30, proof: 0x10}
"""


def faults(text: str | bytes, *, is_json: bool = False) -> list[tuple[int | None, str]]:
    body = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Malformed) as malformed:
        read_plan_file(body, is_json=is_json)
    return [(fault.line, fault.code) for fault in malformed.value.faults]


def test_every_scalar_is_text() -> None:
    [milestone] = read_plan_file(GOOD.encode()).definition.commitments[0].milestones
    assert (milestone.id, milestone.deliverable, milestone.proof) == ("1.10", "no", "0x10")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (1, "empty_file")),
        ("# nothing\n", (1, "empty_file")),
        ("just words", (1, "mapping_expected")),
        ("- a\n- b\n", (1, "mapping_expected")),
        ("plan: x\n\ttitle: y\n", (2, "tab")),
        ("plan: x\ntitle: a: b\n", (2, "colon_in_text")),
        ("plan: [a\n", (2, "not_yaml")),
        ("plan: 'a\n", (2, "not_yaml")),
        ("plan: x\ntitle: \0\n", (2, "forbidden_character")),
        (b"plan: x\ntitle: \xff\n", (2, "not_utf8")),
        ("a: {" * (MAX_DEPTH + 2) + "}" * (MAX_DEPTH + 2), (1, "too_deep")),
        ("[" * 100_000, (1, "too_deep")),
        ("#" * (MAX_FILE_BYTES + 1), (None, "file_too_large")),
    ],
)
def test_invalid_yaml_is_one_fault_with_its_line(text: str | bytes, found: tuple[int | None, str]) -> None:
    assert faults(text)[0] == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("title: t\npr", "title: &x t\npr", (2, "anchor")),
        ("title: t\npr", "title: *x\npr", (2, "anchor")),
        ("title: t\npr", "title: !!str t\npr", (2, "tag")),
        ("title: t\npr", "title: !!python/object:os.system t\npr", (2, "tag")),
        ("title: t\npr", "title: t\n<<: {a: b}\npr", (3, "merge_key")),
        ("title: t\npr", "title: t\ntitle: t\npr", (3, "duplicate_key")),
        ("title: t\npr", "title: t\n? [a, b]\n: c\npr", (3, "key_expected")),
        ("title: t\npr", 'title: "a\\0b"\npr', (2, "forbidden_character")),
        ("title: t\npr", 'title: "a\\ud800b"\npr', (2, "forbidden_character")),
        ("title: t\npr", "title: {es: Uno, dos, en: One}\npr", (2, "comma_in_text")),
        ("title: t\npr", "title: t\nsource:\npr", (3, "empty_value")),
        ("title: t\npr", "title: t\nsource: ~\npr", (3, "empty_value")),
        ("lead: a\n", "lead: a\n    addresses: [\n      c1, ,\n    ]\n", (10, "not_yaml")),
        ("lead: a", "lead: b", (8, "unknown_body_named")),
        ("deliverable: no, ", "", (10, "missing")),
        ("2027-06-30", "2027-02-30", (10, "impossible_date")),
        ("due:", "deu:", (10, "unknown_key")),
        ("{id: a, name: A}", "{id: á, name: A}", (4, "bad_id")),
        ("problem:", "policy: {decisions: {quorum: 2}}\nproblem:", (3, "quorum_cannot_be_met")),
    ],
)
def test_a_fault_is_named_once_with_its_line(old: str, new: str, found: tuple[int, str]) -> None:
    assert old in GOOD
    assert faults(GOOD.replace(old, new)) == [found]


def test_a_file_with_several_documents_is_refused() -> None:
    assert faults(GOOD + "---\n" + GOOD) == [(11, "several_documents")]


def test_the_key_probably_meant_is_named() -> None:
    with pytest.raises(Malformed) as malformed:
        read_plan_file(GOOD.replace("deliverable", "deliverble").encode())
    assert "→ deliverable?" in str(malformed.value)


def test_faults_of_keys_and_of_meaning_are_reported_together() -> None:
    text = GOOD.replace("deliverable: no, ", "").replace("lead: a", "lead: b").replace("title: t\npr", "titel: t\npr")
    text += "policy: {decisions: {quorum: 7}}\n"
    assert faults(text) == [
        (1, "missing"),
        (2, "unknown_key"),
        (8, "unknown_body_named"),
        (10, "missing"),
        (11, "quorum_cannot_be_met"),
    ]


def test_a_value_that_fits_no_variant_is_compared_with_the_nearest_one_only() -> None:
    indicators = "indicators: [{id: i, name: n, baseline: {value: many}}]\n"
    assert faults(GOOD + indicators) == [(11, "not_a_number")]


def test_json_is_read_alike_with_its_own_escapes_tabs_and_lines() -> None:
    said = {
        "plan": "p",
        "title": "\U0001f600 a/b",
        "problem": {"statement": "s\tt"},
        "partners": [{"id": "a", "name": "A"}],
        "commitments": [{"id": "1", "title": "t", "lead": "a"}],
    }
    file = read_plan_file(json.dumps(said, indent="\t").replace("/", "\\/").encode(), is_json=True)
    assert (file.definition.title, file.definition.problem.statement) == ("\U0001f600 a/b", "s\tt")
    assert faults(json.dumps(said | {"lead": "a"}, indent=1), is_json=True)[0][1] == "unknown_key"
    assert faults('{"plan": "p",\n "plan": "q"}', is_json=True)[-1] == (2, "duplicate_key")


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('{\n"plan": "p",\n\n}', 2, "Illegal trailing comma before end of object"),
        ('{"plan":\n["p", ]}', 2, "Illegal trailing comma before end of array"),
        ('{\n"plan": "p"\n,,}', 3, "Expecting property name enclosed in double quotes"),
        ('{"plan": "p",\n', 2, "Expecting property name enclosed in double quotes"),
        ('{"plan":\n}', 2, "Expecting value"),
    ],
)
def test_a_fault_in_json_has_the_same_line_and_reason_on_every_python(text: str, line: int, why: str) -> None:
    (fault,) = read_text(text.encode(), is_json=True).faults
    assert (fault.code, fault.line, fault.params) == ("not_json", line, {"why": why})


def test_a_thousand_aliases_of_aliases_cost_nothing() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 1000))
    began = time.process_time()
    assert {fault.code for fault in read_text(bomb.encode()).faults} == {"anchor"}
    assert time.process_time() - began < 2
