"""A log with missing hashes is answered as a fork, not as an internal error."""

from audit.tree import Incomplete
from gateway.errors import HANDLED_ERRORS, as_problem


def test_missing_hashes_are_reported_as_a_fork() -> None:
    assert Incomplete in HANDLED_ERRORS
    assert (as_problem(Incomplete()).status, as_problem(Incomplete()).code) == (503, "log_forked")
