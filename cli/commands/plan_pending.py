"""`rumbo plan pending`: what each body still has to do, and by when."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import exit_codes, output
from cli.command import CliCommand
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.sheet.writing import table
from language import _
from telling.pending import asks, pages
from telling.system_errors import os_error_text
from telling.values import PLAN_STATUSES, localized

if TYPE_CHECKING:
    from domain.views.models.pending import PendingView


@click.command(
    "pending",
    cls=CliCommand,
    help=_(
        "List what each body has to do, and by when: one page per body, ready to paste into a letter.\n\n"
        "With --output FILE.txt the pages go into one file, with --output FOLDER into one file per body. With --csv it "
        "is a table to fill in, with one row for every report that is due; `rumbo plan send` reads it."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.option("--body", metavar=_("BODY"), help=_("Only this body."))
@click.option(
    "--output",
    "where",
    type=click.Path(path_type=Path),
    metavar=_("FILE|FOLDER"),
    help=_("Where to write it, instead of standard output."),
)
@click.option("--csv", "as_table", is_flag=True, help=_("A table to fill in with a spreadsheet."))
@pass_invocation
def command(invocation: Invocation, plan: str, body: str | None, where: Path | None, as_table: bool) -> None:
    answer = invocation.client.pending(plan, body)
    if as_table:
        _write_table(invocation, answer.view, where)
        return
    if not invocation.is_text:
        output.view(invocation, answer, lambda _view: ())
        return
    written = dict(pages(answer.view))
    if where is None:
        click.echo(_PAGE_BREAK.join(_text(lines) for lines in written.values()), nl=False)
    elif where.suffix and not where.is_dir():
        with output.atomic_file(where) as file:
            file.write(_PAGE_BREAK.join(_text(lines) for lines in written.values()).encode())
        click.echo(_("Written: {file}").format(file=where))
    else:
        _into_folder(where, written)
    _note_idle_bodies(answer.view)
    output.next_step(invocation, f"rumbo plan show {plan}")


def _write_table(invocation: Invocation, view: "PendingView", where: Path | None) -> None:
    if where is None:
        click.echo(table(view), nl=False)
        return
    with output.atomic_file(where, to_fill_in=True) as file:
        file.write(table(view))
    output.result(invocation, {"file": str(where)}, lambda _written: [_("Written: {file}").format(file=where)])
    output.next_step(invocation, f"rumbo plan send {view.id} {where}")


_PAGE_BREAK = "\n\f\n"
"""A form feed: printers begin a new sheet, and a terminal shows an empty line."""


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _into_folder(folder: Path, written: Mapping[str, list[str]]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            _("{file} cannot be written: {reason}").format(file=folder, reason=os_error_text(str(error))),
            exit_codes.FAILED,
        ) from None
    for body, lines in written.items():
        with output.atomic_file(folder / f"{body}.txt") as file:
            file.write(_text(lines).encode())
        click.echo(_("Written: {file}").format(file=folder / f"{body}.txt"))


def _note_idle_bodies(view: "PendingView") -> None:
    """Name the bodies that have nothing to do now, which have no page."""
    if view.status != "open":
        output.note(_("The plan is {status}: no body has anything to do.").format(status=_(PLAN_STATUSES[view.status])))
        return
    idle = [localized(page.name) for page in view.bodies if not asks(page)]
    if idle:
        output.note(_("Nothing to do now for: {bodies}").format(bodies=", ".join(idle)))
