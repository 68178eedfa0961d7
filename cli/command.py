"""Base classes of the commands, and the discovery of the commands in `cli/commands/`.

`cli/commands/NOUN.py` is a noun with its verbs; `cli/commands/NOUN_VERB.py` adds one verb to a noun. ``_`` in a name is
typed as ``-``. Each module has an attribute ``command``. No list names the modules: they are found in the folder, and
one is imported only when its command runs or its help is shown. `cli.verb` shows what a module looks like.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

import cli.commands
from cli.options import OUTPUT_FORMATS, common_options
from language import _


class CliCommand(click.Command):
    """A command with the common options; its help lists its own options first.

    ``formats`` are the output formats that it supports.
    """

    def __init__(self, *args: Any, formats: Sequence[str] = OUTPUT_FORMATS, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": _("[OPTIONS]")} | kwargs)
        self.specific_count = len(self.params)
        self.common = common_options({name for param in self.params for name in param.opts}, formats)
        self.params += self.common

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections: the command's own, those of its class, and the common ones."""
        common = [*self.common, *filter(None, [self.get_help_option(ctx)])]
        sections = [
            (_("Options"), self.params[: self.specific_count]),
            *self.sections(),
            (_("Every command"), common),
        ]
        for title, params in sections:
            shown = [param for param in params if not isinstance(param, click.Argument)]
            rows = [row for param in shown if (row := param.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def sections(self) -> list[tuple[str, list[click.Parameter]]]:
        """Sections of options between the command's own and the common ones."""
        return []


class NounGroup(click.Group):
    """A noun: its verbs are the commands in it and those in modules named NOUN_VERB.

    ``order`` lists verbs in the order of the help; verbs that it does not name come last.
    """

    command_class = CliCommand

    def __init__(self, *args: Any, order: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs |= {"options_metavar": _("[OPTIONS]"), "subcommand_metavar": _("COMMAND [ARGUMENTS]...")}
        super().__init__(*args, **kwargs)
        self.order = order
        self.params += common_options()

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = dict.fromkeys([*self.commands, *self._modules()])
        return sorted(names, key=lambda name: self.order.index(name) if name in self.order else len(self.order))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if found := self.commands.get(cmd_name):
            return found
        module = self._modules().get(cmd_name)
        return load(module) if module else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with its whole first sentence."""
        shown = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, command.get_short_help_str(limit=200)) for name, command in shown if command])

    def _modules(self) -> dict[str, str]:
        """The modules that add a verb to this noun, by the verb."""
        return {verb: module for noun, verb, module in discovered() if noun == self.name and verb}


class RootGroup(NounGroup):
    """`rumbo` itself. Its overview imports no module of a noun in ``summaries``, which has the line of help of each.

    A noun that ``summaries`` does not name comes after the others, with the first sentence of its own help.
    """

    def __init__(self, *args: Any, summaries: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, order=tuple(summaries), **kwargs)
        self.summaries = summaries

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = super().get_command(ctx, cmd_name)
        if command:
            command.help = command.help or self.summaries.get(cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            summary = self.summaries.get(name)
            if summary is None and (command := self.get_command(ctx, name)):
                summary = command.get_short_help_str(limit=200)
            rows.append((name, summary or ""))
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)

    def _modules(self) -> dict[str, str]:
        return {noun: module for noun, verb, module in discovered() if not verb}


def discovered() -> Iterator[tuple[str, str, str]]:
    """Yields noun, verb and module name of every module in `cli/commands`; the verb is empty for a noun's own module.

    The folder is listed; nothing is imported. ``a_b`` is verb ``b`` of noun ``a`` if there is a module ``a``, otherwise
    the noun ``a-b``.
    """
    modules = [module.name for module in pkgutil.iter_modules(cli.commands.__path__)]
    for module in modules:
        noun, _underscore, verb = module.partition("_")
        if verb and noun in modules:
            yield noun, verb.replace("_", "-"), module
        else:
            yield module.replace("_", "-"), "", module


def load(module: str) -> click.Command:
    """Import a module of `cli/commands` and return its command."""
    command: click.Command = importlib.import_module(f"cli.commands.{module}").command
    return command
