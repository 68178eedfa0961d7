"""A backup of the ledger while it runs, and a ledger from a backup.

A backup is PostgreSQL's own (`pg_basebackup`): every byte of the cluster at one moment, with a manifest of SHA-256
sums. The keys are not in it: they lie beside the ledger, are backed up apart, and what was erased by destroying its key
stays erased in every backup. Neither is Temporal's state, which the ledger replaces.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from embedded import lock, postgres, process
from embedded.messages import StackFault
from embedded.postgres import Cluster
from settings import Settings

LEDGER: Final = "postgres"
"""The ledger's folder, in a backup as in a data folder."""

CHECK: Final = (sys.executable, "-P", "-m", "audit.soundness")


def make(data: Path, backup: Path) -> None:
    """Back up the ledger of the stack that runs on ``data`` into the new folder ``backup``. Blocks.

    Raises `StackFault`: not_running, backup_there, folder_unusable, step_failed.
    """
    cluster = postgres.cluster(data.absolute() / LEDGER, data.absolute() / "log" / "backup.log")
    if not (cluster.folder / "PG_VERSION").exists() or not cluster.is_ready():
        raise StackFault("not_running", folder=data)
    try:
        backup.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise StackFault("backup_there", folder=backup) from None
    except OSError as error:
        raise StackFault("folder_unusable", folder=backup, reason=error.strerror) from error
    said = _run(
        cluster,
        "pg_basebackup",
        *("--dbname", cluster.url(), "--pgdata", str(backup.absolute() / LEDGER)),
        *("--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--no-password"),
    )
    if said:
        shutil.rmtree(backup)
        raise StackFault("step_failed", service="pg_basebackup", status="-", log=cluster.log, tail=said)


def restore(backup: Path, data: Path, check: Sequence[str] = CHECK) -> list[dict[str, Any]]:
    """Make the ledger of the data folder ``data`` from a backup; what there is in the folder besides stays. Blocks.

    The ledger is started once and looked at as a whole, also against the last checkpoint that ``data``'s own keyring
    has signed. What was found comes back, one line for each thing that does not hold (``code``, ``plan``, ``detail``),
    and last the count (``unsound``, ``entries``, ``plans``, ``waiting``). It stays where it is whatever was found.
    Raises `StackFault`: folder_in_use, ledger_there, backup_unusable, folder_unusable, and what a start raises.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "log").mkdir(mode=0o700, exist_ok=True)
    with lock.held(data):
        cluster = postgres.cluster(data.absolute() / LEDGER, data.absolute() / "log" / "postgres.log")
        if cluster.folder.exists():
            raise StackFault("ledger_there", folder=cluster.folder)
        if not (backup / LEDGER / "PG_VERSION").exists():
            raise StackFault("backup_unusable", folder=backup, reason="PG_VERSION")
        if said := _run(cluster, "pg_verifybackup", "--quiet", str(backup.absolute() / LEDGER)):
            raise StackFault("backup_unusable", folder=backup, reason=said)
        _place(backup / LEDGER, cluster)
        cluster.prepare()
        try:
            with process.running(cluster.program(), cluster.is_ready):
                return _looked_at(cluster, data.absolute() / "keyring", check)
        finally:
            cluster.remove_sockets()


def _place(ledger: Path, cluster: Cluster) -> None:
    """The backup's files, under the account that PostgreSQL runs as; moved to their place whole."""
    making = cluster.folder.with_name(cluster.folder.name + ".restoring")
    shutil.rmtree(making, ignore_errors=True)
    try:
        shutil.copytree(ledger, making, symlinks=True)
        making.chmod(0o700)
        if cluster.account:
            for folder, _, files in os.walk(making):
                for path in (folder, *(os.path.join(folder, file) for file in files)):
                    os.chown(path, cluster.account.uid, cluster.account.gid, follow_symlinks=False)
        making.replace(cluster.folder)
    except OSError as error:
        raise StackFault("folder_unusable", folder=making, reason=error.strerror) from error


def _looked_at(cluster: Cluster, keyring: Path, check: Sequence[str]) -> list[dict[str, Any]]:
    settings = Settings(database_url=cluster.url(), keyring=keyring)
    asked = subprocess.run(list(check), check=False, capture_output=True, text=True, env=settings.environment())
    if asked.returncode not in (0, 1) or not asked.stdout:
        status = process.said(asked.returncode)
        raise StackFault(
            "step_failed", service="audit.soundness", status=status, log=cluster.log, tail=asked.stderr[-2000:]
        )
    return [json.loads(line) for line in asked.stdout.splitlines()]


def _run(cluster: Cluster, name: str, *arguments: str) -> str:
    """Run one of PostgreSQL's own programs; what it complained of, or nothing where it succeeded."""
    done = subprocess.run(
        [str(cluster.programs / name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": os.defpath},
    )
    return (done.stderr.strip()[-2000:] or "-") if done.returncode else ""
