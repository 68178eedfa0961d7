"""The commands that workflows give to Temporal change only on purpose: running plans replay this code."""

import json
from pathlib import Path

import pytest

from tests.histories.fingerprints import KEPT, ROOT, fingerprint

LOOP = '''
from temporalio import workflow
LONGEST: Final = 500
PATIENCE: Final = timedelta(seconds=1)

class Loop:
    async def run(self) -> None:
        """Lives."""
        while self.open:
            await self.rest()  # a while
        note("over")

    async def rest(self) -> None:
        await workflow.sleep(PATIENCE)

    @property
    def open(self) -> bool:
        return workflow.info().get_current_history_length() < LONGEST

    def note(self, text: str) -> None:
        self.said = text
'''


def of(source: str, folder: Path) -> dict[str, list[str]]:
    (folder / "loop.py").write_text(source, encoding="utf-8")
    return fingerprint(folder)


def test_the_workflows_give_the_same_commands_as_before() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert fingerprint(ROOT / "workflows") == kept, (
        "Running plans replay this code from the beginning of their run. Gate the change with workflow.patched(), "
        "check that the saved histories replay (tests/integration/workflows/test_replay.py), then: make fingerprints"
    )


def test_a_fingerprint_holds_the_functions_that_give_commands_and_what_they_read(tmp_path: Path) -> None:
    assert of(LOOP, tmp_path) == {
        "loop.Loop.run": ["while self.open:", "    await self.rest()", "note('over')"],
        "loop.Loop.rest": ["await workflow.sleep(PATIENCE)"],
        "loop.Loop.open": ["return workflow.info().get_current_history_length() < LONGEST"],
        "loop.LONGEST": ["500"],
    }


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("        while self.open:", "        await workflow.sleep(PATIENCE)\n        while self.open:"),
        ("await workflow.sleep(PATIENCE)", "await workflow.wait_condition(lambda: False, timeout=PATIENCE)"),
        ("< LONGEST", "<= LONGEST"),
        ("= 500", "= 400"),
    ],
)
def test_a_change_that_breaks_replay_changes_the_fingerprint(tmp_path: Path, was: str, becomes: str) -> None:
    assert of(LOOP.replace(was, becomes), tmp_path) != of(LOOP, tmp_path)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"""Lives."""', '"""Lives on."""'),
        ("  # a while", ""),
        ("seconds=1", "seconds=2"),
        ("self.said = text", "self.said = [text]"),
    ],
)
def test_a_change_that_replay_cannot_notice_keeps_the_fingerprint(tmp_path: Path, was: str, becomes: str) -> None:
    assert was in LOOP
    assert of(LOOP.replace(was, becomes), tmp_path) == of(LOOP, tmp_path)
