"""All settings that the programs read from their environment.

Each field of `Settings` is one variable with the prefix ``RUMBO_``: ``RUMBO_DATABASE_URL``, ``RUMBO_GATEWAY_PORT`` and
so on. ``Settings()`` reads them all; ``Settings(mode="rehearsal")`` sets one and reads the rest. `Settings.environment`
returns them as variables, for a program that starts another. Standard library only, because every start of the command
line imports this module.
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
    """A variable has an unusable value. ``message`` and ``params`` are separate, so that it can be translated."""

    code = "unusable_setting"
    message = N_("{variable} is {value!r}, but it must be {wanted}. Set it, or unset it to use the default.")

    def __init__(self, variable: str, value: str, wanted: str) -> None:
        self.params = {"variable": variable, "value": value, "wanted": wanted}
        super().__init__(self.message.format(**self.params))


def _variable(name: str, default: T, read: Callable[[str, str], T]) -> T:
    """A dataclass field whose default is read from ``RUMBO_<NAME>``. An empty variable counts as unset."""

    def value() -> T:
        variable = PREFIX + name.upper()
        text = os.environ.get(variable, "")
        return read(variable, text) if text else default

    made: T = field(default_factory=value)
    return made


def _text(_variable: str, text: str) -> str:
    return text


def _path(_variable: str, text: str) -> Path:
    return Path(text).expanduser()


def _port(variable: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise UnusableSetting(variable, text, "a port between 1 and 65535")


def _count(variable: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise UnusableSetting(variable, text, "a whole number above 0")


def _one_of(allowed: tuple[T, ...]) -> Callable[[str, str], T]:
    def read(variable: str, text: str) -> T:
        for one in allowed:
            if one == text:
                return one
        raise UnusableSetting(variable, text, " or ".join(map(str, allowed)))

    return read


@dataclass(frozen=True)
class Settings:
    """The settings of worker, gateway and migrations. Raises `UnusableSetting`."""

    database_url: str = _variable("database_url", "postgresql://rumbo@127.0.0.1:5432/rumbo", _text)
    """The ledger's Postgres, as a libpq URL. It may contain a password: never log it."""
    temporal_address: str = _variable("temporal_address", "127.0.0.1:7233", _text)
    """Temporal's frontend, ``host:port``."""
    temporal_namespace: str = _variable("temporal_namespace", "default", _text)
    task_queue: str = _variable("task_queue", "rumbo", _text)
    deployment: str = _variable("deployment", "", _text)
    """The worker's deployment on Temporal (Worker Versioning); without one, workers have no version."""
    build: str = _variable("build", "", _text)
    """This worker's version in the deployment; by default the version of the installed package."""
    versioning: Versioning = _variable("versioning", "auto-upgrade", _one_of(_VERSIONINGS))
    """When a plan's loop moves to the current version of the deployment: at once, or with its next run."""
    plans_awake: int = _variable("plans_awake", 500, _count)
    """Plans whose loops a worker keeps in memory, about 0.1 MiB each; others are replayed when they are woken."""
    keyring: Path = _variable("keyring", Path("keyring"), _path)
    """The folder of the keys: outside Postgres, so that a copy of the database decrypts nothing."""
    gateway_host: str = _variable("gateway_host", "127.0.0.1", _text)
    gateway_port: int = _variable("gateway_port", 8700, _port)
    origin: str = _variable("origin", "rumbo.localhost/ledger", _text)
    """The ledger's name in every signature and checkpoint (C2SP tlog-checkpoint: a schema-less URL)."""
    mode: Mode = _variable("mode", "live", _one_of(_MODES))
    """``rehearsal`` allows time to be skipped; such a ledger shows its mode everywhere."""
    log_format: LogFormat = _variable("log_format", "text", _one_of(_LOG_FORMATS))

    def environment(self) -> dict[str, str]:
        """This process's environment with these settings: the environment for starting another of our programs."""
        return os.environ | {PREFIX + one.name.upper(): str(getattr(self, one.name)) for one in fields(self)}
