"""The main job through the command line alone, on the real stack: from an empty folder to a replayed history."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.exports import FORMATS
from tests.children import child_command
from tests.unit.audit import ocel_schema

ROOT = Path(__file__).resolve().parents[3]
PLAN = "federal-data-strategy-2020"
EXAMPLE = ROOT / "examples" / PLAN

LONGEST = 240
"""Seconds for one command; a busy machine needs many."""


@dataclass(frozen=True)
class Place:
    """A person's machine: an empty data folder, and a configuration folder of their own."""

    data: Path
    environment: dict[str, str]

    def rumbo(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            env=self.environment | more,
            cwd=ROOT,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        done = self.rumbo(*arguments, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUMBO_")}
    environment = kept | {"XDG_CONFIG_HOME": str(home / "config"), "LANGUAGE": "en"}
    return Place(home / "data", environment)


@pytest.fixture(scope="module")
def played(place: Place) -> str:
    """What `rumbo demo` says on an empty folder, without its line breaks."""
    done = place.rumbo("demo", "--data", str(place.data))
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


@pytest.fixture(scope="module")
def up(place: Place, played: str) -> Iterator[Place]:
    """The stack, running on the folder where the demonstration was played."""
    process = subprocess.Popen(
        child_command(sys.executable, "-m", "cli", "up", "--data", str(place.data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=place.environment,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready.startswith("ready http://127.0.0.1:")
        yield place
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _none = process.communicate(timeout=LONGEST)
    assert (process.returncode, rest) == (0, "")


def _milestones(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for commitment in plan["commitments"] for one in commitment["milestones"]}


def test_the_demonstration_shows_the_correction_its_reasons_and_the_lessons(played: str) -> None:
    for said in ("3.1", "2020-06-30", "2020-07-31", "M-20-16", "Office of Management and Budget", "external event"):
        assert said in played
    assert "Replayed 151 entries: they lead to the present plan" in played
    assert played.count("(for the successor)") == 5
    assert "HOLDS: everything that was checked holds." in played


def test_the_demonstrations_bundle_is_checked_without_the_server_and_by_the_one_file_alone(
    place: Place, played: str, bare_python: Path
) -> None:
    """In an environment in which there is no Rumbo."""
    bundle = str(place.data / f"{PLAN}.bundle")
    done = place.rumbo("verify", bundle, "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["verdict"] == "holds"
    assert "state_holds" in [one["code"] for one in found["findings"]]
    alone = subprocess.run(
        [bare_python, "-I", ROOT / "audit" / "verify.py", bundle],
        capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    assert (alone.returncode, alone.stderr) == (0, "")
    assert f"{PLAN}: entries 1 to 151 are in the log" in alone.stdout


def test_a_kept_checkpoint_is_compared_with_what_the_server_shows_later(up: Place, tmp_path: Path) -> None:
    """The line under the plan goes into minutes; an altered one, or an altered bundle, is a break."""
    line = up.rumbo("plan", "show", PLAN).stdout.strip().splitlines()[-1]
    bundle = tmp_path / "plan.bundle"
    assert up.rumbo("history", "export", PLAN, "--format", "bundle", "--output", str(bundle)).returncode == 0
    assert up.rumbo("verify", str(bundle), "--checkpoint", line).returncode == 0
    hash_ = line.split(" · ")[2]
    told = up.rumbo("verify", str(bundle), "--checkpoint", line.replace(hash_, "0" * 32))
    assert told.returncode == 6
    assert "is not the one in your minutes" in told.stdout
    bundle.write_bytes(bundle.read_bytes().replace(b"M-20-16", b"M-20-17", 1))
    told = up.rumbo("verify", str(bundle), LANGUAGE="es")
    assert (told.returncode, told.stderr) == (6, "")
    assert told.stdout.endswith("ROTO: este no es el registro tal como fue.\n")


def test_the_sender_of_a_command_gets_its_receipt(up: Place, tmp_path: Path) -> None:
    receipt = str(tmp_path / "covid.receipt")
    sent = next(
        json.loads(line)["id"] for line in (EXAMPLE / "commands.jsonl").read_text().splitlines() if "covid-19" in line
    )
    assert up.rumbo("history", "prove", PLAN, sent, "--output", receipt).returncode == 0
    done = up.rumbo("verify", receipt)
    assert done.returncode == 0, done.stdout
    assert f"command {sent}) is in the log" in done.stdout
    assert up.rumbo("history", "prove", PLAN, "7", "--output", receipt).returncode == 0
    assert up.rumbo("history", "prove", PLAN, "7000", "--output", receipt).returncode == 3
    assert up.rumbo("verify", receipt).returncode == 0


@pytest.mark.parametrize(
    ("day", "milestones", "due", "done"),
    [
        ("2020-04-30", 65, "2020-06-30", 7),
        ("2020-05-01", 65, "2020-06-30", 7),
        ("2020-06-01", 65, "2020-07-31", 7),
        ("2020-07-31", 66, "2020-07-31", 12),
        ("2020-08-01", 66, "2020-07-31", 12),
        ("2020-10-31", 66, "2020-07-31", 16),
    ],
)
def test_the_plan_is_shown_as_it_was_on_a_day(up: Place, day: str, milestones: int, due: str, done: int) -> None:
    found = _milestones(up.json("plan", "show", PLAN, "--as-of", day))
    assert len(found) == milestones
    assert found["3.1"]["due"] == due
    assert ("9.4" in found) == (milestones == 66)
    assert sum(one["means"] == "done" for one in found.values()) == done


def test_the_history_has_no_gap_and_its_replay_leads_to_the_plan(up: Place) -> None:
    lines = up.rumbo("history", "show", PLAN, "-o", "jsonl").stdout.splitlines()
    versions = [json.loads(line)["version"] for line in lines]
    assert versions == list(range(1, len(versions) + 1))
    again = up.json("history", "replay", PLAN, "--at-version", str(versions[-1]))
    assert again == up.json("plan", "show", PLAN)


def test_the_difference_is_five_deadlines_and_two_wordings_with_their_reason(up: Place) -> None:
    found = up.json("history", "diff", PLAN, "2020-05-07", "2020-05-14")
    assert sorted((one["item"], one["name"]) for one in found["changes"]) == [
        ("19.1", "reschedule"),
        ("2.2", "reschedule"),
        ("3.1", "reschedule"),
        ("4.1", "reschedule"),
        ("5.1", "refine"),
        ("6.1", "refine"),
        ("6.2", "reschedule"),
    ]
    text = up.rumbo("history", "diff", PLAN, "2020-05-07", "2020-05-14", LANGUAGE="es").stdout
    assert text.count("corrección de rumbo covid-19") == 7
    assert text.count("M-20-16") == 6


def test_sending_the_same_commands_again_adds_nothing(up: Place) -> None:
    before = up.json("plan", "show", PLAN)["version"]
    done = up.rumbo("plan", "send", PLAN, str(EXAMPLE / "commands.jsonl"))
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["outcome"] for line in done.stdout.splitlines()} == {"duplicate"}
    assert up.json("plan", "show", PLAN)["version"] == before


def test_a_second_stack_on_the_folder_is_refused_in_a_sentence(up: Place) -> None:
    done = up.rumbo("up", "--data", str(up.data))
    assert (done.returncode, done.stdout) == (1, "")
    assert "is in use by another Rumbo" in done.stderr


WATER = """plan: water
title: {en: Water that reaches every house, es: Agua que llega a cada casa}
problem: {statement: A third of the houses have water one day in five}
partners:
  - {id: works, name: Office of public works, decides: yes}
  - {id: observatory, name: Observatory, decides: yes}
commitments:
  - id: 1
    title: Leaks are found and mended
    lead: works
    milestones: [{id: 1.1, deliverable: A map of the leaks, due: 2099-06-30, proof: The published map}]
"""


def test_a_plan_goes_through_its_whole_loop(up: Place, tmp_path: Path) -> None:
    file = tmp_path / "water.yaml"
    file.write_text(WATER)

    def does(*arguments: str, code: int = 0) -> str:
        done = up.rumbo(*arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        return " ".join((done.stdout + done.stderr).split())

    def says(body: str) -> tuple[str, ...]:
        return ("--on-behalf-of", body, "--source", "Minutes 4")

    does("plan", "start", str(file))
    does("progress", "report", "water", "--milestone", "1.1", "--status", "under_way", *says("works"))
    told = does("progress", "report", "water", "--milestone", "1.1", "--status", "nearly", *says("works"), code=5)
    assert "not_started, under_way" in told
    does("plan", "convene", "water", "reflection")
    does("lesson", "record", "water", "L1", "--text", "Pipes are older than the plans", *says("observatory"))
    does("plan", "convene", "water", "adaptation")
    change = ("--set", "1.1", "due", "=", "2099-07-31", "--trigger", "roadblock", "--rationale", "Old pipes")
    does("correction", "propose", "water", "--id", "cr-1", "--rests-on", "L1", *change, *says("observatory"))
    assert "Answers missing: Office of public works" in does("plan", "show", "water")
    does("correction", "endorse", "water", "cr-1", *says("observatory"))
    decision = ("adopted", "--response", "We agree", "--authority", "Minutes 5")
    does("correction", "decide", "water", "cr-1", *decision, *says("works"))
    assert _milestones(up.json("plan", "show", "water"))["1.1"]["due"] == "2099-07-31"
    assert "1.1 rescheduled: deadline: 2099-06-30 → 2099-07-31" in does("history", "show", "water")
    does("correction", "oppose", "water", "cr-1", "--reason", "Late", *says("works"), code=5)
    does("plan", "show", "wine", code=3)
    does("plan", "list", "--token", "rumbo_nobody", code=4)


def test_the_history_is_exported_to_other_tools(up: Place, tmp_path: Path) -> None:
    for write_as in FORMATS:
        file = tmp_path / write_as
        done = up.rumbo("history", "export", PLAN, "--format", write_as, "--output", str(file))
        assert (done.returncode, done.stdout) == (0, f"Written: {file}\n"), done.stderr
    log = ocel_schema.read((tmp_path / "ocel").read_bytes())
    assert len(log.events) == len(up.json("history", "show", PLAN)["entries"])
    assert ocel_schema.history_of(log, "milestone:3.1", "due") == ["2020-06-30", "2020-07-31"]
    assert "3.1" in up.rumbo("history", "trace", PLAN, "covid-19").stdout


def test_watch_shows_new_entries(up: Place, tmp_path: Path) -> None:
    file = tmp_path / "watched.yaml"
    file.write_text(WATER.replace("plan: water", "plan: watched"))
    assert up.rumbo("plan", "start", str(file)).returncode == 0
    with subprocess.Popen(
        child_command(sys.executable, "-m", "cli", "plan", "watch", "watched", "--after", "2", "-o", "jsonl"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=up.environment,
        cwd=ROOT,
    ) as process:
        time.sleep(0.5)
        assert up.rumbo("plan", "pause", "watched", "--reason", "Elections").returncode == 0
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["kind"] == "plan_paused"
        process.send_signal(signal.SIGINT)
        assert process.wait(LONGEST) == 130
        assert "Traceback" not in process.stderr.read()


def test_a_ledger_is_backed_up_while_it_runs_and_restored_in_another_folder(up: Place, tmp_path: Path) -> None:
    backed_up = up.json("admin", "backup", str(tmp_path / "backup"))
    shutil.copytree(up.data / "keyring", tmp_path / "again" / "keyring")
    restored = up.json("admin", "restore", backed_up["backup"], "--data", str(tmp_path / "again"))
    assert (restored["found"], restored["plans"] > 0) == ([], True)
    refused = up.rumbo("admin", "restore", backed_up["backup"], "--data", str(tmp_path / "again"))
    assert refused.returncode == 1
    assert "never overwrites" in refused.stderr
