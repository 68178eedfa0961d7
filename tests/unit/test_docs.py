"""The documents name what exists: links, files, one glossary, decisions in one form."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "examples")
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))

LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"(?<![\w/.-])(\w[\w.-]*/(?:[\w.-]+/)*[\w.-]+\.(?:py|sql|md|svg|yaml|yml|toml|json|jsonl))(?![\w/])")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TOY = re.compile(r"<!-- toy:begin.*?toy:end -->", re.DOTALL)
"""The walk through a kind of event that is not in the tree."""
TODAY = "README.md", "README.es.md", "CONTRIBUTING.md", "SECURITY.md", "docs/"
"""Documents that describe the present tree. The changelog and the decisions may name what was."""

MODULE = re.compile(r"python -m ([\w.]+)")
GLOSSARY_ROW = re.compile(r"^\| \*\*(.+?)\*\* \|", re.MULTILINE)
SECTIONS = ["Context", "Decision", "Consequences", "Left out"]


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def anchors_of(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing_links(document: Path) -> list[str]:
    missing = []
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        if not linked.exists() or (anchor and linked.suffix == ".md" and anchor not in anchors_of(linked)):
            missing.append(target)
    return missing


def missing_files(document: Path) -> list[str]:
    """The files of the tree and the modules to run that a document names, and that do not exist."""
    text = TOY.sub("", FENCE.sub("", document.read_text(encoding="utf-8")))
    files = [path for path in FILE.findall(text) if (ROOT / path.split("/")[0]).is_dir()]
    modules = [name.replace(".", "/") for name in MODULE.findall(text)]
    return [
        *(path for path in files if not (ROOT / path).exists()),
        *(name for name in modules if not ((ROOT / f"{name}.py").exists() or (ROOT / name / "__main__.py").exists())),
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    assert missing_links(document) == []


@pytest.mark.parametrize("document", [one for one in DOCUMENTS if name_of(one).startswith(TODAY)], ids=name_of)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    assert missing_files(document) == []


def test_the_glossary_defines_about_forty_terms_and_each_once() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    terms = [term.lower() for term in GLOSSARY_ROW.findall(text)]
    assert 35 <= len(terms) <= 50
    assert [term for term, count in Counter(terms).items() if count > 1] == []
    assert {"event", "entry", "envelope", "leaf"} <= set(terms)


def test_the_walk_through_of_a_new_kind_of_event_writes_four_product_files() -> None:
    walk = "".join(TOY.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    files = re.findall(r"^```python\n# (\S+)$", walk, re.MULTILINE)
    assert len([file for file in files if not file.startswith("tests/")]) == 4
    assert all((ROOT / file).parents[1].is_dir() for file in files)


@pytest.mark.parametrize("decision", DECISIONS, ids=name_of)
def test_every_decision_has_its_number_and_the_same_four_sections(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {int(decision.name[:4])}. ")
    assert [line.removeprefix("## ") for line in lines if line.startswith("#")][1:] == SECTIONS


def test_every_stop_of_the_picture_of_the_architecture_exists() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    files = set(re.findall(r">([\w/]+\.py)<", picture))
    assert len(files) > 10
    assert [file for file in sorted(files) if not (ROOT / file).exists()] == []
