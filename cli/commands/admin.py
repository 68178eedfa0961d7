"""`rumbo admin`: tokens, the database, and whether all is well."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
from telling.values import ROLES

from cli import exit_codes, output, sending
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.verb import SendCommand
from language import N_, _, ngettext

command = NounGroup("admin")

CHECKS: Final = {
    "ledger": N_("ledger"),
    "migrations": N_("migrations"),
    "clock": N_("clock"),
    "keyring": N_("keyring"),
    "gateway_key": N_("the gateway's key"),
    "temporal": N_("Temporal"),
    "worker": N_("worker"),
    "journal": N_("journal"),
    "log": N_("log"),
}

token = NounGroup("token", help=_("Make, list and revoke the tokens with which people and programs sign in."))
command.add_command(token)


@token.command(
    "new",
    help=_(
        "Make a token for somebody. It is shown once.\n\n"
        "  rumbo admin token new NAME --role reviewer --body observatorio"
    ),
)
@click.argument("name", metavar=_("NAME"))
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(["operator", "partner", "reviewer", "auditor", "admin"]),
    help=_("What they may do; may be given again."),
)
@click.option(
    "--body", "bodies", multiple=True, metavar=_("BODY"), help=_("A body they speak for; may be given again.")
)
@pass_invocation
def new(invocation: Invocation, name: str, roles: tuple[str, ...], bodies: tuple[str, ...]) -> None:
    wanted = {"name": name, "roles": list(roles), "bodies": list(bodies)}
    made = invocation.client.post("admin", "tokens", body=wanted)
    if not bodies and {"partner", "reviewer"} & set(roles):
        output.note(
            _("Warning: it names no body, so it can send nothing as partner or reviewer. Make one with --body BODY.")
        )
    output.result(invocation, made, lambda made: [made["token"]])
    if invocation.is_text:
        output.note(
            _("It is shown this once. Its id is {id}; to revoke it: rumbo admin token revoke {id}").format(**made)
        )


@token.command("list", help=_("List the tokens; never what they are."))
@pass_invocation
def list_(invocation: Invocation) -> None:
    def text(tokens: list[Any]) -> Iterable[str]:
        return output.table(
            [_("id"), _("person"), _("name"), _("roles"), _("bodies"), _("state")],
            [
                [
                    str(one["id"]),
                    str(one["actor"]),
                    str(one.get("name") or _("(erased)")),
                    ", ".join(_(ROLES.get(role, role)) for role in one["roles"]),
                    ", ".join(one.get("bodies") or ()) or "-",
                    _("revoked") if one.get("revoked_at") else _("good"),
                ]
                for one in tokens
            ],
        )

    output.rows(invocation, "tokens", invocation.client.get("admin", "tokens")["tokens"], text)


@token.command("revoke", help=_("Revoke a token at once and for ever."))
@click.argument("token_id", metavar="ID")
@pass_invocation
def revoke(invocation: Invocation, token_id: str) -> None:
    invocation.client.delete("admin", "tokens", token_id)
    output.result(
        invocation, {"id": token_id, "revoked": True}, lambda told: [_("Revoked {id}.").format(id=told["id"])]
    )


person = NounGroup("person", help=_("The people behind the record's opaque ids."))
command.add_command(person)


@person.command(
    "erase",
    help=_(
        "Erase for ever the name behind an opaque id, and end the person's tokens. `rumbo admin token list` shows the "
        "ids.\n\n"
        "The id stays wherever the record has it, and stands for nobody any more. Reason and authority are public and "
        "stay too: do not repeat the name there."
    ),
)
@click.argument("actor", metavar="ID")
@click.option("--reason", required=True, metavar=_("TEXT"), help=_("Why."))
@click.option("--authority", required=True, metavar=_("TEXT"), help=_("The document by whose authority it is erased."))
@pass_invocation
def erase(invocation: Invocation, actor: str, reason: str, authority: str) -> None:
    told = invocation.client.post("admin", "people", actor, "erasure", body={"reason": reason, "authority": authority})

    def text(told: Any) -> Iterable[str]:
        yield ngettext(
            "The name behind {actor} is erased, and {count} token ended.",
            "The name behind {actor} is erased, and {count} tokens ended.",
            told["tokens_revoked"],
        ).format(actor=told["actor"], count=told["tokens_revoked"])

    output.result(invocation, told, text)


@command.command(
    "redact",
    cls=SendCommand,
    help=_(
        "Erase for ever what is sealed in an entry, and in whatever else came with it.\n\n"
        "The entry stays, with its hash and every proof. Reason and authority are public and stay too: "
        "repeat nothing there of what is erased."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("entry", metavar=_("ENTRY"), type=click.IntRange(1))
@click.option("--reason", required=True, metavar=_("TEXT"), help=_("Why."))
@click.option("--authority", required=True, metavar=_("TEXT"), help=_("The document by whose authority it is erased."))
@click.option("--authority-number", metavar=_("TEXT"), help=_("The document's number."))
@click.option("--authority-date", metavar=_("DATE"), help=_("The document's date."))
@pass_invocation
def redact(
    invocation: Invocation,
    plan: str,
    entry: int,
    reason: str,
    authority: str,
    authority_number: str | None,
    authority_date: str | None,
) -> int:
    named = output.non_empty({"document": authority, "number": authority_number, "date": authority_date})
    return sending.send(invocation, plan, "redact", {"entry": entry, "reason": reason, "authority": named})


@command.command(
    "migrate", help=_("Bring the ledger's database to this version of Rumbo. It is named by RUMBO_DATABASE_URL.")
)
@click.option(
    "--raise-reader",
    is_flag=True,
    help=_("Let in no older program from now on, so that entries may be written which those could not read."),
)
def migrate(raise_reader: bool) -> int:
    # -P: a file of the same name in the folder that somebody happens to be in is not ours.
    program = [sys.executable, "-P", "-m", "ledger.migrate", *(["--raise-reader"] if raise_reader else [])]
    ended = subprocess.run(program, check=False, stderr=subprocess.PIPE, text=True)
    if ended.returncode == exit_codes.UNREACHABLE:
        raise CliError(
            _("The ledger's database cannot be reached ({reason}).").format(
                reason=ended.stderr.strip().partition(": ")[2] or "-"
            ),
            exit_codes.UNREACHABLE,
            _("Name it in RUMBO_DATABASE_URL. The stack of `rumbo up` migrates by itself and needs none of this."),
        )
    if ended.stderr:
        output.note(ended.stderr.rstrip())
    return ended.returncode


@command.command("rebuild", help=_("Throw away what is worked out from the ledger, and work it out anew."))
@pass_invocation
def rebuild(invocation: Invocation) -> None:
    told = invocation.client.post("admin", "rebuild")
    output.result(invocation, told, lambda _told: [_("Worked out anew from the ledger.")])


@command.command(
    "recover",
    help=_(
        "Start every plan that should be running and is not, as after the loss of Temporal.\n\n"
        "Each goes on from the ledger alone. Safe at any time; the gateway does it by itself for single plans."
    ),
)
@pass_invocation
def recover(invocation: Invocation) -> None:
    told = invocation.client.post("admin", "recover")

    def text(told: Any) -> Iterable[str]:
        yield from (_("Started {plan}.").format(plan=plan) for plan in told["started"])
        yield ngettext(
            "{count} plan should be running; {started} had to be started.",
            "{count} plans should be running; {started} had to be started.",
            told["looked_for"],
        ).format(count=told["looked_for"], started=len(told["started"]))

    output.result(invocation, told, text)


@command.command(
    "nudge",
    help=_(
        "Wake every plan that should be running, so that one that waits for months notices new workers.\n\n"
        "For after a deployment whose versions are pinned. Safe at any time; a plan with nothing to do goes on waiting."
    ),
)
@pass_invocation
def nudge(invocation: Invocation) -> None:
    told = invocation.client.post("admin", "nudge")

    def text(told: Any) -> Iterable[str]:
        count = told["nudged"]
        yield ngettext("Woke {count} plan.", "Woke {count} plans.", count).format(count=count)

    output.result(invocation, told, text)


@command.command(
    "backup",
    help=_(
        "Back up the ledger of the stack that runs on this machine, while it runs, into a new folder.\n\n"
        "The keys are not in it, so that what was erased stays erased: keep a copy of the folder keyring apart."
    ),
)
@click.argument("backup", metavar=_("FOLDER"), type=click.Path(path_type=Path))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), metavar=_("FOLDER"), help=_("The stack's data folder.")
)
@pass_invocation
def backup_(invocation: Invocation, backup: Path, data: Path | None) -> None:
    from embedded.backup import make  # noqa: PLC0415  (it is slow to load)
    from embedded.messages import StackFault  # noqa: PLC0415

    folder = data or Path(invocation.profile.get("data") or user_data())
    try:
        make(folder, backup)
    except StackFault as fault:
        raise CliError(fault.sentence(_), exit_codes.FAILED) from None
    output.result(
        invocation, {"backup": str(backup)}, lambda told: [_("The ledger is backed up in {backup}.").format(**told)]
    )
    output.next_step(invocation, f"rumbo admin restore {backup}")


@command.command(
    "restore",
    help=_(
        "Make a ledger from a backup, in a data folder that has none, and look at it as a whole.\n\n"
        "Put the folder keyring there first: with it the ledger is held against the last checkpoint that was signed, "
        "and an older backup is called what it is. Exit code 6 if something does not hold."
    ),
)
@click.argument("backup", metavar=_("FOLDER"), type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar=_("FOLDER"),
    help=_("The data folder to be; your own unless said."),
)
@pass_invocation
def restore_(invocation: Invocation, backup: Path, data: Path | None) -> int:
    from embedded.backup import restore  # noqa: PLC0415  (it is slow to load)
    from embedded.messages import StackFault  # noqa: PLC0415

    folder = data or user_data()
    has_keys = (folder / "keyring").exists()
    try:
        *found, counted = restore(backup, folder)
    except StackFault as fault:
        raise CliError(fault.sentence(_), exit_codes.FAILED) from None

    def text(told: Any) -> Iterable[str]:
        for one in told["found"]:
            yield f"{one['code']}: {one['plan'] or '-'}: {one['detail']}"
        if told["found"]:
            yield _("What was restored does not hold.")
        else:
            yield _(
                "The ledger is restored and holds together. "
                "Plans: {plans}, entries: {entries}, commands that wait: {waiting}."
            ).format(**told)

    output.result(invocation, {**counted, "found": found}, text)
    if any(one["code"] == "log_forked" for one in found):
        output.note(
            _(
                "It is no extension of what its log has signed, as an older backup is not. Nothing will be taken into "
                "it: restore a later one, or go on under another name with `rumbo admin fork`."
            )
        )
    if not has_keys:
        output.note(_("There is no keyring in {folder}. Put its copy there before `rumbo up`.").format(folder=folder))
    return exit_codes.BREAK_FOUND if found else exit_codes.OK


def user_data() -> Path:
    """The data folder of who does not say one, as `rumbo up` chooses it."""
    import platformdirs  # noqa: PLC0415  (needed by few commands)

    return Path(platformdirs.user_data_dir("rumbo"))


@command.command("doctor", help=_("Look whether all is well, and say what to do where it is not."))
@pass_invocation
def doctor(invocation: Invocation) -> int:
    found = invocation.client.get("admin", "doctor")

    def text(found: Any) -> Iterable[str]:
        for one in found["checks"]:
            verdict = _("well") if one["ok"] else _("NOT WELL")
            name = _(CHECKS.get(one["name"], one["name"]))
            yield f"{'✓' if one['ok'] else '✗'} {name}: {verdict}. {one.get('detail') or ''}".rstrip()
            if not one["ok"] and one.get("hint"):
                yield f"    {one['hint']}"

    output.result(invocation, found, text)
    return exit_codes.OK if all(one["ok"] for one in found["checks"]) else exit_codes.FAILED


key = NounGroup("key", help=_("The keys that sign the log and the commands: show them, replace or retire one."))
command.add_command(key)


@key.command(
    "show", help=_("Show the log's verification keys, the one that signs now last. Publish them where you can.")
)
@pass_invocation
def show_keys(invocation: Invocation) -> None:
    output.rows(invocation, "keys", invocation.client.get("admin", "log-keys")["keys"], _told_keys)


@key.command(
    "rotate",
    help=_(
        "Have a new key sign the log. The log itself says so, and for a time both keys sign.\n\n"
        "Tell those who hold the old key, and the witnesses, while both do."
    ),
)
@click.option(
    "--both-days",
    type=click.IntRange(0, 3650),
    default=30,
    metavar="N",
    help=_("For so many days both keys sign; 30 unless said."),
)
@pass_invocation
def rotate(invocation: Invocation, both_days: int) -> None:
    output.rows(
        invocation,
        "keys",
        invocation.client.post("admin", "log-keys", body={"both_days": both_days})["keys"],
        _told_keys,
    )


@key.command("show-gateway", help=_("Show the keys with which the gateway signs commands, retired ones included."))
@pass_invocation
def show_gateway_keys(invocation: Invocation) -> None:
    output.rows(invocation, "keys", invocation.client.get("admin", "gateway-keys")["keys"], _gateway_key_table)


@key.command(
    "retire-gateway",
    help=_(
        "Retire a key with which the gateway signed commands, for example after it was stolen.\n\n"
        "Commands accepted before stay valid; later ones signed with it are refused. To replace the key in use, move "
        "gateway.pem out of the keyring and restart every gateway first."
    ),
)
@click.argument("key_id", metavar="ID")
@pass_invocation
def retire_gateway(invocation: Invocation, key_id: str) -> None:
    kept = invocation.client.delete("admin", "gateway-keys", key_id)["keys"]
    output.rows(invocation, "keys", kept, _gateway_key_table)


@command.command(
    "fork",
    help=_(
        "Go on after the ledger was found to be no extension of what its log signed: a restored backup, a server that "
        "was behind, tampering.\n\n"
        "It goes on under the next name, and says in an entry of its own what was left behind, by whose authority and "
        "why. First try to bring back the ledger that was signed: what was left behind is lost here, and others can "
        "prove it. Start every gateway and worker anew afterwards."
    ),
)
@click.option("--authority", required=True, metavar=_("TEXT"), help=_("The document that decides it, such as minutes."))
@click.option("--reason", required=True, metavar=_("TEXT"), help=_("What happened."))
@pass_invocation
def fork(invocation: Invocation, authority: str, reason: str) -> None:
    told = invocation.client.post("admin", "fork", body={"authority": authority, "reason": reason})
    output.result(
        invocation,
        told,
        lambda told: [_("{origin} ended at {size} signed entries. The ledger goes on as {goes_on_as}.").format(**told)],
    )


def _gateway_key_table(keys: list[Any]) -> Iterable[str]:
    return output.table(
        [_("id"), _("since"), _("state")],
        [
            [
                str(one["id"]),
                str(one["since"]),
                _("retired {moment}").format(moment=one["retired_at"]) if one["retired_at"] else _("good"),
            ]
            for one in keys
        ],
    )


def _told_keys(keys: list[Any]) -> Iterable[str]:
    for one in keys:
        yield str(one["key"])
        until = one.get("both_until")
        since = _("since {since}").format(since=one["since"])
        yield "    " + (
            since + "; " + _("beside the one before it until {until}").format(until=until) if until else since
        )
