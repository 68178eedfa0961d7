"""A first plan file: from eight answers or as a template, and one that the gateway takes once filled in."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import language
from domain.kernel.faults import Malformed
from gateway.plan_files.plan_file import read_plan_file
from telling.plan_file import QUESTIONS, TO_FILL, Answers, lines_to_fill, plan_file_text
from tests.unit.cli.conftest import Rumbo

ANSWERS = (
    "A third of the houses have no water",
    "Families on the hills",
    "Nobody looks for leaks",
    "Water on six days in seven",
    "Office of works; Citizens' observatory",
    "Leaks are found and mended",
    "A map of the leaks",
    "30/06/2027",
)


@pytest.mark.parametrize("tongue", language.LANGUAGES)
def test_a_template_marks_the_lines_to_fill_in_and_the_check_names_exactly_those(tongue: str) -> None:
    with language.speaking(tongue):
        text = plan_file_text(Answers("water", "", "UTC"), "water.yaml")
    marked = lines_to_fill(text)
    assert [number for number, line in enumerate(text.splitlines(), 1) if TO_FILL in line] == [2, *marked]
    with pytest.raises(Malformed) as caught:
        read_plan_file(text.encode())
    assert sorted({fault.line for fault in caught.value.faults if fault.line}) == marked


@pytest.mark.parametrize("tongue", language.LANGUAGES)
def test_a_template_that_is_filled_in_and_has_its_options_switched_on_can_start(tongue: str) -> None:
    with language.speaking(tongue):
        text = plan_file_text(Answers("water", "", "UTC"), "water.yaml")
    filled = []
    for line in text.splitlines():
        value = "works" if line.strip().startswith(("lead:", "- id:")) else "2027-06-30" if "due:" in line else "x"
        filled.append(f"{line.partition('#')[0]} {value}" if f"# {TO_FILL}" in line else line)
    assert read_plan_file("\n".join(filled).encode()).definition.plan == "water"
    switched = [
        line.replace("# ", "", 1) if line.lstrip().startswith("# ") and ":" in line else line for line in filled
    ]
    head = filled.index(next(line for line in filled if line.startswith("plan:")))
    body = [line for line in switched[head:] if not line.startswith("# ") and not line[:1].isupper()]
    body = [line.replace("quorum: 2", "quorum: 1") for line in body]
    assert read_plan_file("\n".join(body).encode()).definition.policy.done_needs == "evidence"


@settings(deadline=None)
@given(texts=st.lists(st.text(max_size=40), min_size=7, max_size=7), due=st.sampled_from(["", "2027-06", "soon: #1"]))
def test_every_answer_is_in_the_file_as_it_was_typed(texts: list[str], due: str) -> None:
    from telling.values import one_line  # noqa: PLC0415

    problem, who, cause, solved, partner, commitment, deliverable = (one_line(text) or "x" for text in texts)
    said = {"problem": problem, "who_suffers": who, "cause": cause, "solved_when": solved}
    known = Answers(
        "p", "t", "UTC", **said, partners=(partner, "B"), commitment=commitment, deliverable=deliverable, due=due
    )
    made = read_plan_file(plan_file_text(known, "p.yaml").encode()).definition
    [promise] = made.commitments
    assert (made.problem.statement, made.problem.causes[0].text, made.problem.solved_when) == (problem, cause, solved)
    assert (made.partners[0].name, promise.lead) == (partner, made.partners[0].id)
    assert (promise.title, promise.milestones[0].deliverable) == (commitment, deliverable)
    assert (promise.milestones[0].stated == due) == (due == "soon: #1")


def _read(file: Path) -> Any:
    return read_plan_file(file.read_bytes()).definition


def test_eight_answers_make_a_plan_that_can_start(rumbo: Rumbo, tmp_path: Path) -> None:
    answers, file = tmp_path / "answers.txt", tmp_path / "Agua limpia.yaml"
    answers.write_text("\n".join(ANSWERS))
    said = rumbo("plan", "new", str(file), "--answers", str(answers))
    assert (said.code, said.out) == (0, f"Written: {file}\n")
    made = _read(file)
    assert (made.plan, made.title) == ("agua-limpia", "Agua limpia")
    assert [partner.id for partner in made.partners] == ["office-of-works", "citizens-observatory"]
    assert str(made.commitments[0].milestones[0].due.day) == "2027-06-30"


def test_options_answer_the_same_questions(rumbo: Rumbo, tmp_path: Path) -> None:
    file = tmp_path / "water.yaml"
    said = rumbo(
        *("plan", "new", str(file), "--title", "Water", "--problem", "No water", "--partner", "Works"),
        *("--partner", "Observatory", "--commitment", "Leaks are mended", "--due", "before the rains"),
    )
    assert (said.code, "Lines to fill in" in said.err) == (0, False)
    assert len(_read(file).partners) == 2


def test_without_a_terminal_it_writes_a_template(rumbo: Rumbo, tmp_path: Path) -> None:
    file = tmp_path / "water.yaml"
    said = rumbo("plan", "new", str(file))
    assert said.err.startswith("Lines to fill in: ")
    assert file.read_text().count(f"# {TO_FILL}") == 6


def test_a_file_is_never_overwritten(rumbo: Rumbo, tmp_path: Path) -> None:
    file = tmp_path / "water.yaml"
    file.write_text("mine")
    said = rumbo("plan", "new", str(file), "--template")
    assert (said.code, file.read_text()) == (2, "mine")
    assert "Nothing was written" in said.err
    nowhere = rumbo("plan", "new", str(tmp_path / "none" / "water.yaml"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (1, True)


@pytest.mark.parametrize("due", ["30/06/27", "31/02/2027", "06/30/2027", "2027-13"])
def test_an_invalid_date_is_refused_and_not_read_as_text(rumbo: Rumbo, tmp_path: Path, due: str) -> None:
    said = rumbo("plan", "new", str(tmp_path / "water.yaml"), "--due", due)
    assert (said.code, list(tmp_path.iterdir())) == (2, [])
    assert due in said.err


def test_a_terminal_asks_exactly_eight_questions(rumbo: Rumbo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = iter(ANSWERS[1:])

    def prompt(text: str, **_more: Any) -> str:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", prompt)
    said = rumbo("plan", "new", str(tmp_path / "water.yaml"), "--problem", ANSWERS[0])
    assert said.code == 0, said.err
    assert len(asked) == len(QUESTIONS) - 1
    assert _read(tmp_path / "water.yaml").problem.statement == ANSWERS[0]
