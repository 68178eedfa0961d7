"""Everything the programs read from their environment, in one place.

Each field of `Settings` is one variable with the prefix ``RUMBO_``: ``RUMBO_DATABASE_URL``, ``RUMBO_GATEWAY_PORT`` and
so on. ``Settings()`` reads them; ``Settings(mode="rehearsal")`` says one of them and reads the rest.
`Settings.environment` goes the other way, for a program that starts another. Standard library only: the command line
imports this each time.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, Literal, TypeVar, get_args

from language import N_

Mode = Literal["live", "rehearsal"]
Versioning = Literal["auto-upgrade", "pinned"]
LogFormat = Literal["text", "json"]

_VERSIONINGS: Final[tuple[Versioning, ...]] = get_args(Versioning)
_MODES: Final[tuple[Mode, ...]] = get_args(Mode)
_LOG_FORMATS: Final[tuple[LogFormat, ...]] = get_args(LogFormat)

PREFIX: Final = "RUMBO_"

T = TypeVar("T")


class UnusableSetting(ValueError):
    """A variable holds what cannot be used. ``message`` and ``params`` are apart, to be said in any language."""

    code = "unusable_setting"
    message = N_("{variable} is {value!r}, but it must be {wanted}. Set it, or unset it to use the default.")

    def __init__(self, variable: str, value: str, wanted: str) -> None:
        self.params = {"variable": variable, "value": value, "wanted": wanted}
        super().__init__(self.message.format(**self.params))


def _variable(name: str, default: T, read: Callable[[str, str], T]) -> T:
    """A dataclass field that is read from ``RUMBO_<NAME>`` when it is not given. An empty variable counts as unset."""

    def value() -> T:
        variable = PREFIX + name.upper()
        said = os.environ.get(variable, "")
        return read(variable, said) if said else default

    made: T = field(default_factory=value)
    return made


def _text(_variable: str, said: str) -> str:
    return said


def _path(_variable: str, said: str) -> Path:
    return Path(said).expanduser()


def _port(variable: str, said: str) -> int:
    if said.isascii() and said.isdigit() and 0 < int(said) < 65536:
        return int(said)
    raise UnusableSetting(variable, said, "a port between 1 and 65535")


def _count(variable: str, said: str) -> int:
    if said.isascii() and said.isdigit() and int(said) > 0:
        return int(said)
    raise UnusableSetting(variable, said, "a whole number above 0")


def _one_of(allowed: tuple[T, ...]) -> Callable[[str, str], T]:
    def read(variable: str, said: str) -> T:
        for one in allowed:
            if one == said:
                return one
        raise UnusableSetting(variable, said, " or ".join(map(str, allowed)))

    return read


@dataclass(frozen=True)
class Settings:
    """What worker, gateway and migrations need to know. Raises `UnusableSetting` where a variable makes no sense."""

    database_url: str = _variable("database_url", "postgresql://rumbo@127.0.0.1:5432/rumbo", _text)
    """The ledger's Postgres, as a libpq URL. It may hold a password: never log it."""
    temporal_address: str = _variable("temporal_address", "127.0.0.1:7233", _text)
    """Temporal's frontend, ``host:port``."""
    temporal_namespace: str = _variable("temporal_namespace", "default", _text)
    task_queue: str = _variable("task_queue", "rumbo", _text)
    deployment: str = _variable("deployment", "", _text)
    """The worker's deployment on Temporal (Worker Versioning); without one its workers are not told apart."""
    build: str = _variable("build", "", _text)
    """This worker's version in the deployment; that of the installed package where nothing is said."""
    versioning: Versioning = _variable("versioning", "auto-upgrade", _one_of(_VERSIONINGS))
    """Which version of a deployment a plan's loop goes on with: the current one at once, or from its next run."""
    plans_awake: int = _variable("plans_awake", 500, _count)
    """How many plans' loops a worker keeps in memory, about 0.1 MiB each; others are read again when they are woken."""
    keyring: Path = _variable("keyring", Path("keyring"), _path)
    """The folder of the keys: outside Postgres, so that a copy of the database opens nothing."""
    gateway_host: str = _variable("gateway_host", "127.0.0.1", _text)
    gateway_port: int = _variable("gateway_port", 8700, _port)
    origin: str = _variable("origin", "rumbo.localhost/ledger", _text)
    """The ledger's name in every signature and checkpoint (C2SP tlog-checkpoint: a schema-less URL)."""
    mode: Mode = _variable("mode", "live", _one_of(_MODES))
    """``rehearsal`` lets time be skipped; such a ledger is named as one everywhere."""
    log_format: LogFormat = _variable("log_format", "text", _one_of(_LOG_FORMATS))

    def environment(self) -> dict[str, str]:
        """This process's environment with these settings in it: what to start another of our programs with."""
        return os.environ | {PREFIX + one.name.upper(): str(getattr(self, one.name)) for one in fields(self)}
