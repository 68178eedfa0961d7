"""Writes results to standard output, and everything else to standard error."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from cli import exit_codes
from cli.answers import Answer, V
from cli.errors import CliError
from cli.invocation import Invocation
from language import _
from telling.system_errors import os_error_text


def result(invocation: Invocation, value: Any, text: Callable[[Any], Iterable[str]]) -> None:
    """Write one result: as lines of text (YAML is text here), or as JSON."""
    match invocation.output:
        case "text" | "yaml":
            for line in text(value):
                click.echo(line)
        case "json":
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))
        case "jsonl":
            click.echo(one_line(value))


def rows(invocation: Invocation, name: str, values: Iterable[Any], text: Callable[[list[Any]], Iterable[str]]) -> None:
    """Write a list: as text, as one JSON object with the field ``name``, or as one JSON line per item as it arrives."""
    if invocation.output == "jsonl":
        for value in values:
            click.echo(one_line(value))
    else:
        result(invocation, {name: list(values)}, lambda whole: text(whole[name]))


def view(invocation: Invocation, answer: Answer[V], text: Callable[[V], Iterable[str]]) -> None:
    """Write an answer: its view as text, or its JSON as it was sent."""
    result(invocation, answer.json, lambda _json: text(answer.view))


def views(
    invocation: Invocation, name: str, answers: Iterable[Answer[V]], text: Callable[[list[V]], Iterable[str]]
) -> None:
    """Write a list of answers, as `rows` does."""
    if invocation.is_text:
        result(invocation, [one.view for one in answers], text)
    else:
        rows(invocation, name, (one.json for one in answers), lambda _rows: ())


def one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def already_exists(file: Path) -> CliError:
    """The error for a file that exists and is not overwritten."""
    return CliError(
        _("{file} already exists. Nothing was written.").format(file=file),
        exit_codes.USAGE,
        _("Give another name, or move the file away first."),
    )


@contextmanager
def atomic_file(file: Path, *, to_fill_in: bool = False) -> Iterator[BinaryIO]:
    """A file that gets its name only when all of it is written; an interrupted write leaves the previous file.

    A file ``to_fill_in`` never replaces another, which may already be filled in. Raises `CliError` if it cannot be
    written.
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


def file_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The required option ``--output``, passed as ``file``: where a command writes a document."""
    return click.option(
        "--output",
        "file",
        required=True,
        type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
        metavar=_("FILE"),
        help=_("Where to write it; - for standard output."),
    )(function)


def note(text: str) -> None:
    """Write a remark to standard error."""
    click.echo(text, err=True)


def next_step(invocation: Invocation, command: str) -> None:
    """Suggest the command that usually comes next; only for people, not in JSON."""
    if invocation.is_text:
        note(_("Next: {command}").format(command=command))


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterable[str]:
    """The lines of a table: fitted to the width of a terminal, or plain columns if the output is not a terminal."""
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
    """The fields that have a value; zero and false are values."""
    return {name: value for name, value in fields.items() if value not in (None, (), [], {}, "")}
