"""``python -m rehearsal``: plays the plan that one line on standard input asks for, and tells of it, a line each.

The line is a `rehearsal.job.Job`, and comes when the servers that the settings name are ready. What is told are objects
of these kinds: ``plan`` first, ``entry`` (with what a phase asks as it opens), ``unreadable`` for what cannot be sent,
``end`` last; or ``problem`` alone. Exit codes: 0 told to the end, 1 not.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import structlog
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

import logs
from activities.contract import PLAN_WORKFLOW, workflow_id
from activities.converter import data_converter
from activities.handle import Handle
from domain.kernel.faults import Malformed
from domain.plan_file.definition import Cycle, Definition
from domain.views import plan_view
from gateway.errors import ApiProblem, as_problem
from gateway.plan_files.plan_file import read_plan_file
from gateway.sending.signing import Signer
from language import speaking
from ledger.appender import appending
from ledger.connection import open_pool
from ledger.gateway_keys import introduce_gateway_key
from ledger.identity import establish
from ledger.keyring import Keyring, public_bytes
from ledger.migrate import migrate
from rehearsal.habits import NOON
from rehearsal.job import Job
from rehearsal.schedule import Schedule, ScheduledCommand
from rehearsal.simulation import MAX_CYCLES, Simulation
from settings import Settings
from worker import build_worker

PATIENCE: Final = 30.0
"""Seconds without a step before the rehearsal is given up: a step takes a fraction of one."""

WITHOUT_END: Final = TimeSkippingConfig(max_session_skip_count=2**31 - 1)
"""Temporal stops to skip after some 200 times unless told how often it may: fewer than the days of a long plan."""

log = structlog.get_logger("rehearsal")


def tell(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def require_a_clock(definition: Definition, job: Job) -> None:
    """Raises ``ApiProblem`` for a plan that nothing would ever move."""
    if definition.live_from == "never":
        raise ApiProblem(422, "entered_afterwards")
    if not isinstance(definition.policy.cycle, Cycle) and not job.script:
        raise ApiProblem(422, "no_clock")


def beginning(job: Job, definition: Definition) -> datetime:
    """When the plan starts: as asked, at noon of a day; else with the script, else now. Raises ``ApiProblem``."""
    if job.begins is None:
        return min((step.at for step in job.script), default=datetime.now(UTC).replace(microsecond=0))
    try:
        moment = datetime.fromisoformat(job.begins)
    except ValueError:
        raise ApiProblem(422, "bad_moment") from None
    if moment.tzinfo is None and len(job.begins) > len("2027-01-15"):
        raise ApiProblem(422, "bad_moment")
    return moment if moment.tzinfo else definition.calendar().start_of(moment.date()) + NOON


async def play(job: Job, settings: Settings) -> None:
    """Raises ``ApiProblem``, ``Malformed``."""
    file = read_plan_file(job.plan_file.encode(), is_json=job.is_json)
    require_a_clock(file.definition, job)
    name = file.definition.plan
    begins = beginning(job, file.definition)
    post = Schedule()
    post.add([ScheduledCommand(begins, {"command": "start_plan", "id": f"start-{name}", "definition": file.tree})])
    post.add(ScheduledCommand(step.at, step.command, step.line, step.by) for step in job.script)
    await migrate(settings.database_url)
    keyring = Keyring(settings.keyring)
    async with open_pool(settings.database_url) as pool, appending(pool) as appender:
        identity = await establish(pool, settings.origin, settings.mode)
        key = keyring.gateway_key()
        await introduce_gateway_key(pool, appender, public_bytes(key), begins - timedelta(days=1))
        handle = Handle(pool, appender, keyring, identity)
        stage = Simulation(job, post, pool, handle, Signer(keyring, identity.origin, key), name, tell)
        real = await Client.connect(settings.temporal_address, data_converter=data_converter())
        client = TimeSkipper(real, config=WITHOUT_END).client
        async with build_worker(client, stage.handle, settings.task_queue):
            run = await client.start_workflow(PLAN_WORKFLOW, id=workflow_id(name), task_queue=settings.task_queue)
            ended = asyncio.create_task(run.result())
            steps = -1
            while not ended.done():
                if steps == stage.steps:
                    raise TimeoutError
                steps = stage.steps
                await asyncio.wait([ended], timeout=PATIENCE)
            await ended
        if stage.plan.status == "unknown":
            raise ApiProblem(422, "not_started")
        end = {"kind": "end", "plan": plan_view(stage.plan, stage.plan.latest or begins)}
        tell(end | ({"stopped_after": MAX_CYCLES} if stage.capped else {}))


def main() -> NoReturn:
    """The program."""
    settings = Settings()
    logs.configure(settings.log_format)
    job = Job.model_validate_json(sys.stdin.readline())
    code = 0
    with speaking(job.language):
        try:
            asyncio.run(play(job, settings))
        except (ApiProblem, Malformed) as error:
            tell({"kind": "problem"} | as_problem(error).body())
        except Exception:
            log.exception("failed")
            code = 1
    logs.exit_process(code)


if __name__ == "__main__":
    main()
