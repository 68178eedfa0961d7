"""Every text of an example stands in English and in Spanish."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.examples.folding import EXAMPLES, lines_of, plan_file_of

TEXTS = {
    *("title", "statement", "who_suffers", "solved_when", "name", "unit", "what", "deliverable", "stated", "measure"),
    *("proof", "note", "because", "label", "of", "text", "therefore", "challenge", "next_step", "rationale", "reason"),
    *("response", "did", "learned", "struggling", "next"),
}
"""The keys under which people read a text."""


def alone(value: Any, path: str = "") -> Iterator[str]:
    """The paths of the texts that lack a language."""
    match value:
        case dict() if {"en", "es"} & value.keys():
            if value.keys() != {"en", "es"} or not all(said.strip() for said in value.values()):
                yield path
        case dict():
            for key, part in value.items():
                if key in TEXTS and isinstance(part, str) and not (key == "of" and part.isdigit()):
                    yield f"{path}.{key}"
                yield from alone(part, f"{path}.{key}")
        case list():
            for index, part in enumerate(value):
                yield from alone(part, f"{path}.{index}")
        case _:
            return


@pytest.mark.parametrize("example", ["federal-data-strategy-2020", "veracruz-public-works"])
def test_every_text_of_plan_and_commands_has_both_languages(example: str) -> None:
    assert list(alone(plan_file_of(example))) == []
    assert [path for command in lines_of(example) for path in alone(command, command["id"])] == []


@pytest.mark.parametrize(
    ("document", "twin"),
    [
        ("federal-data-strategy-2020/PROVENANCE.md", "federal-data-strategy-2020/PROVENANCE.es.md"),
        ("veracruz-public-works/README.md", "veracruz-public-works/README.es.md"),
    ],
)
def test_every_document_has_a_twin_with_as_many_headings_and_points(document: str, twin: str) -> None:
    shapes = []
    for name in (document, twin):
        lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        shapes.append([line.split(" ")[0] for line in lines if line.startswith(("#", "- ", "| "))])
    assert shapes[0] == shapes[1]
