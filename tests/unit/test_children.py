"""Children of the tests can be interrupted, also when a shell has made the tests ignore SIGINT, and end with them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.children import child_command

ROOT = Path(__file__).parents[2]
IGNORING_SIGINT = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")
TAKES_SIGINT = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"


def test_a_child_takes_sigint_though_the_test_run_inherited_it_as_ignored() -> None:
    plain = subprocess.check_output([sys.executable, "-c", TAKES_SIGINT], text=True)
    leashed = subprocess.check_output(child_command(sys.executable, "-c", TAKES_SIGINT), text=True)
    assert (plain, leashed) == ("True\n", "True\n")


def test_a_test_run_in_the_background_can_interrupt_its_children() -> None:
    test = f"{__file__}::{test_a_child_takes_sigint_though_the_test_run_inherited_it_as_ignored.__name__}"
    command = [*IGNORING_SIGINT, sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the children of a killed process")
def test_a_child_ends_when_the_test_run_is_killed() -> None:
    parent = (
        "import subprocess, sys, time\n"
        "from tests.children import child_command\n"
        "child = subprocess.Popen(child_command(sys.executable, '-c', 'import time; time.sleep(60)'))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        time.sleep(0.5)  # until the child has asked the kernel for the signal
        process.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the child outlived the test run"
        time.sleep(0.05)
