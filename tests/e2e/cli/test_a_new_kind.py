"""A new kind of event touches four product files, and then works everywhere: the walk-through of `CONTRIBUTING.md`."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.children import child_command
from tests.e2e.cli.test_the_main_job import LONGEST, ROOT

PRODUCT: Final = (
    "activities", "audit", "cli", "domain", "embedded", "examples", "gateway", "ledger", "locale", "rehearsal",
    "telling", "workflows",
)  # fmt: skip
PLAN: Final = "obra-que-se-termina"

SEAL: Final = re.compile(r"^[0-9a-f]{64}$")


def walked_through() -> dict[str, str]:
    """The files of the walk-through by their paths, as the page prints them."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    toy = page[page.index("<!-- toy:begin") : page.index("<!-- toy:end")]
    blocks = re.findall(r"```python\n# ([\w/.]+)\n(.*?)```", toy, flags=re.DOTALL)
    return dict(blocks)


@dataclass(frozen=True)
class Copy:
    """A copy of the product with the new kind, and a stack that runs from it."""

    root: Path
    environment: dict[str, str]

    def rumbo(self, *arguments: str, code: int = 0, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            env=self.environment | more,
            cwd=self.root,
            check=False,
        )
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.rumbo(*arguments, "-o", "json"))

    def entries(self) -> list[dict[str, Any]]:
        return [entry for entry in self.json("history", "show", PLAN)["entries"] if entry["kind"] == "visit_recorded"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The copied tree, its stack, a plan, and two visits: one public, one restricted."""
    root, home = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("home")
    for package in PRODUCT:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.py"):
        shutil.copy(file, root)
    for path, text in walked_through().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUMBO_", "LC_", "LANG"))}
    environment = kept | {"XDG_CONFIG_HOME": str(home / "config"), "LANG": "en_US.UTF-8", "PYTHONPATH": str(root)}
    copied = Copy(root, environment)
    process = subprocess.Popen(
        child_command(sys.executable, "-m", "cli", "up", "--data", str(home / "data")),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=root,
    )
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("ready http://127.0.0.1:")
        copied.rumbo("plan", "start", "examples/veracruz-public-works/plan.yaml")
        speaks = ("--on-behalf-of", "contadores", "--source", "Minutes of 5 January")
        copied.rumbo(
            "visit", "record", PLAN, "1.1", "2026-01-05", "--text", "The gate is shut.", "--id", "visit-1", *speaks
        )
        lines = home / "visits.jsonl"
        restricted = {"command": "record_visit", "id": "visit-2", "item": "1.1", "visited_on": "2026-01-06"}
        restricted |= {"text": "The guard named his uncle.", "visibility": "restricted"}
        restricted |= {"on_behalf_of": "contadores", "source": "Minutes of 6 January"}
        lines.write_text(json.dumps(restricted) + "\n", encoding="utf-8")
        copied.rumbo("plan", "send", PLAN, str(lines))
        yield copied
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)


def test_a_new_kind_touches_at_most_four_product_files() -> None:
    product = [path for path in walked_through() if path.split("/")[0] in PRODUCT]
    assert len(product) <= 4
    assert not [path for path in product if (ROOT / path).exists()], "the walk-through changes no file that is there"


def test_a_visit_is_sent_by_its_own_verb_and_with_plan_send_and_both_are_in_the_schema(copy: Copy) -> None:
    assert [entry["data"]["visited_on"] for entry in copy.entries()] == ["2026-01-05", "2026-01-06"]
    assert "record_visit" in copy.rumbo("plan", "schema", "record_visit")
    refused = copy.rumbo("visit", "record", PLAN, "1.1", "2099-01-01", "--on-behalf-of", "contadores", "--source", "x",
                         "-o", "json", code=5)  # fmt: skip
    assert json.loads(refused)["code"] == "visit_in_the_future"


def test_the_history_tells_of_a_visit_in_both_languages(copy: Copy) -> None:
    assert "1.1 was visited on 2026-01-05." in " ".join(copy.rumbo("history", "show", PLAN).split())
    # The sentence of the walk-through is not in the catalogue; all that stands around it is in Spanish.
    spanish = " ".join(copy.rumbo("history", "show", PLAN, "--lang", "es").split())
    assert "1.1 was visited on 2026-01-05." in spanish
    assert "restringido" in spanish


def test_the_words_of_a_restricted_visit_are_sealed(copy: Copy, tmp_path: Path) -> None:
    stored = copy.entries()[1]["data"]["text"]
    assert SEAL.match(stored["sealed"])
    copy.rumbo("history", "export", PLAN, "--format", "csv", "--output", str(tmp_path / "history.csv"))
    assert "uncle" not in (tmp_path / "history.csv").read_text(encoding="utf-8")


def test_a_visit_is_in_every_export(copy: Copy, tmp_path: Path) -> None:
    for name in ("html", "csv", "ocel"):
        file = tmp_path / f"history.{name}"
        copy.rumbo("history", "export", PLAN, "--format", name, "--output", str(file))
        assert "visit" in file.read_text(encoding="utf-8")
    assert "1.1 was visited on 2026-01-05." in (tmp_path / "history.html").read_text(encoding="utf-8")


def test_a_visit_is_traced_mended_and_contested_like_every_statement(copy: Copy) -> None:
    assert "visit_recorded" in copy.rumbo("history", "trace", PLAN, "visit-1", "-o", "json")
    number = str(copy.entries()[0]["version"])
    copy.rumbo("erratum", "record", PLAN, number, "visited_on", "2026-01-05", "2026-01-04", "--on-behalf-of",
               "contadores", "--source", "Field book")  # fmt: skip
    assert [fix["should_say"] for fix in copy.entries()[0]["mended"]] == ["2026-01-04"]
    token = copy.json("admin", "token", "new", "Contadores", "--role", "partner", "--body", "contadores")["token"]
    copy.rumbo("history", "contest", PLAN, number, "--reason", "We were not there", RUMBO_TOKEN=token)
    assert [mark["body"] for mark in copy.entries()[0]["contested"]] == ["contadores"]
