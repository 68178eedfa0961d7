"""`rumbo witness`: watches another log from a folder, and cosigns its checkpoints if they are consistent."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import exit_codes, output
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from language import _, current_language
from telling.system_errors import os_error_text

if TYPE_CHECKING:
    from audit.witness import Witness, WitnessAnswer

command = NounGroup("witness")

_folder = click.argument("folder", metavar=_("FOLDER"), type=click.Path(file_okay=False, path_type=Path))


@command.command(
    "new",
    help=_(
        "Make a witness in a folder, and print its key, with which others check its cosignatures.\n\n"
        "  rumbo witness new FOLDER --name gazette.example"
    ),
)
@_folder
@click.option("--name", required=True, metavar=_("NAME"), help=_("Its name, such as your web address; no spaces."))
@pass_invocation
def new(invocation: Invocation, folder: Path, name: str) -> None:
    from audit.witness import NoWitness, Witness  # noqa: PLC0415 (slow to load)

    try:
        made = Witness.make(folder, name)
    except NoWitness:
        raise CliError(
            _("The witness {name} cannot be made in {folder}.").format(name=name, folder=folder),
            exit_codes.USAGE,
            _("Use a name without spaces and plus signs, and an empty folder."),
        ) from None
    except OSError as error:
        raise _unusable(folder, error) from None
    output.result(invocation, {"name": made.name, "key": str(made.key)}, lambda made: [made["key"]])
    output.next_step(invocation, f"rumbo witness watch {folder} {_('KEY')}")


@command.command(
    "watch", help=_("Watch a log from now on. Compare its key in several places where its operator publishes it.")
)
@_folder
@click.argument("key", metavar=_("KEY"))
@pass_invocation
def watch(invocation: Invocation, folder: Path, key: str) -> None:
    from audit.verify import Unclear, read_key  # noqa: PLC0415 (slow to load)

    witness = _witness(folder)
    try:
        keys = read_key(key)
        for one in keys:
            witness.watch(one)
    except Unclear as unclear:
        raise _unclear_key(unclear) from None
    watched = {"logs": [str(one) for one in witness.logs()]}
    output.result(invocation, watched, lambda watched: watched["logs"])


@command.command(
    "serve",
    help=_(
        "Answer logs that ask for a cosignature, until Ctrl-C (C2SP tlog-witness). Put a TLS proxy in front of it.\n\n"
        "The log's operator adds your key and address to the file `witnesses` beside the log's key."
    ),
)
@_folder
@click.option(
    "--host",
    default="127.0.0.1",
    metavar=_("ADDRESS"),
    help=_("The address to listen on; by default 127.0.0.1."),
)
@click.option("--port", default=8710, type=click.IntRange(0, 65535), metavar="N", help=_("The port; 8710 by default."))
def serve(folder: Path, host: str, port: int) -> None:
    from audit.witness import server  # noqa: PLC0415 (slow to load)

    witness = _witness(folder)
    try:
        with server(witness, host, port) as running:
            click.echo(f"ready http://{host}:{running.server_address[1]}")
            sys.stdout.flush()
            running.serve_forever()
    except OSError as error:
        raise CliError(
            _("Nothing can listen at {host}:{port} ({reason}).").format(
                host=host, port=port, reason=os_error_text(error.strerror or "-")
            ),
            exit_codes.FAILED,
        ) from None


@command.command(
    "visit",
    help=_(
        "Fetch a log's new checkpoint, cosign it, and return the cosignature. Once; run it from a timer.\n\n"
        "  rumbo witness visit FOLDER https://plans.example.org"
    ),
)
@_folder
@click.argument("log", metavar="URL")
@click.option("--origin", metavar=_("NAME"), help=_("The log's name, if the folder watches several."))
@pass_invocation
def visit(invocation: Invocation, folder: Path, log: str, origin: str | None) -> None:
    import httpx2  # noqa: PLC0415 (slow to load)

    from audit import witness as witnessing  # noqa: PLC0415

    witness = _witness(folder)
    names = sorted({one.name for one in witness.logs()})
    if origin is None and len(names) != 1:
        raise CliError(
            _("The folder watches {count} logs; choose one.").format(count=len(names)),
            exit_codes.USAGE,
            _("Choose one with --origin; `rumbo witness watch FOLDER KEY` adds one."),
        )
    try:
        answer = witnessing.visit(witness, log, origin or names[0])
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CliError(
            _("The log at {url} does not answer ({reason}).").format(url=log, reason=os_error_text(str(error))),
            exit_codes.UNREACHABLE,
        ) from None
    _write_answer(invocation, witness, answer)


@command.command(
    "cosign",
    help=_(
        "Cosign a checkpoint from a file, without network: the log's answer to GET /add-checkpoint/SIZE.\n\n"
        "Writes the cosignature to standard output; the log's operator submits it with POST "
        "/checkpoint/SIZE/cosignatures."
    ),
)
@_folder
@click.argument("file", metavar=_("FILE"), type=click.File("rb"))
@pass_invocation
def cosign(invocation: Invocation, folder: Path, file: Any) -> None:
    from audit.witness import LONGEST  # noqa: PLC0415 (slow to load)

    witness = _witness(folder)
    _write_answer(invocation, witness, witness.add_checkpoint(file.read(LONGEST + 1)))


def _write_answer(invocation: Invocation, witness: "Witness", answer: "WitnessAnswer") -> None:
    """Write the cosignature. Raises `CliError` with the reason if there is none."""
    body = answer.body.decode(errors="replace").rstrip("\n")
    match answer.status:
        case 200:
            output.result(invocation, {"cosignature": body}, lambda written: [written["cosignature"]])
            return
        case 409 if answer.media_type == "text/x.tlog.size":
            raise CliError(
                _("This does not follow the last checkpoint cosigned here, which had {size} entries.").format(
                    size=body
                ),
                exit_codes.BREAK_FOUND,
                _(
                    "Ask the log for the next one: GET /add-checkpoint/{size}. If it has none, the log contradicts "
                    "itself, and the folder `contradictions` may hold the proof."
                ).format(size=body),
            )
        case 422:
            raise CliError(
                _("The log did not prove that this follows the last checkpoint cosigned here. It was not cosigned."),
                exit_codes.BREAK_FOUND,
                _("The signed checkpoint is in the folder `contradictions`; keep that folder, and inform others."),
            )
        case 403:
            raise CliError(
                _(
                    "It is not signed with a key that {name} knows for this log, or the log does not know {name}."
                ).format(name=witness.name),
                exit_codes.NOT_ALLOWED,
            )
        case 404:
            raise CliError(
                _("This log is not watched here, or it has no signed checkpoint yet."),
                exit_codes.NOT_FOUND,
                _("Add it with `rumbo witness watch FOLDER KEY`."),
            )
        case _:
            raise CliError(
                _("The answer was not understood (status {status}).").format(status=answer.status), exit_codes.FAILED
            )


def _witness(folder: Path) -> "Witness":
    from audit.witness import NoWitness, Witness  # noqa: PLC0415 (slow to load)

    try:
        return Witness(folder)
    except NoWitness:
        raise CliError(
            _("There is no witness in {folder}.").format(folder=folder),
            exit_codes.NOT_FOUND,
            _("Make one with `rumbo witness new FOLDER --name NAME`."),
        ) from None


def _unclear_key(unclear: Any) -> CliError:
    from audit.verify import MESSAGES  # noqa: PLC0415 (slow to load)

    return CliError(MESSAGES[current_language()][unclear.code].format(**unclear.params), exit_codes.USAGE)


def _unusable(folder: Path, error: OSError) -> CliError:
    return CliError(
        _("{folder} cannot be used: {reason}").format(folder=folder, reason=os_error_text(str(error))),
        exit_codes.FAILED,
    )
