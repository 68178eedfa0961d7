"""`rumbo admin`: tokens, people, the database, the keys of the log, and health checks."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from cli import exit_codes, output
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.verb import argument, authority_field, authority_options, reason_option, send_verb
from language import N_, _, ngettext
from telling.values import ROLES

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
        "Make a token for a person or a program. It is shown once.\n\n"
        "  rumbo admin token new NAME --role reviewer --body observatorio"
    ),
)
@click.argument("name", metavar=_("NAME"))
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role for role in ROLES if role != "clock"]),
    help=_("What they may do; repeat it for several."),
)
@click.option(
    "--body",
    "bodies",
    multiple=True,
    metavar=_("BODY"),
    help=_("A body that they act for; repeat it for several."),
)
@pass_invocation
def new(invocation: Invocation, name: str, roles: tuple[str, ...], bodies: tuple[str, ...]) -> None:
    wanted = {"name": name, "roles": list(roles), "bodies": list(bodies)}
    made = invocation.client.post("admin", "tokens", body=wanted)
    if not bodies and {"partner", "reviewer"} & set(roles):
        output.note(
            _("Warning: without a body it can send nothing as partner or reviewer. Make another one with --body BODY.")
        )
    output.result(invocation, made, lambda made: [made["token"]])
    if invocation.is_text:
        output.note(
            _("It is shown only now. Its id is {id}; to revoke it: rumbo admin token revoke {id}").format(**made)
        )


@token.command("list", help=_("List the tokens, without their secrets."))
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
                    _("revoked") if one.get("revoked_at") else _("valid"),
                ]
                for one in tokens
            ],
        )

    output.rows(invocation, "tokens", invocation.client.get("admin", "tokens")["tokens"], text)


@token.command("revoke", help=_("Revoke a token at once and for good."))
@click.argument("token_id", metavar="ID")
@pass_invocation
def revoke(invocation: Invocation, token_id: str) -> None:
    invocation.client.delete("admin", "tokens", token_id)
    output.result(
        invocation, {"id": token_id, "revoked": True}, lambda _answer: [_("Revoked {id}.").format(id=token_id)]
    )


person = NounGroup("person", help=_("The people behind the opaque ids in the record."))
command.add_command(person)


@person.command(
    "erase",
    help=_(
        "Erase for good the name behind an opaque id, and revoke the person's tokens. `rumbo admin token list` shows "
        "the ids.\n\n"
        "The id stays in the record and no longer leads to a person. Reason and authority are public and stay too: do "
        "not repeat the name there."
    ),
)
@click.argument("actor", metavar="ID")
@click.option("--reason", required=True, metavar=_("TEXT"), help=_("Why."))
@click.option("--authority", required=True, metavar=_("TEXT"), help=_("The document by whose authority it is erased."))
@pass_invocation
def erase(invocation: Invocation, actor: str, reason: str, authority: str) -> None:
    body = {"reason": reason, "authority": authority}
    answer = invocation.client.post("admin", "people", actor, "erasure", body=body)

    def text(answer: Any) -> Iterable[str]:
        yield ngettext(
            "The name behind {actor} is erased, and {count} token is revoked.",
            "The name behind {actor} is erased, and {count} tokens are revoked.",
            answer["tokens_revoked"],
        ).format(actor=answer["actor"], count=answer["tokens_revoked"])

    output.result(invocation, answer, text)


def _redaction(values: dict[str, Any]) -> Mapping[str, Any]:
    document = authority_field(values)
    return values | {"authority": document}


command.add_command(
    send_verb(
        "redact",
        "redact",
        _(
            "Erase for good what is sealed in an entry and in the other entries of the same command.\n\n"
            "The entry stays, with its hash and every proof. Reason and authority are public and stay too: do not "
            "repeat the erased text there."
        ),
        argument("entry", metavar=_("ENTRY"), type=click.IntRange(1)),
        reason_option(required=True),
        *authority_options(_("The document by whose authority it is erased."), required=True),
        fields=_redaction,
    )
)


@command.command(
    "migrate", help=_("Migrate the ledger's database to this version of Rumbo. RUMBO_DATABASE_URL names the database.")
)
@click.option(
    "--raise-reader",
    is_flag=True,
    help=_("Lock out programs of older versions, which could not read the entries that this version writes."),
)
def migrate(raise_reader: bool) -> int:
    # -P: do not import a module of that name from the current folder.
    program = [sys.executable, "-P", "-m", "ledger.migrate", *(["--raise-reader"] if raise_reader else [])]
    ended = subprocess.run(program, check=False, stderr=subprocess.PIPE, text=True)
    if ended.returncode == exit_codes.UNREACHABLE:
        raise CliError(
            _("The ledger's database cannot be reached ({reason}).").format(
                reason=ended.stderr.strip().partition(": ")[2] or "-"
            ),
            exit_codes.UNREACHABLE,
            _("Set its address in RUMBO_DATABASE_URL. `rumbo up` migrates its own database and does not need this."),
        )
    if ended.stderr:
        output.note(ended.stderr.rstrip())
    return ended.returncode


@command.command("rebuild", help=_("Rebuild everything that is derived from the ledger, such as the list of plans."))
@pass_invocation
def rebuild(invocation: Invocation) -> None:
    answer = invocation.client.post("admin", "rebuild")
    output.result(invocation, answer, lambda _answer: [_("Rebuilt from the ledger.")])


@command.command(
    "recover",
    help=_(
        "Start every plan that should be running and is not, such as after the loss of Temporal.\n\n"
        "Each plan continues from the ledger alone. Safe at any time; the gateway does it by itself for single plans."
    ),
)
@pass_invocation
def recover(invocation: Invocation) -> None:
    answer = invocation.client.post("admin", "recover")

    def text(answer: Any) -> Iterable[str]:
        yield from (_("Started {plan}.").format(plan=plan) for plan in answer["started"])
        yield ngettext(
            "{count} plan should be running; {started} had to be started.",
            "{count} plans should be running; {started} had to be started.",
            answer["looked_for"],
        ).format(count=answer["looked_for"], started=len(answer["started"]))

    output.result(invocation, answer, text)


@command.command(
    "nudge",
    help=_(
        "Wake every plan that should be running, so that a plan with a wait of months notices new workers.\n\n"
        "Use it after a deployment with pinned versions. Safe at any time; a plan with nothing to do keeps waiting."
    ),
)
@pass_invocation
def nudge(invocation: Invocation) -> None:
    answer = invocation.client.post("admin", "nudge")

    def text(answer: Any) -> Iterable[str]:
        count = answer["nudged"]
        yield ngettext("Woke {count} plan.", "Woke {count} plans.", count).format(count=count)

    output.result(invocation, answer, text)


@command.command(
    "backup",
    help=_(
        "Back up the ledger of the stack that runs on this machine into a new folder, while it runs.\n\n"
        "The backup has no keys, so that it cannot bring back what was erased: copy the folder keyring elsewhere."
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
        invocation, {"backup": str(backup)}, lambda made: [_("The ledger is backed up in {backup}.").format(**made)]
    )
    output.next_step(invocation, f"rumbo admin restore {backup}")


@command.command(
    "restore",
    help=_(
        "Restore the ledger from a backup into a data folder that has none, and check all of it.\n\n"
        "Put the folder keyring there first. With it the ledger is compared with the last signed checkpoint, which "
        "reveals that a backup is too old. Exit code 6 if a check fails."
    ),
)
@click.argument("backup", metavar=_("FOLDER"), type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar=_("FOLDER"),
    help=_("The new data folder; by default, the one of `rumbo up`."),
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

    def text(restored: Any) -> Iterable[str]:
        for one in restored["found"]:
            yield f"{one['code']}: {one['plan'] or '-'}: {one['detail']}"
        if restored["found"]:
            yield _("The restored ledger has failed its checks.")
        else:
            yield _(
                "The ledger is restored and all checks hold. "
                "Plans: {plans}, entries: {entries}, commands that wait: {waiting}."
            ).format(**restored)

    output.result(invocation, {**counted, "found": found}, text)
    if any(one["code"] == "log_forked" for one in found):
        output.note(
            _(
                "The ledger lacks entries that its log has signed: the backup is too old. Rumbo will record nothing in "
                "it. Restore a later backup, or continue under another name with `rumbo admin fork`."
            )
        )
    if not has_keys:
        output.note(_("There is no keyring in {folder}. Put its copy there before `rumbo up`.").format(folder=folder))
    return exit_codes.BREAK_FOUND if found else exit_codes.OK


def user_data() -> Path:
    """The default data folder, the same as that of `rumbo up`."""
    import platformdirs  # noqa: PLC0415  (needed by few commands)

    return Path(platformdirs.user_data_dir("rumbo"))


@command.command("doctor", help=_("Check every part of Rumbo, and say what to do if one has a problem."))
@pass_invocation
def doctor(invocation: Invocation) -> int:
    found = invocation.client.get("admin", "doctor")

    def text(found: Any) -> Iterable[str]:
        for one in found["checks"]:
            verdict = _("OK") if one["ok"] else _("PROBLEM")
            name = _(CHECKS.get(one["name"], one["name"]))
            yield f"{'✓' if one['ok'] else '✗'} {name}: {verdict}. {one.get('detail') or ''}".rstrip()
            if not one["ok"] and one.get("hint"):
                yield f"    {one['hint']}"

    output.result(invocation, found, text)
    return exit_codes.OK if all(one["ok"] for one in found["checks"]) else exit_codes.FAILED


key = NounGroup("key", help=_("The keys that sign the log and the commands: show them, replace or retire one."))
command.add_command(key)


@key.command(
    "show", help=_("Show the log's verification keys; the current one is last. Publish them in several places.")
)
@pass_invocation
def show_keys(invocation: Invocation) -> None:
    output.rows(invocation, "keys", invocation.client.get("admin", "log-keys")["keys"], _key_lines)


@key.command(
    "rotate",
    help=_(
        "Sign the log with a new key. The log records the change, and both keys sign for some time.\n\n"
        "During that time, send the new key to the witnesses and to everybody who has the old one."
    ),
)
@click.option(
    "--both-days",
    type=click.IntRange(0, 3650),
    default=30,
    metavar="N",
    help=_("For how many days both keys sign; 30 by default."),
)
@pass_invocation
def rotate(invocation: Invocation, both_days: int) -> None:
    answer = invocation.client.post("admin", "log-keys", body={"both_days": both_days})
    output.rows(invocation, "keys", answer["keys"], _key_lines)


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
        "Continue with a ledger that lacks entries that its log has signed: after an old backup was restored, a server "
        "was behind, or somebody tampered with it.\n\n"
        "The log continues under the next name, and an entry records what is missing, by whose authority and why. "
        "First try to restore the ledger that was signed: the missing entries are lost here, and others can prove it. "
        "Afterwards restart every gateway and worker."
    ),
)
@click.option("--authority", required=True, metavar=_("TEXT"), help=_("The document that decides it, such as minutes."))
@click.option("--reason", required=True, metavar=_("TEXT"), help=_("What happened."))
@pass_invocation
def fork(invocation: Invocation, authority: str, reason: str) -> None:
    answer = invocation.client.post("admin", "fork", body={"authority": authority, "reason": reason})
    sentence = _("{origin} ended at {size} signed entries. The ledger continues as {goes_on_as}.")
    output.result(invocation, answer, lambda fork: [sentence.format(**fork)])


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


def _key_lines(keys: list[Any]) -> Iterable[str]:
    for one in keys:
        yield str(one["key"])
        until = one.get("both_until")
        since = _("since {since}").format(since=one["since"])
        yield "    " + (
            since + "; " + _("together with the previous key until {until}").format(until=until) if until else since
        )
