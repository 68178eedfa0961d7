"""A secret on the real stack: nowhere in clear on the disk and in no export, before and after it is erased."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.exports import FORMATS
from tests.children import child_command
from tests.e2e.cli.test_the_main_job import LONGEST, ROOT, Place, place  # noqa: F401  (the fixture)

SECRET = "the-quarry-pays-the-mayors-brother"
OPEN = "the-map-is-being-drawn"
WATER = """plan: water
title: Water for all
problem: {statement: A third of the houses have water one day in five}
partners: [{id: works, name: Office of public works, decides: yes}]
stakeholders: [{id: quarry, name: The quarry}]
commitments:
  - {id: 1, title: Leaks are mended, lead: works, milestones: [{id: 1.1, deliverable: A map, due: 2099-06-30}]}
policy: {decisions: {quorum: 1, adopts: 1}}
"""
SAID = ("--on-behalf-of", "works", "--source")


@contextmanager
def _up(where: Place) -> Iterator[None]:
    """The whole stack while the block runs; then it is down, and all that it holds is on the disk."""
    process = subprocess.Popen(
        child_command(sys.executable, "-m", "cli", "up", "--data", str(where.data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=where.environment,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("ready http://127.0.0.1:")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=LONGEST)
    assert process.returncode == 0


def _holding(folder: Path, word: str) -> list[str]:
    """The files that hold a word in clear."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if word.encode() in path.read_bytes()]


def test_a_secret_is_stored_nowhere_in_clear_text_and_can_be_erased(place: Place, tmp_path: Path) -> None:  # noqa: F811
    def does(*arguments: str, code: int = 0) -> str:
        done = place.rumbo(*arguments)
        assert done.returncode == code, (arguments, done.stderr)
        return done.stdout + done.stderr

    file = tmp_path / "water.yaml"
    file.write_text(WATER)
    told, read = [], []
    with _up(place):
        does("plan", "start", str(file))
        does("progress", "report", "water", "--milestone", "1.1", "--status", "under_way", "--text", OPEN, *SAID, "M")
        level = ("--authority", "low", "--text", SECRET)
        told.append(does("power", "observe", "water", "quarry", *level, *SAID, f"Letter on {SECRET}"))
        for write_as in FORMATS:
            for reach in ("public", "partners", "restricted"):
                exported = str(tmp_path / f"{write_as}-{reach}")
                does("history", "export", "water", "--format", write_as, "--reach", reach, "--output", exported)
        read += [does(*verb, "water") for verb in (("plan", "show"), ("history", "show"), ("history", "replay"))]
        read += [does(*verb, "water", "-o", "json") for verb in (("plan", "show"), ("history", "show"))]
        entry = str(len(place.json("history", "show", "water")["entries"]))
    assert any("postgres" in name for name in _holding(place.data, OPEN)), "the search finds what is there"
    assert _holding(tmp_path, OPEN), "and in the exports"
    assert _holding(place.data, SECRET) == []
    assert _holding(tmp_path, SECRET) == []
    assert SECRET not in "".join(told)
    assert [SECRET in one for one in read] == [True] * len(read), "whoever may read it does, and it is kept nowhere"

    keys = place.data / "keyring" / "sealed"
    before = {key.name for key in keys.iterdir()}
    with _up(place):
        why = ("--reason", "It named a person", "--authority", "Ruling 12")
        does("admin", "redact", "water", entry, *why)
        history = does("history", "show", "water")
        assert "The sealed content of entry" in history
        assert "Power of quarry: authority (erased). (erased)" in history
        assert "authority (erased)" in does("plan", "show", "water")
        does("admin", "redact", "water", "1", *why, code=5)
    (gone,) = before - {key.name for key in keys.iterdir()}
    assert gone
    assert _holding(place.data, SECRET) == []
