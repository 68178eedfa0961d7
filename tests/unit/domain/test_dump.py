"""A state as bytes: equal states are equal wherever they were folded."""

import json
from dataclasses import replace

from domain import PLAN
from domain.plan import Plan

NAMES = [f"body-{n:02}" for n in range(40)]


def test_a_set_is_written_in_the_same_order_in_every_process() -> None:
    """Python orders a set of texts anew in each process, and a verifier is another process."""
    plan = replace(Plan(), reported={1: frozenset(NAMES)}, reflected={2: frozenset(reversed(NAMES))})
    dumped = json.loads(json.dumps(PLAN.dump(plan)))
    assert dumped["reported"] == {"1": NAMES}
    assert dumped["reflected"] == {"2": NAMES}
