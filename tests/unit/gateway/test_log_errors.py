"""A log of which something is missing is said to be forked, not to have failed inside."""

from audit.tree import Incomplete
from gateway.errors import HANDLED_ERRORS, as_problem


def test_hashes_that_are_missing_are_a_fork() -> None:
    assert Incomplete in HANDLED_ERRORS
    assert (as_problem(Incomplete()).status, as_problem(Incomplete()).code) == (503, "log_forked")
