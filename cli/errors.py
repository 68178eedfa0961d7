"""The error that ends a command with a sentence, a hint and an exit code."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from telling.faults import fault_line


class CliError(Exception):
    """Ends the command. ``message`` says what happened and ``hint`` what to do; both are already translated."""

    def __init__(
        self, message: str, code: int, hint: str | None = None, faults: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """One of `cli.exit_codes`."""
        self.hint = hint
        self.faults = faults

    def write(self) -> None:
        """Write it to standard error."""
        click.echo(self.message, err=True)
        for fault in self.faults:
            click.echo("  " + fault_line(fault), err=True)
        if self.hint:
            click.echo(self.hint, err=True)
