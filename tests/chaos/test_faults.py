"""The seed decides which faults a run has."""

from collections import Counter
from random import Random
from typing import cast

import pytest

from tests.chaos import __main__ as chaos
from tests.chaos.faults import SLOW, TO_THE_REST, TO_WORKERS, Passed, Scene, lanes
from tests.chaos.people import SenderLog
from tests.chaos.rig import Rig
from tests.chaos.verdict import Verdict

ALL = {*TO_WORKERS, *TO_THE_REST}


def test_the_same_seed_gives_the_same_faults_in_the_same_order() -> None:
    assert lanes(110, Random(7)) == lanes(110, Random(7))
    assert lanes(110, Random(7)) != lanes(110, Random(8))


def test_a_long_run_has_a_hundred_faults_of_every_kind() -> None:
    happening = Counter(fault for lane in lanes(116, Random(1)) for fault in lane)
    assert happening.total() >= 116
    assert happening.keys() == ALL


def test_a_short_run_has_every_quick_fault() -> None:
    happening = Counter(fault for lane in lanes(16, Random(1), short=True) for fault in lane)
    assert happening.total() >= 16
    assert happening.keys() == ALL - SLOW


async def test_a_fault_that_cannot_happen_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "BREATH", 0.0)

    async def never(scene: Scene) -> None:
        raise Passed("nothing went by")

    async def always(scene: Scene) -> None:
        pass

    happened = Counter[str]()
    await chaos.disturb(Scene(cast(Rig, None), [], Random(1), 0.0), [never, always, never, always], happened)
    assert happened == {"always": 4}
    await chaos.disturb(Scene(cast(Rig, None), [], Random(1), 0.0), [never], happened)
    assert happened == {"always": 4}, "and where none can, that comes to an end"


@pytest.mark.parametrize(("faults", "good"), [(15, False), (16, True)])
def test_a_run_with_fewer_faults_than_planned_fails(
    capsys: pytest.CaptureFixture[str], faults: int, good: bool
) -> None:
    assert chaos.report(chaos.SHORT, Counter(worker_killed=faults), Verdict(), SenderLog(), 1.0) is good
    output = capsys.readouterr().out
    assert ("only 15 could happen" in output) is not good
    assert output.splitlines()[-1] == f"faults={faults} acknowledged=0 lost=0 duplicated=0 wedged=0 seed=0"
