"""Refusals: of commands, and of signals that name no journalled command."""

from typing import Literal

from pydantic import Field

from domain.kernel.event import Event
from domain.kernel.statement import Sha256
from domain.kernel.text import Count


class CommandRefused(Event):
    """A command was refused. The content of the command is not kept."""

    kind: Literal["command_refused"] = "command_refused"
    ABOUT_THE_RECORD = True
    command: str
    code: str
    params: dict[str, str] = Field(default_factory=dict)


class RefusedArrival(Event):
    name: str
    size: Count
    sha256: Sha256


class ArrivalsRefused(Event):
    """Signals that named no journalled command: how many, and the outlines of the first few."""

    kind: Literal["arrivals_refused"] = "arrivals_refused"
    ABOUT_THE_RECORD = True
    count: Count
    first: tuple[RefusedArrival, ...] = ()
