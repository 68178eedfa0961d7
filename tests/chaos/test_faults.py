"""Which faults a run holds is the seed's to say."""

from collections import Counter
from random import Random

from tests.chaos.faults import SLOW, TO_THE_REST, TO_WORKERS, lanes

ALL = {*TO_WORKERS, *TO_THE_REST}


def test_the_same_seed_brings_the_same_faults_in_the_same_order() -> None:
    assert lanes(110, Random(7)) == lanes(110, Random(7))
    assert lanes(110, Random(7)) != lanes(110, Random(8))


def test_a_long_run_has_a_hundred_faults_and_every_kind_of_them() -> None:
    happening = Counter(fault for lane in lanes(116, Random(1)) for fault in lane)
    assert happening.total() >= 110
    assert happening.keys() == ALL


def test_a_short_run_has_each_of_the_quick_ones() -> None:
    happening = Counter(fault for lane in lanes(16, Random(1), short=True) for fault in lane)
    assert happening.total() >= 16
    assert happening.keys() == ALL - SLOW
