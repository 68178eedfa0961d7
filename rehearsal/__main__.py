"""``python -m rehearsal``: plays the plan of the job on standard input, and prints JSON objects, one per line.

The job is one line, a `rehearsal.job.Job`, and is sent once the servers in the settings are ready. The objects have
these kinds: ``plan`` first, ``entry`` (for an opened phase with its requests, for a changed plan with its new view),
``unreadable`` for a malformed command, ``end`` last; or ``problem`` alone. Exit codes: 0 complete, 1 failed.
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
from domain.views.plan import plan_view
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
"""Seconds without a call of ``handle`` before the rehearsal fails; usually one takes a fraction of a second."""

WITHOUT_END: Final = TimeSkippingConfig(max_session_skip_count=2**31 - 1)
"""By default Temporal stops skipping time after about 200 skips, too few for the days of a long plan."""

log = structlog.get_logger("rehearsal")


def emit(output: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(output, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def require_a_clock(definition: Definition, job: Job) -> None:
    """Raises ``ApiProblem`` for a plan without deadlines or script: nothing would ever change it."""
    if definition.live_from == "never":
        raise ApiProblem(422, "entered_afterwards")
    if not isinstance(definition.policy.cycle, Cycle) and not job.script:
        raise ApiProblem(422, "no_clock")


def beginning(job: Job, definition: Definition) -> datetime:
    """When the plan starts: the job's moment (a day means noon), else the script's, else now. Raises ``ApiProblem``."""
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
    """Runs the plan to its end. Raises ``ApiProblem``, ``Malformed``."""
    file = read_plan_file(job.plan_file.encode(), is_json=job.is_json)
    require_a_clock(file.definition, job)
    name = file.definition.plan
    begins = beginning(job, file.definition)
    schedule = Schedule()
    schedule.add([ScheduledCommand(begins, {"command": "start_plan", "id": f"start-{name}", "definition": file.tree})])
    schedule.add(ScheduledCommand(step.at, step.command, step.line, step.by) for step in job.script)
    await migrate(settings.database_url)
    keyring = Keyring(settings.keyring)
    async with open_pool(settings.database_url) as pool, appending(pool) as appender:
        identity = await establish(pool, settings.origin, settings.mode)
        key = keyring.gateway_key()
        await introduce_gateway_key(pool, appender, public_bytes(key), begins - timedelta(days=1))
        handle = Handle(pool, appender, keyring, identity)
        simulation = Simulation(job, schedule, pool, handle, Signer(keyring, identity.origin, key), name, emit)
        real = await Client.connect(settings.temporal_address, data_converter=data_converter())
        client = TimeSkipper(real, config=WITHOUT_END).client
        async with build_worker(client, simulation.handle, settings.task_queue):
            run = await client.start_workflow(PLAN_WORKFLOW, id=workflow_id(name), task_queue=settings.task_queue)
            ended = asyncio.create_task(run.result())
            steps = -1
            while not ended.done():
                if steps == simulation.steps:
                    raise TimeoutError
                steps = simulation.steps
                await asyncio.wait([ended], timeout=PATIENCE)
            await ended
        if simulation.plan.status == "unknown":
            raise ApiProblem(422, "not_started")
        end = {"kind": "end", "plan": plan_view(simulation.plan, simulation.plan.latest or begins).as_json()}
        emit(end | ({"stopped_after": MAX_CYCLES} if simulation.capped else {}))


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
            emit({"kind": "problem"} | as_problem(error).body())
        except Exception:
            log.exception("failed")
            code = 1
    logs.exit_process(code)


if __name__ == "__main__":
    main()
