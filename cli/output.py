"""Where things are written: results on standard output, everything else on standard error."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from cli import exit_codes
from cli.errors import CliError
from cli.invocation import Invocation
from language import _
from telling.system_errors import os_error_text


def result(invocation: Invocation, value: Any, text: Callable[[Any], Iterable[str]]) -> None:
    """Write one result: the lines of its text for people, or itself as JSON. YAML has lines of its own."""
    match invocation.output:
        case "text" | "yaml":
            for line in text(value):
                click.echo(line)
        case "json":
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))
        case "jsonl":
            click.echo(one_line(value))


def rows(invocation: Invocation, name: str, values: Iterable[Any], text: Callable[[list[Any]], Iterable[str]]) -> None:
    """Write a list: text for people, one object named ``name``, or a line each as they come."""
    if invocation.output == "jsonl":
        for value in values:
            click.echo(one_line(value))
    else:
        result(invocation, {name: list(values)}, lambda whole: text(whole[name]))


def one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def already_exists(file: Path) -> CliError:
    """What is said where a file that people fill in would be written over."""
    return CliError(
        _("{file} is there already. Nothing was written.").format(file=file),
        exit_codes.USAGE,
        _("Give another name, or move the file away first."),
    )


@contextmanager
def atomic_file(file: Path, *, to_fill_in: bool = False) -> Iterator[BinaryIO]:
    """A file that has its name only once all of it is written: what breaks off leaves what was there before.

    One that somebody is ``to_fill_in`` takes no other's place: it may be filled in already. Raises `CliError` where it
    cannot be written.
    """
    if to_fill_in and file.exists():
        raise already_exists(file)
    making = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with making.open("wb") as opened:
            yield opened
        making.replace(file)
    except OSError as error:
        raise CliError(
            _("{file} cannot be written: {reason}").format(file=file, reason=os_error_text(str(error))),
            exit_codes.FAILED,
        ) from None
    finally:
        making.unlink(missing_ok=True)


def note(text: str) -> None:
    """Say something beside the result."""
    click.echo(text, err=True)


def next_step(invocation: Invocation, command: str) -> None:
    """Say what people mostly do next; programs do not need to hear it."""
    if invocation.is_text:
        note(_("Next: {command}").format(command=command))


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterable[str]:
    """A table: drawn to the width of a terminal, and plain columns anywhere else."""
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415  (it is slow to load)
        from rich.table import Table  # noqa: PLC0415

        drawn = Table(*heads, box=None, pad_edge=False, header_style="bold", highlight=False)
        for line in lines:
            drawn.add_row(*(cell.replace("[", "\\[") for cell in line))
        console = Console()
        with console.capture() as captured:
            console.print(drawn)
        yield from captured.get().rstrip("\n").split("\n")
        return
    widths = [max(len(cell) for cell in column) for column in zip(heads, *lines, strict=True)]
    for line in (heads, *lines):
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def non_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value not in (None, (), [], {}, "")}
