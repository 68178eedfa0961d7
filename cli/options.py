"""The options that every command has, and how an option's value gets into the `Invocation`."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

import click

from cli.invocation import Invocation
from language import LANGUAGES, N_, _

N_("required")
"""Marked here for the catalogue: click translates this word where it shows it, and does not mark it as a message."""

OUTPUT_FORMATS: Final = ("text", "json", "jsonl")

MAX_WAIT: Final = 60
"""Seconds that the gateway waits for an outcome at most."""


def common_options(taken: Collection[str] = (), formats: Sequence[str] = OUTPUT_FORMATS) -> list[click.Parameter]:
    """The options of every command: output format, address, token, profile and language.

    A flag in ``taken`` is an option of the command itself: ``history export --output`` names a file.
    """
    return [
        click.Option(
            [name for name in ("-o", "--output") if name not in taken],
            type=click.Choice(formats),
            expose_value=False,
            callback=storing(lambda invocation, value: setattr(invocation, "output", value)),
            help=_("Output format; text by default."),
        ),
        click.Option(
            ["--url"],
            envvar="RUMBO_URL",
            metavar="URL",
            expose_value=False,
            callback=storing(lambda invocation, value: setattr(invocation, "url", value)),
            help=_("The address of Rumbo; also RUMBO_URL."),
        ),
        click.Option(
            ["--token"],
            envvar="RUMBO_TOKEN",
            metavar="TOKEN",
            expose_value=False,
            callback=storing(lambda invocation, value: setattr(invocation, "token", value)),
            help=_("The token to sign in with. Safer in RUMBO_TOKEN than on the command line."),
        ),
        click.Option(
            ["--profile"],
            envvar="RUMBO_PROFILE",
            metavar=_("FILE"),
            expose_value=False,
            callback=storing(lambda invocation, value: setattr(invocation, "profile_path", Path(value).expanduser())),
            help=_("The profile to use instead of the one that `rumbo up` wrote; also RUMBO_PROFILE."),
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            help=_("The language of messages; by default, the one of the environment."),
        ),
    ]


def storing(store: Callable[[Invocation, Any], None]) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A click callback that stores an option's value in the invocation.

    An option that was not given stores nothing, so that a value given on an outer level (``rumbo -o json plan list``)
    stays.
    """

    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value is not None:
            store(ctx.ensure_object(Invocation), value)

    return callback
