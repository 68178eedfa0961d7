"""A client that a program generates from /openapi.json: it does the main job, with typed fields throughout."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.integration.gateway.running import PLAN_FILE, Running

GENERATED = "rumbo_client"

CONFIG = f"""
package_name_override: {GENERATED}
post_hooks: []
content_type_overrides:
  application/yaml: application/octet-stream
  application/jsonl: application/octet-stream
"""
"""The generator knows JSON and bytes; YAML files and lines of JSON are bytes to it."""


@pytest.fixture
async def generated(gateway: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generated package. Generation fails on any warning, so no endpoint and no model is left out."""
    described = (await gateway.admin.get("/openapi.json")).text
    (tmp_path / "openapi.json").write_text(described)
    (tmp_path / "config.yaml").write_text(CONFIG)
    done = subprocess.run(  # noqa: ASYNC221  (nothing else is to happen meanwhile)
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"),
            *("--path", "openapi.json", "--config", "config.yaml", "--output-path", GENERATED),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module(GENERATED)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """The generated package is not there for the next test."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == GENERATED]:
        del sys.modules[name]


def part(name: str) -> Any:
    return importlib.import_module(f"{GENERATED}.{name}")


async def test_a_generated_client_starts_a_plan_reads_it_proposes_a_correction_and_follows_the_stream(
    gateway: Running, generated: ModuleType
) -> None:
    models = part("models")
    token = gateway.admin.headers["Authorization"].removeprefix("Bearer ")
    client = generated.AuthenticatedClient(
        base_url=gateway.url, token=token, raise_on_unexpected_status=True, httpx_args={"trust_env": False}
    )
    async with client:
        # It starts a plan from a typed plan file, and reads it with typed fields.
        plan_file = models.PlanFile.from_dict(yaml.load(PLAN_FILE.format(plan=gateway.plan), yaml.BaseLoader))  # noqa: S506
        started = await part("api.plans.start_plan").asyncio(client=client, body=plan_file, prefer="wait=20")
        assert isinstance(started, models.StartedShape), started
        assert (started.plan, started.outcome) == (gateway.plan, "recorded")
        plan = await part("api.plans.read_plan").asyncio(gateway.plan, client=client)
        milestone = plan.commitments[0].milestones[0]
        assert (plan.status, milestone.id, milestone.due) == ("open", "1.1", date(2040, 6, 30))
        assert plan.problem.causes[0].text == "Nobody looks for leaks"

        # It reports, proposes a course correction that rests on the report, and reads it.
        letter = models.Source(document="Letter 4")
        report = models.ReportProgress(
            command="report_progress", id="r1", on_behalf_of="works", source=letter, milestone="1.1", status="under_way"
        )
        proposal = models.ProposeCorrection(
            command="propose_correction",
            id="later",
            on_behalf_of="works",
            source=letter,
            trigger="roadblock",
            rests_on=["r1"],
            rationale="The rains came early",
            changes=[models.Change(item="1.1", field="due", from_="2040-06-30", to="2040-12-31")],
        )
        for command in (report, proposal):
            outcome = await part("api.commands.send_command").asyncio(
                gateway.plan, client=client, body=command, prefer="wait=20"
            )
            assert isinstance(outcome, models.OutcomeShape), outcome
            assert outcome.outcome == "recorded", outcome.message
        correction = await part("api.plans.read_correction").asyncio(gateway.plan, "later", client=client)
        assert (correction.status, correction.proposed_by, correction.changes[0].name) == (
            "open",
            "works",
            "reschedule",
        )

        # It follows the stream of entries, each line a typed entry.
        watched = part("api.history.watch_plan")._get_kwargs(gateway.plan, after=started.versions[0])
        kinds = []
        async with client.get_async_httpx_client().stream(**watched) as lines:
            async for line in lines.aiter_lines():
                entry = models.EntryView.from_dict(json.loads(line))
                kinds.append(entry.kind)
                if entry.cause == "later":
                    break
        assert kinds[-1] == "correction_proposed"
        assert entry.recorded_at.tzinfo is not None
        assert entry.data["changes"][0]["to"] == "2040-12-31"


async def test_a_generated_client_sends_a_plan_file_as_it_is_written_and_takes_a_copy_of_the_plan(
    gateway: Running, generated: ModuleType
) -> None:
    models = part("models")
    token = gateway.admin.headers["Authorization"].removeprefix("Bearer ")
    client = generated.AuthenticatedClient(base_url=gateway.url, token=token, httpx_args={"trust_env": False})
    async with client:
        written = part("types").File(payload=PLAN_FILE.format(plan=gateway.plan).encode())
        started = await part("api.plans.start_plan").asyncio(client=client, body=written, prefer="wait=20")
        assert isinstance(started, models.StartedShape), started
        copy = await part("api.plans.read_copy").asyncio(gateway.plan, client=client)
        assert isinstance(copy.definition, models.PlanFile)
        assert copy.definition.commitments[0].milestones[0].due == date(2040, 6, 30)
        pending = await part("api.plans.read_pending").asyncio(gateway.plan, client=client)
        assert [page.body for page in pending.bodies] == ["works", "watch"]
        problem = await part("api.plans.read_plan").asyncio("nowhere", client=client)
        assert (type(problem), problem.code) == (models.ProblemShape, "unknown_plan")
