"""Years of a plan in seconds, on the real server's skipped clock."""

import time
from datetime import datetime, timedelta

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from activities.contract import GRACE, Agenda, HandleInput
from activities.converter import data_converter
from domain.kernel.event import Phase
from embedded.temporal import Server
from tests.integration.workflows.plans import CLOSED, OPEN, Desk, Plan
from worker import build_worker

QUARTER = timedelta(days=91)
NEXT: dict[Phase, Phase] = {"action": "reflection", "reflection": "adaptation", "adaptation": "action"}
LENGTH: dict[Phase, timedelta] = {
    "action": timedelta(days=70),
    "reflection": timedelta(days=14),
    "adaptation": timedelta(days=7),
}


class Quarters:
    """Cycles that end by the clock alone; notes when each phase ended."""

    def __init__(self, cycles: int) -> None:
        self.cycles = cycles
        self.cycle = 1
        self.phase: Phase = "action"
        self.deadline: datetime | None = None
        self.ends: list[tuple[int, Phase, datetime, datetime]] = []

    def answer(self, call: HandleInput, now: datetime) -> Agenda:
        self.deadline = self.deadline or now + LENGTH[self.phase]
        while now >= self.deadline + GRACE:
            self.ends.append((self.cycle, self.phase, self.deadline, now))
            self.cycle += self.phase == "adaptation"
            self.phase = NEXT[self.phase]
            self.deadline += LENGTH[self.phase]
        if self.cycle > self.cycles:
            return CLOSED
        return OPEN.model_copy(update={"cycle": self.cycle, "phase": self.phase, "deadline": self.deadline})


async def test_eight_quarterly_cycles_end_on_their_days(
    temporal_skipping_server: Server, desk: Desk, task_queue: str
) -> None:
    started = time.monotonic()
    quarters = Quarters(8)
    desk.answer = quarters.answer
    real = await Client.connect(temporal_skipping_server.address, data_converter=data_converter())
    client = TimeSkipper(real).client
    plan = Plan(client, task_queue, desk)
    async with build_worker(client, desk.handle, task_queue):
        await plan.start()
        await plan.handle.result()
    assert [(cycle, phase) for cycle, phase, _, _ in quarters.ends] == [
        (cycle, phase) for cycle in range(1, 9) for phase in LENGTH
    ]
    first = quarters.ends[0][2]
    for cycle, phase, deadline, closed in quarters.ends:
        assert GRACE <= closed - deadline < GRACE + timedelta(seconds=2)
        if phase == "action":
            assert deadline == first + (cycle - 1) * QUARTER
    assert time.monotonic() - started < 20
