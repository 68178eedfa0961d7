"""`rumbo witness`: watch somebody's log, with nothing but a folder, and cosign that it never contradicted itself."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import exit_codes, output
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from language import _
from telling.system_errors import os_error_text

if TYPE_CHECKING:
    from audit.witness import Witness, WitnessAnswer

command = NounGroup("witness")

_folder = click.argument("folder", metavar=_("FOLDER"), type=click.Path(file_okay=False, path_type=Path))


@command.command(
    "new",
    help=_(
        "Make a witness in a folder, and say its key: what others need to check what it cosigns.\n\n"
        "  rumbo witness new FOLDER --name gazette.example"
    ),
)
@_folder
@click.option("--name", required=True, metavar=_("NAME"), help=_("Its name, such as your own web address; no spaces."))
@pass_invocation
def new(invocation: Invocation, folder: Path, name: str) -> None:
    from audit.witness import NoWitness, Witness  # noqa: PLC0415 (slow to load)

    try:
        made = Witness.make(folder, name)
    except NoWitness:
        raise CliError(
            _("There can be no witness {name} in {folder}.").format(name=name, folder=folder),
            exit_codes.USAGE,
            _("A name has no spaces and no plus sign; the folder is empty, or has a witness already."),
        ) from None
    except OSError as error:
        raise _unusable(folder, error) from None
    output.result(invocation, {"name": made.name, "key": str(made.key)}, lambda told: [told["key"]])
    output.next_step(invocation, f"rumbo witness watch {folder} {_('KEY')}")


@command.command(
    "watch", help=_("Watch a log from now on. Its key is what its people publish; get it from more than one place.")
)
@_folder
@click.argument("key", metavar=_("KEY"))
@pass_invocation
def watch(invocation: Invocation, folder: Path, key: str) -> None:
    from audit import verify  # noqa: PLC0415 (slow to load)

    witness = _witness(folder)
    try:
        keys = verify.read_key(key)
        for one in keys:
            witness.watch(one)
    except verify.Unclear as unclear:
        raise _said(unclear) from None
    watched = {"logs": [str(one) for one in witness.logs()]}
    output.result(invocation, watched, lambda told: told["logs"])


@command.command(
    "serve",
    help=_(
        "Answer logs that ask to be cosigned, until Ctrl-C (C2SP tlog-witness). Put what ends TLS before it.\n\n"
        "Whoever runs the log adds your key and address to the file `witnesses` beside its own key."
    ),
)
@_folder
@click.option(
    "--host", default="127.0.0.1", metavar=_("ADDRESS"), help=_("Where to listen; only this machine unless said.")
)
@click.option("--port", default=8710, type=click.IntRange(0, 65535), metavar="N", help=_("The port; 8710 unless said."))
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
        "Ask a log for what is new, cosign it, and bring the cosignature back. Once; let a timer call it.\n\n"
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
            _("The folder watches {count} logs; say which one is meant.").format(count=len(names)),
            exit_codes.USAGE,
            _("Say it with --origin; `rumbo witness watch FOLDER KEY` adds one."),
        )
    try:
        answer = witnessing.visit(witness, log, origin or names[0])
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CliError(
            _("The log at {url} does not answer ({reason}).").format(url=log, reason=os_error_text(str(error))),
            exit_codes.UNREACHABLE,
        ) from None
    _tell(invocation, witness, answer)


@command.command(
    "cosign",
    help=_(
        "Cosign what came as a file, where there is no network: the log's answer to GET /add-checkpoint/SIZE.\n\n"
        "Writes the cosignature to standard output; whoever runs the log takes it in with POST "
        "/checkpoint/SIZE/cosignatures."
    ),
)
@_folder
@click.argument("file", metavar=_("FILE"), type=click.File("rb"))
@pass_invocation
def cosign(invocation: Invocation, folder: Path, file: Any) -> None:
    from audit.witness import LONGEST  # noqa: PLC0415 (slow to load)

    witness = _witness(folder)
    _tell(invocation, witness, witness.add_checkpoint(file.read(LONGEST + 1)))


def _tell(invocation: Invocation, witness: "Witness", answer: "WitnessAnswer") -> None:
    """The cosignature; or why there is none. Raises `CliError`."""
    said = answer.body.decode(errors="replace").rstrip("\n")
    match answer.status:
        case 200:
            output.result(invocation, {"cosignature": said}, lambda told: [told["cosignature"]])
            return
        case 409 if answer.media_type == "text/x.tlog.size":
            raise CliError(
                _("This does not follow what was cosigned here last, which had {size} entries.").format(size=said),
                exit_codes.BREAK_FOUND,
                _(
                    "Ask for what follows that: GET /add-checkpoint/{size}. If the log has nothing that does, it "
                    "contradicts itself, and the folder `contradictions` may hold the proof."
                ).format(size=said),
            )
        case 422:
            raise CliError(
                _("The log cannot prove that this follows what was cosigned here. It was not cosigned."),
                exit_codes.BREAK_FOUND,
                _("What it signed is kept in the folder `contradictions`; keep that folder, and tell others."),
            )
        case 403:
            raise CliError(
                _("No key that {name} knows for this log signed it, or the log does not know {name}.").format(
                    name=witness.name
                ),
                exit_codes.NOT_ALLOWED,
            )
        case 404:
            raise CliError(
                _("This log is not watched here, or it has nothing signed yet."),
                exit_codes.NOT_FOUND,
                _("Add it with `rumbo witness watch FOLDER KEY`."),
            )
        case _:
            raise CliError(
                _("That was not understood (status {status}).").format(status=answer.status), exit_codes.FAILED
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


def _said(unclear: Any) -> CliError:
    from audit.verify import MESSAGES  # noqa: PLC0415 (slow to load)
    from language import current_language  # noqa: PLC0415

    language = "es" if current_language().startswith("es") else "en"
    return CliError(MESSAGES[language][unclear.code].format(**unclear.params), exit_codes.USAGE)


def _unusable(folder: Path, error: OSError) -> CliError:
    return CliError(
        _("{folder} cannot be used: {reason}").format(folder=folder, reason=os_error_text(str(error))),
        exit_codes.FAILED,
    )
