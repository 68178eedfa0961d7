"""Backs up the running ledger, and restores a ledger from a backup.

A backup is PostgreSQL's own (`pg_basebackup`): every byte of the cluster at one moment, with a manifest of SHA-256
sums. It does not contain the keys: they lie beside the ledger and are backed up separately, so a text that was erased
by destroying its key is erased in every backup. Nor does it contain Temporal's state, which can be rebuilt from the
ledger.
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
    """Backs up the ledger of the stack that runs on ``data`` into the new folder ``backup``. Blocks.

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
    failure = _run(
        cluster,
        "pg_basebackup",
        *("--dbname", cluster.url(), "--pgdata", str(backup.absolute() / LEDGER)),
        *("--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--no-password"),
    )
    if failure:
        shutil.rmtree(backup)
        raise StackFault("step_failed", service="pg_basebackup", status="-", log=cluster.log, tail=failure)


def restore(backup: Path, data: Path, check: Sequence[str] = CHECK) -> list[dict[str, Any]]:
    """Restores the ledger of the data folder ``data`` from a backup; other files in the folder stay. Blocks.

    The ledger is started once and checked as a whole, also against the last checkpoint that the keyring in ``data`` has
    signed. Returns one line per finding (``code``, ``plan``, ``detail``), and last the counts (``unsound``,
    ``entries``, ``plans``, ``waiting``). The ledger stays in place whatever was found. Raises `StackFault`:
    folder_in_use, ledger_there, backup_unusable, folder_unusable, and what a start raises.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "log").mkdir(mode=0o700, exist_ok=True)
    with lock.held(data):
        cluster = postgres.cluster(data.absolute() / LEDGER, data.absolute() / "log" / "postgres.log")
        if cluster.folder.exists():
            raise StackFault("ledger_there", folder=cluster.folder)
        if not (backup / LEDGER / "PG_VERSION").exists():
            raise StackFault("backup_unusable", folder=backup, reason="PG_VERSION")
        if failure := _run(cluster, "pg_verifybackup", "--quiet", str(backup.absolute() / LEDGER)):
            raise StackFault("backup_unusable", folder=backup, reason=failure)
        _place(backup / LEDGER, cluster)
        cluster.prepare()
        try:
            with process.running(cluster.program(), cluster.is_ready):
                return _checked(cluster, data.absolute() / "keyring", check)
        finally:
            cluster.remove_sockets()


def _place(ledger: Path, cluster: Cluster) -> None:
    """Copies the backup's files, owned by the account that PostgreSQL runs as; the complete copy is then renamed."""
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


def _checked(cluster: Cluster, keyring: Path, check: Sequence[str]) -> list[dict[str, Any]]:
    settings = Settings(database_url=cluster.url(), keyring=keyring)
    done = subprocess.run(list(check), check=False, capture_output=True, text=True, env=settings.environment())
    if done.returncode not in (0, 1) or not done.stdout:
        status = process.exit_text(done.returncode)
        raise StackFault(
            "step_failed", service="audit.soundness", status=status, log=cluster.log, tail=done.stderr[-2000:]
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _run(cluster: Cluster, name: str, *arguments: str) -> str:
    """Runs one of PostgreSQL's programs. Returns its error output, or an empty string if it succeeded."""
    done = subprocess.run(
        [str(cluster.programs / name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": os.defpath},
    )
    return (done.stderr.strip()[-2000:] or "-") if done.returncode else ""
