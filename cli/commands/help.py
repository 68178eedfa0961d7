"""`rumbo help`: topics that belong to no single command."""

from cli import exit_codes, output
from cli.command import NounGroup
from cli.invocation import Invocation, pass_invocation
from language import N_, _
from telling.vocabulary import lines, rows

command = NounGroup("help")

CODES = {
    exit_codes.OK: N_("it is done"),
    exit_codes.FAILED: N_("it failed, and the message gives the reason"),
    exit_codes.USAGE: N_("the command line, a plan file or a command has faults"),
    exit_codes.NOT_FOUND: N_("it does not exist"),
    exit_codes.NOT_ALLOWED: N_("not signed in, or not allowed"),
    exit_codes.REFUSED: N_("the plan refused it"),
    exit_codes.BREAK_FOUND: N_("a verification found a break in the record"),
    exit_codes.UNREACHABLE: N_("Rumbo cannot be reached or is too busy; try again later"),
    exit_codes.INTERRUPTED: N_("interrupted"),
}


@command.command("exit-codes", help=_("List the exit codes and their meaning."))
@pass_invocation
def codes(invocation: Invocation) -> None:
    listed = [{"code": code, "means": _(means)} for code, means in CODES.items()]
    output.rows(invocation, "exit_codes", listed, lambda rows: [f"{one['code']:>4}  {one['means']}" for one in rows])


@command.command("words", help=_("Explain the words: what you want to do, its name, and what it needs."))
@pass_invocation
def words(invocation: Invocation) -> None:
    output.rows(invocation, "words", rows(), lines)
