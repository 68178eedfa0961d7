"""The entry point: chooses the language, runs the command, ends with a sentence and an exit code; never a traceback."""

import io
import sys
from collections.abc import Sequence

import click

import language
from cli import exit_codes
from language import _


def main() -> None:
    """Run `rumbo` with this process's arguments, and end the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows another in its place, and the command goes on.
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    language.use(_asked(arguments) or language.environment_language())

    # Only now: help texts are translated where they are written.
    from cli.errors import CliError  # noqa: PLC0415
    from cli.invocation import Invocation  # noqa: PLC0415
    from cli.root import rumbo  # noqa: PLC0415
    from telling.system_errors import os_error_text  # noqa: PLC0415

    try:
        code = rumbo.main(list(arguments), prog_name="rumbo", standalone_mode=False, obj=Invocation())
    except CliError as failed:
        failed.say()
        return failed.code
    except click.Abort:
        return exit_codes.INTERRUPTED
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        click.echo(os_error_text(told.getvalue()), err=True, nl=False)
        if isinstance(error, click.NoSuchOption) and error.option_name[1:2].isdigit():
            hint = _("A value that begins with - goes after --: rumbo indicator measure PLAN ID -- {value}")
            click.echo(hint.format(value=error.option_name), err=True)
        return error.exit_code
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except SystemExit as ended:
        # How click ends a command whose reader went away: quietly.
        return ended.code if isinstance(ended.code, int) else exit_codes.FAILED
    except Exception as error:
        click.echo(
            _("Rumbo failed in a way that nobody foresaw ({kind}: {what}). Please report it.").format(
                kind=type(error).__name__, what=str(error)[:300] or "-"
            ),
            err=True,
        )
        return exit_codes.FAILED
    return code if isinstance(code, int) else exit_codes.OK


def _asked(arguments: Sequence[str]) -> str | None:
    """The language asked for with ``--lang``, found before anything that speaks is imported; the last one counts."""
    asked = None
    for here, after in zip(arguments, [*arguments[1:], ""], strict=True):
        wish = after if here == "--lang" else here.removeprefix("--lang=") if here.startswith("--lang=") else None
        if wish in language.LANGUAGES:
            asked = wish
    return asked
