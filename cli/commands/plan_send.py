"""`rumbo plan send`: many commands from one file, as JSON lines or as a table that a spreadsheet wrote."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
from telling.values import plain_moments, witness

from cli import exit_codes, output, sending
from cli.batches import send_in_batches
from cli.command import CliCommand
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.sheet.columns import COLUMNS, ROW_KINDS
from cli.sheet.reading import Sheet, read
from cli.sheet.table import CellFault, UnreadableTable
from language import _, current_language, ngettext


def _about_tables() -> str:
    """What a table may hold, for the help."""
    kinds = ", ".join(kind.name(current_language()) for kind in ROW_KINDS.values())
    width = max(len(column.heading(current_language())) for column in COLUMNS)
    columns = "\n".join(f"  {column.heading(tag()).ljust(width)}  {_(column.what)}" for column in COLUMNS)
    return "\b\n" + _("Columns of a table; kinds of rows: {kinds}").format(kinds=kinds) + "\n" + columns


@click.command(
    "send",
    cls=CliCommand,
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
@pass_invocation
def send(invocation: Invocation, plan: str, file: Any, is_table: bool) -> int:
    if is_table or file.name.lower().endswith(".csv"):
        return _send_table(invocation, plan, file)
    return _send_lines(invocation, plan, file)


def _send_lines(invocation: Invocation, plan: str, file: Iterable[bytes]) -> int:
    code = exit_codes.OK
    for outcome in _outcomes(invocation, plan, file):
        click.echo(output.one_line(outcome))
        code = _graver(code, outcome)
    return code


def _send_table(invocation: Invocation, plan: str, file: Any) -> int:
    sheet = _read(invocation, plan, file)
    if sheet.untouched:
        numbers = ", ".join(str(number) for number in sheet.untouched)
        output.note(_("Not filled in, and not sent: row {rows}.").format(rows=numbers))
    code, last = exit_codes.OK, 0
    lines = [json.dumps(command).encode() for _row, command in sheet.commands]
    for outcome in _outcomes(invocation, plan, lines):
        outcome["row"] = sheet.commands[outcome.pop("line") - 1][0]
        told = _("row {row}: {sentence}").format(row=outcome["row"], sentence=plain_moments(sending.sentence(outcome)))
        click.echo(told if invocation.is_text else output.one_line(outcome))
        code = _graver(code, outcome)
        last = max([last, *outcome["versions"]])
    if invocation.is_text and last:
        for entry in invocation.client.entries(plan, after=last - 1, limit=1):
            click.echo(witness(plan, entry))
    output.next_step(invocation, f"rumbo plan show {plan}")
    return code


def _read(invocation: Invocation, plan: str, file: Any) -> Sheet:
    """What the table says. Raises `CliError` with every row and column that cannot be read."""
    try:
        sheet = read(file.read(), invocation.client.get("plans", plan))
    except UnreadableTable as error:
        raise _faulty(invocation, file.name, error.faults) from None
    if sheet.faults:
        raise _faulty(invocation, file.name, sheet.faults)
    return sheet


def _faulty(invocation: Invocation, name: str, faults: Iterable[CellFault]) -> CliError:
    listed = [_fault_view(fault) for fault in faults]
    if not invocation.is_text:
        output.result(invocation, {"faults": listed}, lambda _faults: ())
    message = ngettext(
        "{file} cannot be read as it stands; {count} fault:",
        "{file} cannot be read as it stands; {count} faults:",
        len(listed),
    )
    return CliError(
        message.format(file=name, count=len(listed)),
        exit_codes.USAGE,
        _("Nothing was sent. Mend the table and send it again."),
        listed,
    )


def _fault_view(fault: CellFault) -> dict[str, Any]:
    row = [] if fault.row is None else [_("row {row}").format(row=fault.row)]
    column = [] if fault.column is None else [_("column {column}").format(column=fault.column)]
    return {"row": fault.row, "column": fault.column, "path": ", ".join(row + column), "message": fault.sentence}


def _outcomes(invocation: Invocation, plan: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The outcomes in order; where they break off, it is said how many had come."""
    told = 0
    try:
        for outcome in send_in_batches(invocation.client, plan, lines):
            yield outcome
            told += 1
    except CliError as failed:
        again = _("{count} outcomes had come. Send the same file again: what was done is not done twice.")
        failed.hint = "\n".join(filter(None, [failed.hint, again.format(count=told)]))
        raise


def _graver(code: int, outcome: Mapping[str, Any]) -> int:
    """The graver of two: a refusal by the plan says more than a malformed line, so it names the exit code."""
    one = sending.exit_code(outcome)
    return exit_codes.REFUSED if exit_codes.REFUSED in (code, one) else code or one
