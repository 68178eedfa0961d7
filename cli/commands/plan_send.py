"""`rumbo plan send`: many commands from one file, as JSON lines or as a CSV table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from cli import exit_codes, output, sending
from cli.batches import send_in_batches
from cli.command import CliCommand
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.sheet.columns import COLUMNS, ROW_KINDS
from cli.sheet.reading import Sheet, read
from cli.sheet.table import CellFault, UnreadableTable
from language import _, current_language, ngettext
from telling.values import plain_moments


def _table_help() -> str:
    """The columns and the kinds of rows of a table."""
    kinds = ", ".join(kind.name(current_language()) for kind in ROW_KINDS.values())
    width = max(len(column.heading(current_language())) for column in COLUMNS)
    columns = "\n".join(
        f"  {column.heading(current_language()).ljust(width)}  {_(column.description)}" for column in COLUMNS
    )
    return "\b\n" + _("Columns of a table; kinds of rows: {kinds}").format(kinds=kinds) + "\n" + columns


@click.command(
    "send",
    cls=CliCommand,
    help=_(
        "Send commands from a file, and print one outcome for each. - reads standard input.\n\n"
        "A table (FILE.csv) has one row per command, with English or Spanish headings; `rumbo plan pending PLAN --csv` "
        "writes one to fill in. If a row has a fault, nothing is sent. Any other file has one JSON object per line.\n\n"
        "The same file can be sent again at any time: what was recorded before is a duplicate and adds nothing.\n\n"
        "Numbers: 12,5 or 12.5; 1,234 is ambiguous and is refused. Dates: 30/06/2027 is day, month, year."
    ),
    epilog=_table_help(),
)
@click.argument("plan", metavar="PLAN")
@click.argument("file", type=click.File("rb"), metavar=_("FILE"))
@click.option("--csv", "is_table", is_flag=True, help=_("Read the file as a table, whatever its name."))
@pass_invocation
def command(invocation: Invocation, plan: str, file: Any, is_table: bool) -> int:
    if is_table or file.name.lower().endswith(".csv"):
        return _send_table(invocation, plan, file)
    return _send_lines(invocation, plan, file)


def _send_lines(invocation: Invocation, plan: str, file: Iterable[bytes]) -> int:
    code = exit_codes.OK
    for outcome in _outcomes(invocation, plan, file):
        click.echo(output.one_line(outcome))
        code = _graver_code(code, outcome)
    return code


def _send_table(invocation: Invocation, plan: str, file: Any) -> int:
    sheet = _read(invocation, plan, file)
    if sheet.untouched:
        numbers = ", ".join(str(number) for number in sheet.untouched)
        output.note(_("Rows not filled in and not sent: {rows}.").format(rows=numbers))
    code, last = exit_codes.OK, 0
    lines = [json.dumps(command).encode() for _row, command in sheet.commands]
    for outcome in _outcomes(invocation, plan, lines):
        outcome["row"] = sheet.commands[outcome.pop("line") - 1][0]
        sentence = plain_moments(sending.outcome_sentence(outcome))
        line = _("row {row}: {sentence}").format(row=outcome["row"], sentence=sentence)
        click.echo(line if invocation.is_text else output.one_line(outcome))
        code = _graver_code(code, outcome)
        last = max([last, *outcome["versions"]])
    if invocation.is_text and last:
        for line in sending.witness_lines(invocation, plan, last):
            click.echo(line)
    output.next_step(invocation, f"rumbo plan show {plan}")
    return code


def _read(invocation: Invocation, plan: str, file: Any) -> Sheet:
    """The commands of the table. Raises `CliError` with every row and column that has a fault."""
    try:
        sheet = read(file.read(), invocation.client.plan(plan).view)
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
        "{file} has {count} fault:",
        "{file} has {count} faults:",
        len(listed),
    )
    return CliError(
        message.format(file=name, count=len(listed)),
        exit_codes.USAGE,
        _("Nothing was sent. Correct the table and send it again."),
        listed,
    )


def _fault_view(fault: CellFault) -> dict[str, Any]:
    row = [] if fault.row is None else [_("row {row}").format(row=fault.row)]
    column = [] if fault.column is None else [_("column {column}").format(column=fault.column)]
    return {"row": fault.row, "column": fault.column, "path": ", ".join(row + column), "message": fault.sentence}


def _outcomes(invocation: Invocation, plan: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The outcomes in order. If the connection breaks, the error's hint says how many outcomes had arrived."""
    count = 0
    try:
        for outcome in send_in_batches(invocation.client, plan, lines):
            yield outcome
            count += 1
    except CliError as error:
        again = _("{count} outcomes had arrived. Send the same file again: nothing is recorded twice.")
        error.hint = "\n".join(filter(None, [error.hint, again.format(count=count)]))
        raise


def _graver_code(code: int, outcome: Mapping[str, Any]) -> int:
    """The exit code after one more outcome: a refusal outranks a malformed line, and the first of others stays."""
    one = sending.exit_code(outcome)
    return exit_codes.REFUSED if exit_codes.REFUSED in (code, one) else code or one
