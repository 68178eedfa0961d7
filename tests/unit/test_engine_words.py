"""The engine does not know what a plan is about: its layers speak of entries and of a plan, through one port."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ENGINE = ("ledger", "audit", "activities", "workflows")

FIELD = (
    "commitment|milestone|deliverable|indicator|assumption|lesson|course.correction|partner|"
    "stakeholder|quorum|endors|oppos|abstain|silence|occurrence|evidence|problem"
)
"""The words of the field that no layer of the engine needs; the names of the three phases are the engine's own."""

VIEWS = ("audit/exports/",)
"""What renders a plan for people reads its words; nothing else does."""

OTHER_MEANINGS = {
    # To who signs and seals, a commitment is a salted hash.
    "commitment": (
        "activities/read_command.py",
        "ledger/journal.py",
        "ledger/keyring.py",
        "ledger/migrations/0001_ledger.sql",
        "ledger/sealed.py",
        "ledger/signature.py",
    ),
    # To who checks a log, so many witnesses are a quorum.
    "quorum": ("audit/verify.py",),
}


def engine_files() -> list[Path]:
    files = [path for layer in ENGINE for path in sorted((ROOT / layer).rglob("*")) if path.suffix in (".py", ".sql")]
    return [path for path in files if not str(path.relative_to(ROOT)).startswith(VIEWS)]


@pytest.mark.parametrize("path", engine_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_speaks_no_word_of_the_field(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    found = [
        f"{name}:{number}: {word}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for word in re.findall(FIELD, line.lower())
        if name not in OTHER_MEANINGS.get(word, ())
    ]
    assert found == []


def test_the_grep_finds_such_words_where_they_belong() -> None:
    assert re.search(FIELD, (ROOT / "domain" / "loop" / "rules.py").read_text(encoding="utf-8"))
