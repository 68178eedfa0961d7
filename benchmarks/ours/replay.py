"""Replay as Rumbo does: a plan's entries read, folded from the first, and shown as the plan's whole view.

With ``disputed``, half of the entries are reports that the other half contests or mends.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from benchmarks.contender import Lost
from benchmarks.ours.disputes import record_disputed
from benchmarks.ours.recording import Recorder, keep
from benchmarks.rounds import Message, Round, play
from benchmarks.story import facts, summary_of
from domain import PLAN
from domain.views.models.plan import PlanView
from domain.views.plan import plan_view
from ledger import fold
from ledger.appender import appending
from ledger.connection import open_pool


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    recorder = Recorder("replayed")
    recorder.start()
    if setup.get("disputed"):
        counted = record_disputed(recorder, setup["events"])
    else:
        counted = list(facts(setup["events"]))
        for fact in counted:
            recorder.record(fact)
    expected = summary_of(counted)
    async with open_pool(setup["dsn"]) as pool:
        async with appending(pool) as appender:
            await keep(appender, recorder)

        async def one(_: Message) -> Message:
            began = time.perf_counter()
            folded = await fold.current(PLAN, pool, "replayed")
            view = plan_view(folded.state, datetime.now(UTC))
            took = time.perf_counter() - began
            if folded.version != recorder.version or _summary(view) != expected:
                raise Lost("the fold is not what was recorded")
            return {"rate": folded.version / took}

        yield one


def _summary(view: PlanView) -> dict[str, Any]:
    """The facts of `story.summary_of`, read out of the view."""
    milestones = {
        one.id: {
            "status": None if one.status == "not_reported" else one.status,
            "count": None if one.count is None else str(one.count),
            "evidence": one.evidence,
        }
        for commitment in view.commitments
        for one in commitment.milestones
        if one.status != "not_reported" or one.evidence
    }
    measured = view.indicators[0].measured
    lessons = {lesson.id: lesson.text for lesson in view.lessons}
    return {"milestones": milestones, "measured": str(measured.value) if measured else None, "lessons": lessons}


if __name__ == "__main__":
    play(program)
