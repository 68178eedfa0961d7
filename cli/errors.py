"""What goes wrong in a way that was foreseen: a sentence, what to do, and the exit code."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from telling.faults import fault_line


class CliError(Exception):
    """Ends the command. The sentence is already translated; it says what happened, and the hint what to do."""

    def __init__(
        self, message: str, code: int, hint: str | None = None, faults: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """One of `cli.exit_codes`."""
        self.hint = hint
        self.faults = faults

    def say(self) -> None:
        """Say it on standard error."""
        click.echo(self.message, err=True)
        for fault in self.faults:
            click.echo("  " + fault_line(fault), err=True)
        if self.hint:
            click.echo(self.hint, err=True)
