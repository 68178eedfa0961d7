"""`rumbo plan send`: many commands from one file, as JSON lines or as a table that a spreadsheet wrote."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from cli import exit_codes, output, sending
from cli.failure import Failed
from cli.session import Session, pass_session
from cli.shape import Command
from cli.sheet.columns import COLUMNS, KINDS
from cli.sheet.reading import Sheet, read
from cli.sheet.table import CellFault, NoTable
from cli.stream import outcomes
from language import _, current_language, ngettext
from telling.wording import plain_moments, witness


def _about_tables() -> str:
    """What a table may hold, for the help."""
    kinds = ", ".join(kind.name(current_language()) for kind in KINDS.values())
    width = max(len(column.heading(current_language())) for column in COLUMNS)
    columns = "\n".join(f"  {column.heading(current_language()).ljust(width)}  {_(column.what)}" for column in COLUMNS)
    return "\b\n" + _("Columns of a table; kinds of rows: {kinds}").format(kinds=kinds) + "\n" + columns


@click.command(
    "send",
    cls=Command,
    help=_(
        "Send commands from a file, and print one outcome for each. - reads standard input.\n\n"
        "A table (FILE.csv) has one row a command, under English or Spanish headings; `rumbo plan pending PLAN --csv` "
        "writes one to fill in. Nothing of it is sent while a row cannot be read. Any other file has one JSON object a "
        "line.\n\n"
        "The same file can be sent again at any time: what was done is answered as a duplicate and adds nothing.\n\n"
        "Numbers: 12,5 or 12.5; 1,234 could be two and is refused. Dates: 30/06/2027 is day, month, year."
    ),
    epilog=_about_tables(),
)
@click.argument("plan", metavar="PLAN")
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@click.option("--csv", "is_table", is_flag=True, help=_("The file is a table, whatever it is called."))
@pass_session
def send(session: Session, plan: str, file: Any, is_table: bool) -> int:
    if is_table or file.name.lower().endswith(".csv"):
        return _send_table(session, plan, file)
    return _send_lines(session, plan, file)


def _send_lines(session: Session, plan: str, file: Iterable[bytes]) -> int:
    code = exit_codes.OK
    for outcome in _outcomes(session, plan, file):
        click.echo(output.one_line(outcome))
        code = _graver(code, outcome)
    return code


def _send_table(session: Session, plan: str, file: Any) -> int:
    sheet = _read(session, plan, file)
    if sheet.untouched:
        numbers = ", ".join(str(number) for number in sheet.untouched)
        output.note(_("Not filled in, and not sent: row {rows}.").format(rows=numbers))
    code, last = exit_codes.OK, 0
    lines = [json.dumps(command).encode() for _row, command in sheet.commands]
    for outcome in _outcomes(session, plan, lines):
        outcome["row"] = sheet.commands[outcome.pop("line") - 1][0]
        told = _("row {row}: {sentence}").format(row=outcome["row"], sentence=plain_moments(sending.sentence(outcome)))
        click.echo(told if session.is_text else output.one_line(outcome))
        code = _graver(code, outcome)
        last = max([last, *outcome["versions"]])
    if session.is_text and last:
        for entry in session.client.entries(plan, after=last - 1, limit=1):
            click.echo(witness(plan, entry))
    output.next_step(session, f"rumbo plan show {plan}")
    return code


def _read(session: Session, plan: str, file: Any) -> Sheet:
    """What the table says. Raises `Failed` with every row and column that cannot be read."""
    try:
        sheet = read(file.read(), session.client.get("plans", plan))
    except NoTable as error:
        raise _faulty(session, file.name, error.faults) from None
    if sheet.faults:
        raise _faulty(session, file.name, sheet.faults)
    return sheet


def _faulty(session: Session, name: str, faults: Iterable[CellFault]) -> Failed:
    listed = [_fault_view(fault) for fault in faults]
    if not session.is_text:
        output.result(session, {"faults": listed}, lambda _faults: ())
    message = ngettext(
        "{file} cannot be read as it stands; {count} fault:",
        "{file} cannot be read as it stands; {count} faults:",
        len(listed),
    )
    return Failed(
        message.format(file=name, count=len(listed)),
        exit_codes.USAGE,
        _("Nothing was sent. Mend the table and send it again."),
        listed,
    )


def _fault_view(fault: CellFault) -> dict[str, Any]:
    row = [] if fault.row is None else [_("row {row}").format(row=fault.row)]
    column = [] if fault.column is None else [_("column {column}").format(column=fault.column)]
    return {"row": fault.row, "column": fault.column, "path": ", ".join(row + column), "message": fault.sentence}


def _outcomes(session: Session, plan: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The outcomes in order; where they break off, it is said how many had come."""
    told = 0
    try:
        for outcome in outcomes(session.client, plan, lines):
            yield outcome
            told += 1
    except Failed as failed:
        again = _("{count} outcomes had come. Send the same file again: what was done is not done twice.")
        failed.hint = "\n".join(filter(None, [failed.hint, again.format(count=told)]))
        raise


def _graver(code: int, outcome: Mapping[str, Any]) -> int:
    """The graver of two: a refusal by the plan says more than a malformed line, so it names the exit code."""
    one = sending.exit_code(outcome)
    return exit_codes.REFUSED if exit_codes.REFUSED in (code, one) else code or one
