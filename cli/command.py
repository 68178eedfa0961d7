"""What every command has in common: its options, its help, and that it is loaded only when it is called."""

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cli.invocation import Invocation
from language import LANGUAGES, N_, _

N_("required")
"""click translates the word where it shows it, and has it nowhere as a message of its own."""


OUTPUT_FORMATS = ("text", "json", "jsonl")
"""How any command writes its results."""


class CliCommand(click.Command):
    """A command with the options that all commands have; its help lists its own first.

    ``forms`` says how its results can be written.
    """

    def __init__(self, *args: Any, forms: Sequence[str] = OUTPUT_FORMATS, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": _("[OPTIONS]")} | kwargs)
        self.own = len(self.params)
        self.common = common_options({name for param in self.params for name in param.opts}, forms)
        self.params += self.common

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections: this command's own, then those of every command."""
        sections = [(_("Options"), self.params[: self.own]), *self.sections(), (_("Every command"), self.shared(ctx))]
        for title, params in sections:
            shown = [param for param in params if not isinstance(param, click.Argument)]
            rows = [row for param in shown if (row := param.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def sections(self) -> list[tuple[str, list[click.Parameter]]]:
        return []

    def shared(self, ctx: click.Context) -> list[click.Parameter]:
        return [*self.common, *filter(None, [self.get_help_option(ctx)])]


class SendCommand(CliCommand):
    """A command that sends one to a plan: it takes who speaks, the source, and when it took effect."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += envelope_options()

    def sections(self) -> list[tuple[str, list[click.Parameter]]]:
        return [(_("What is sent"), envelope_options())]


class NounGroup(click.Group):
    """A noun: its verbs are commands of our kind."""

    command_class = CliCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"options_metavar": _("[OPTIONS]"), "subcommand_metavar": _("COMMAND [ARGUMENTS]...")}
        super().__init__(*args, **kwargs)
        self.params += common_options()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of their life, in which they are written."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with its whole first sentence."""
        shown = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, command.get_short_help_str(limit=200)) for name, command in shown if command])


class RootGroup(NounGroup):
    """The nouns, each in a module of its own that is imported when it is called.

    ``table`` has the module and the line of help of each, so that the overview imports none of them.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, summary = self.table[cmd_name]
        command: click.Command = importlib.import_module(module).command
        command.help = command.help or summary
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, summary) for name, (_module, summary) in self.table.items()])


def common_options(taken: Collection[str] = (), forms: Sequence[str] = OUTPUT_FORMATS) -> list[click.Parameter]:
    """What every command takes: how to write, where the gateway is, with what to sign in, and the language.

    A name that is ``taken`` means something of the command's own: of an export ``--output`` is the file.
    """
    return [
        click.Option(
            [name for name in ("-o", "--output") if name not in taken],
            type=click.Choice(forms),
            expose_value=False,
            callback=_keep(lambda invocation, value: setattr(invocation, "output", value)),
            help=_("How results are written; text unless said."),
        ),
        click.Option(
            ["--url"],
            envvar="RUMBO_URL",
            metavar="URL",
            expose_value=False,
            callback=_keep(lambda invocation, value: setattr(invocation, "url", value)),
            help=_("Where Rumbo is; also RUMBO_URL."),
        ),
        click.Option(
            ["--token"],
            envvar="RUMBO_TOKEN",
            metavar="TOKEN",
            expose_value=False,
            callback=_keep(lambda invocation, value: setattr(invocation, "token", value)),
            help=_("What to sign in with; better kept in RUMBO_TOKEN than typed."),
        ),
        click.Option(
            ["--profile"],
            envvar="RUMBO_PROFILE",
            metavar=_("FILE"),
            expose_value=False,
            callback=_keep(lambda invocation, value: setattr(invocation, "profile_path", Path(value).expanduser())),
            help=_("The profile to use instead of the one that `rumbo up` wrote; also RUMBO_PROFILE."),
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            help=_("The language to speak, whatever the environment says."),
        ),
    ]


def envelope_options() -> list[click.Parameter]:
    """What every sent command takes, whatever it says."""
    return [
        _enveloped("--id", "id", metavar="ID", help=_("The command's id. Sent twice with one id it is done once.")),
        _enveloped("--on-behalf-of", "on_behalf_of", metavar=_("BODY"), help=_("The body that is spoken for.")),
        _enveloped(
            "--source", "source", metavar=_("TEXT"), help=_("The document that says so: minutes, letter, e-mail.")
        ),
        _enveloped("--source-date", "source_date", metavar=_("DATE"), help=_("The source's own date.")),
        _enveloped("--source-url", "source_url", metavar="URL", help=_("Where the source can be read.")),
        _enveloped(
            "--effective",
            "effective",
            metavar=_("DATE|TIME"),
            help=_("When it took effect, if that was earlier; a date means that day's end."),
        ),
        _enveloped(
            "--visibility",
            "visibility",
            type=click.Choice(["public", "partners", "restricted"]),
            help=_("Who may see it; the plan's own rule unless said."),
        ),
        _enveloped(
            "--from-file",
            "from_file",
            type=click.File("rb"),
            metavar=_("FILE"),
            help=_("A JSON object with the command's fields; the options given go before it. - reads standard input."),
        ),
        _enveloped(
            "--wait",
            "wait",
            type=click.IntRange(0, 60),
            metavar=_("SECONDS"),
            help=_("How long to wait for the outcome; 10 unless said."),
        ),
    ]


def _enveloped(flag: str, name: str, **options: Any) -> click.Option:
    def keep(invocation: Invocation, value: Any) -> None:
        invocation.envelope[name] = value

    return click.Option([flag, name], expose_value=False, callback=_keep(keep), **options)


def _keep(store: Callable[[Invocation, Any], None]) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A callback that puts what was given into the session, and leaves what an outer level said where nothing was."""

    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value is not None:
            store(ctx.ensure_object(Invocation), value)

    return callback
