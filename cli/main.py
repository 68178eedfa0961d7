"""Entry point: chooses the language and runs the command. Every error ends in a sentence and an exit code."""

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
            # A terminal that cannot show a character shows a replacement, instead of ending the command.
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    language.use(_language_option(arguments) or language.environment_language())

    # Imported after the choice of language, because help texts are translated at import.
    from cli.errors import CliError  # noqa: PLC0415
    from cli.invocation import Invocation  # noqa: PLC0415
    from cli.root import rumbo  # noqa: PLC0415
    from telling.system_errors import os_error_text  # noqa: PLC0415

    try:
        code = rumbo.main(list(arguments), prog_name="rumbo", standalone_mode=False, obj=Invocation())
    except CliError as error:
        error.write()
        return error.code
    except click.Abort:
        return exit_codes.INTERRUPTED
    except click.ClickException as error:
        message = io.StringIO()
        error.show(message)
        click.echo(os_error_text(message.getvalue()), err=True, nl=False)
        if isinstance(error, click.NoSuchOption) and error.option_name[1:2].isdigit():
            hint = _("Write -- before a value that begins with -: rumbo indicator measure PLAN ID -- {value}")
            click.echo(hint.format(value=error.option_name), err=True)
        return error.exit_code
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except SystemExit as ended:
        # click ends a command this way when its output pipe was closed.
        return ended.code if isinstance(ended.code, int) else exit_codes.FAILED
    except Exception as error:
        click.echo(
            _("Rumbo failed unexpectedly ({kind}: {what}). Please report it.").format(
                kind=type(error).__name__, what=str(error)[:300] or "-"
            ),
            err=True,
        )
        return exit_codes.FAILED
    return code if isinstance(code, int) else exit_codes.OK


def _language_option(arguments: Sequence[str]) -> str | None:
    """The last valid value of ``--lang``, found before the modules with messages are imported."""
    chosen = None
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        is_joined = argument.startswith("--lang=")
        value = following if argument == "--lang" else argument.removeprefix("--lang=") if is_joined else None
        if value in language.LANGUAGES:
            chosen = value
    return chosen
