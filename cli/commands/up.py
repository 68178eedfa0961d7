"""`rumbo up`: runs the whole stack on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import exit_codes, output
from cli.command import CliCommand
from cli.errors import CliError
from language import _

if TYPE_CHECKING:
    from embedded.messages import StackEvent
    from embedded.stack import Stack


@click.command(
    "up",
    cls=CliCommand,
    help=_(
        "Run all of Rumbo on this machine: database, Temporal, worker and gateway, until Ctrl-C.\n\n"
        "Prints `ready URL` on standard output once it is ready, and writes the profile with which every other command "
        "finds it and signs in."
    ),
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar=_("FOLDER"),
    help=_("The folder for all data; by default, your data folder."),
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help=_("The gateway's port; by default 8700, or a free one."),
)
def command(data: Path | None, port: int | None) -> None:
    import asyncio  # noqa: PLC0415  (all of this is slow to load)

    from embedded.messages import StackFault  # noqa: PLC0415
    from embedded.stack import Stack  # noqa: PLC0415
    from settings import UnusableSetting  # noqa: PLC0415

    try:
        asyncio.run(Stack(data, port, on_event=note_event).run_forever(ready))
    except StackFault as fault:
        raise CliError(fault.sentence(_), exit_codes.FAILED) from None
    except UnusableSetting as error:
        raise CliError(_(error.message).format(**error.params), exit_codes.USAGE) from None
    output.note(_("Stopped. The data is kept."))


def note_event(event: "StackEvent") -> None:
    """Write an event of the stack to standard error."""
    output.note(event.sentence(_))


def ready(stack: "Stack") -> None:
    """Write that the stack is ready, and what a newcomer needs to know."""
    from embedded import profile  # noqa: PLC0415

    output.note(_("The data is kept in {folder}.").format(folder=stack.folder))
    output.note(_("Temporal's web pages: {url} (without sign-in, so only on this machine).").format(url=stack.ui_url))
    output.note(_("Its address and the token to sign in are in {path}.").format(path=profile.path()))
    output.note(_("Stop it with Ctrl-C. Meanwhile, in another window: rumbo plan list"))
    click.echo(f"ready {stack.url}")
