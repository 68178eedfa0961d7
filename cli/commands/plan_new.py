"""`rumbo plan new`: writes a first plan file, from eight questions or as a template to fill in."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

import click

from cli import exit_codes, output
from cli.command import CliCommand
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.sheet.values import UnreadableCell, day
from language import _, current_language
from telling.plan_file import QUESTIONS, Answers, Question, lines_to_fill, plan_file_text, slug
from telling.system_errors import os_error_text
from telling.values import one_line

ZONES: Final = {"es": "America/Mexico_City", "en": "UTC"}
"""The time zone of a new plan, by language, if the machine has none."""


def question_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for every question."""
    for question in reversed(QUESTIONS):
        several = question.name == "partners"
        option = click.option(
            "--partner" if several else f"--{question.name.replace('_', '-')}",
            question.name,
            metavar=_("TEXT"),
            multiple=several,
            help=_(question.text),
        )
        function = option(function)
    return function


@click.command(
    "new",
    cls=CliCommand,
    help=_(
        "Write a first plan file, the problem first.\n\n"
        "On a terminal it asks eight questions. Without a terminal, or with --template, it writes a file with a marked "
        "line for every question that no option answers. It never overwrites a file; - writes to standard output."
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), metavar=_("FILE"))
@click.option("--template", is_flag=True, help=_("Ask nothing."))
@click.option(
    "--answers",
    type=click.File("r", encoding="utf-8"),
    metavar=_("FILE"),
    help=_("The answers, one per line, in the order of the questions; - reads standard input."),
)
@click.option("--title", metavar=_("TEXT"), help=_("The plan's title; by default, made from the file's name."))
@question_options
@pass_invocation
def command(
    invocation: Invocation, /, file: Path, template: bool, answers: Any, title: str | None, **given: Any
) -> None:
    if file.exists():
        raise output.already_exists(file)
    given["partners"] = "; ".join(given["partners"])
    if answers is not None:
        given |= _from_lines(answers, given)
    elif not template and sys.stdin.isatty():
        given |= _ask_rest(given)
    name = "plan" if str(file) == "-" else file.name.partition(".")[0]
    known = Answers(
        plan=slug(name, "plan", 63),
        title=one_line(title or "") or one_line(name.replace("-", " ").replace("_", " ")).capitalize(),
        timezone=_zone(),
        partners=tuple(filter(None, (one_line(one) for one in given.pop("partners").split(";")))),
        due=_due(given.pop("due") or ""),
        **{key: one_line(value or "") for key, value in given.items()},
    )
    text = plan_file_text(known, file.name)
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise output.already_exists(file) from None
    except OSError as error:
        raise CliError(
            _("{file} cannot be written: {reason}").format(file=file, reason=os_error_text(str(error))),
            exit_codes.FAILED,
        ) from None
    to_fill = lines_to_fill(text)
    result = {"file": str(file), "plan": known.plan, "to_fill": to_fill}
    output.result(invocation, result, lambda _result: [_("Written: {file}").format(file=file)])
    if invocation.is_text and to_fill:
        lines = ", ".join(str(number) for number in to_fill)
        output.note(_("Lines to fill in: {lines}").format(lines=lines))
    output.next_step(invocation, f"rumbo plan check {file}")


def _ask_rest(given: dict[str, Any]) -> dict[str, str]:
    """Ask on the terminal every question that no option answers. An optional question takes an empty answer."""
    return {one.name: _ask(one) for one in QUESTIONS if not given[one.name]}


def _ask(question: Question) -> str:
    text = (
        _(question.text)
        if question.needed
        else _("{question} (Enter: leave it empty)").format(question=_(question.text))
    )
    while True:
        answer: str = click.prompt(text, default=None if question.needed else "", show_default=False, err=True)
        if question.name != "due":
            return answer
        try:
            return _due(answer)
        except CliError as error:
            output.note(error.message)


def _from_lines(answers: Any, given: dict[str, Any]) -> dict[str, str]:
    try:
        lines = answers.read().splitlines()
    except UnicodeDecodeError:
        raise CliError(
            _("{file} is not UTF-8 text. Save it as UTF-8.").format(file=answers.name), exit_codes.USAGE
        ) from None
    if len(lines) > len(QUESTIONS):
        raise CliError(
            _(
                "There are {lines} answers to {questions} questions. Write one per line; an empty line skips one."
            ).format(lines=len(lines), questions=len(QUESTIONS)),
            exit_codes.USAGE,
        )
    return {one.name: given[one.name] or line for one, line in zip(QUESTIONS, lines, strict=False)}


def _due(given: str) -> str:
    """A typed deadline: a date or a month in the form of plan files, or text. Raises `CliError` for an invalid date."""
    given = one_line(given)
    if not given or not given[:1].isdigit():
        return given
    try:
        return given if _is_month(given) else day(given)
    except UnreadableCell as error:
        raise CliError(error.sentence, exit_codes.USAGE) from None


def _is_month(given: str) -> bool:
    year, _hyphen, month = given.partition("-")
    return len(year) == 4 and year.isdecimal() and len(month) == 2 and month.isdecimal() and 1 <= int(month) <= 12


def _zone() -> str:
    """The machine's time zone; if it has none with a place name, the default of the language."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    candidates += [str(Path("/etc/localtime").resolve()).rpartition("/zoneinfo/")[2]]
    known = available_timezones()
    named = (one for one in candidates if one in known and "/" in one and not one.startswith("Etc/"))
    return next(named, ZONES.get(current_language(), "UTC"))
