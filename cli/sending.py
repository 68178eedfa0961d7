"""Sends one command to a plan and writes its outcome."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import click

from cli import exit_codes, output
from cli.errors import CliError
from cli.invocation import Invocation
from language import _
from telling.values import plain_moments, witness

_ID_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"
"""Without i, l, o, u, 0 and 1, which are confused with others when read aloud or copied by hand."""

_OPTION_FOR_REFUSAL: Final = {
    "body_needed": "--on-behalf-of",
    "source_needed": "--source",
    "source_needed_afterwards": "--source, --source-date",
    "rests_on_nothing": "--rests-on",
    "authority_needed": "--authority",
    "until_needed": "--until",
    "evidence_needed": "--file, --link, --document",
}
"""The option that was missing, by the code of the refusal."""


def send(invocation: Invocation, plan: str, kind: str, fields: Mapping[str, Any], *, once: bool = False) -> int:
    """Send one command with the envelope options, write its outcome, and return the exit code.

    With ``once``, the command's id is a digest of its content, so that sending the same content again adds nothing;
    ``--id`` gives another id. Without it, every call makes a new id.
    """
    body = _body(invocation, kind, fields)
    command = {"command": kind, "id": _content_id(kind, plan, body) if once else new_id(kind)} | body
    try:
        outcome = invocation.client.send(plan, command, invocation.envelope.get("wait"))
    except CliError as error:
        _name_options(error)
        if error.code == exit_codes.UNREACHABLE:
            retry = _("To send the same command again, add --id {id}.").format(id=command["id"])
            error.hint = "\n".join(filter(None, [error.hint, retry]))
        raise
    code = write_outcome(invocation, plan, outcome)
    if outcome["outcome"] == "duplicate" and once and "id" not in body:
        output.note(_("To send the same content as another command, give it an id of its own with --id."))
    return code


def _name_options(error: CliError) -> None:
    """Name each faulty field by the option that sets it."""
    options = _options()
    error.faults = [
        dict(fault) | {"path": options.get(str(fault.get("path")), fault.get("path"))} for fault in error.faults
    ]


def _options() -> dict[str, str]:
    """The running command's options, by the field that each sets."""
    context = click.get_current_context(silent=True)
    params = context.command.params if context else []
    return {one.name: one.opts[-1] for one in params if isinstance(one, click.Option) and one.name}


def _body(invocation: Invocation, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``--from-file``, overwritten by those of the options; ``id`` only if one of them has it."""
    envelope = invocation.envelope
    command = _read(envelope["from_file"], kind) if envelope.get("from_file") else {}
    command |= output.non_empty(fields)
    named = ("id", "on_behalf_of", "effective", "visibility")
    command |= output.non_empty({name: envelope.get(name) for name in named})
    source = {
        "document": envelope.get("source"),
        "date": envelope.get("source_date"),
        "url": envelope.get("source_url"),
    }
    if any(source.values()):
        from_file = command.get("source")
        from_file = {"document": from_file} if isinstance(from_file, str) else from_file or {}
        command["source"] = from_file | output.non_empty(source)
    return command


def new_id(kind: str) -> str:
    """A new id that can be read aloud: the verb, the day, and six random letters."""
    day = datetime.now(UTC).strftime("%Y%m%d")
    return f"{kind.partition('_')[0]}-{day}-{''.join(secrets.choice(_ID_LETTERS) for _letter in range(6))}"


def _content_id(kind: str, plan: str, body: Mapping[str, Any]) -> str:
    """An id derived from the plan and the command's content: the verb, and ten letters of a digest."""
    written = json.dumps([kind, plan, body], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(written.encode(errors="surrogatepass")).digest()
    return f"{kind.partition('_')[0]}-{''.join(_ID_LETTERS[byte % len(_ID_LETTERS)] for byte in digest[:10])}"


def write_outcome(invocation: Invocation, plan: str | None, outcome: Mapping[str, Any]) -> int:
    """Write an outcome and the next step, and return the exit code."""
    match outcome["outcome"]:
        case "recorded" | "accepted":
            output.result(invocation, outcome, lambda outcome: _receipt(invocation, plan, outcome))
        case _ if not invocation.is_text:
            output.result(invocation, outcome, lambda _outcome: ())
            output.note(outcome_sentence(outcome))
        case "duplicate" if not outcome.get("code"):
            output.result(invocation, outcome, lambda outcome: [outcome_sentence(outcome)])
        case _:
            output.note(plain_moments(outcome_sentence(outcome)))
            if option := _OPTION_FOR_REFUSAL.get(str(outcome.get("code"))):
                output.note(_("The option for it is {option}.").format(option=option))
    if outcome["outcome"] == "accepted":
        output.next_step(
            invocation,
            _("the same command with --id {id}; it is done only once").format(id=outcome.get("command_id", "-")),
        )
    elif outcome["outcome"] == "recorded":
        output.next_step(invocation, f"rumbo plan show {plan}" if plan else "rumbo plan list")
    return exit_code(outcome)


def exit_code(outcome: Mapping[str, Any]) -> int:
    """The exit code of an outcome. A duplicate has the exit code of the outcome that it repeats."""
    match outcome["outcome"]:
        case "recorded" | "accepted":
            return exit_codes.OK
        case "duplicate":
            return exit_codes.REFUSED if outcome.get("code") else exit_codes.OK
        case "malformed":
            return exit_codes.USAGE
        case "not_allowed":
            return exit_codes.NOT_ALLOWED
        case _:
            return exit_codes.REFUSED


def outcome_sentence(outcome: Mapping[str, Any]) -> str:
    """An outcome in one sentence."""
    message = outcome.get("message") or outcome.get("code") or ""
    match outcome["outcome"]:
        case "recorded":
            return _("Recorded as {entries}.").format(entries=_entries(outcome))
        case "accepted":
            return _("Accepted and stored; the outcome is not known yet.")
        case "duplicate" if outcome.get("code"):
            return _("The plan refused this before: {message}").format(message=message)
        case "duplicate":
            return _("This was recorded before, as {entries}; nothing was added.").format(entries=_entries(outcome))
        case "conflict":
            return message or _("Another command was sent with this id before. Send this one under a new id.")
        case "refused":
            return _("The plan refused this: {message}").format(message=message)
        case _:
            return str(message)


def _receipt(invocation: Invocation, plan: str | None, outcome: Mapping[str, Any]) -> Iterator[str]:
    """The sentence, the id to refer to it by, and the witness line of the last entry."""
    yield outcome_sentence(outcome)
    if outcome["outcome"] != "recorded":
        return
    versions = outcome["versions"]
    last = _entry(invocation, plan, max(versions)) if plan and versions else []
    # A lesson is referred to by its own id, not by the id of the command that recorded it.
    lesson = [
        entry["data"].get("id") for entry in last if entry.get("kind") == "lesson_recorded" and len(versions) == 1
    ]
    if name := next(filter(None, lesson), outcome.get("command_id")):
        yield _("Its id: {id}").format(id=name)
    for entry in last:
        yield witness(str(plan), entry["version"], entry.get("hash", ""), entry.get("recorded_at"))


def witness_lines(invocation: Invocation, plan: str, version: int) -> Iterator[str]:
    """The witness line of an entry; none if there is no such entry."""
    for entry in _entry(invocation, plan, version):
        yield witness(plan, entry["version"], entry.get("hash", ""), entry.get("recorded_at"))


def _entry(invocation: Invocation, plan: str, version: int) -> list[Any]:
    """An entry as JSON, in a list. What was recorded is a success even if this version cannot read the entry's view."""
    entries: list[Any] = invocation.client.get("plans", plan, "history", after=version - 1, limit=1)["entries"]
    return entries


def _entries(outcome: Mapping[str, Any]) -> str:
    versions = outcome.get("versions") or []
    if len(versions) == 1:
        return _("entry {number}").format(number=versions[0])
    return _("entries {numbers}").format(numbers=", ".join(str(version) for version in versions) or "-")


def _read(file: Any, kind: str) -> dict[str, Any]:
    try:
        command = json.loads(file.read().decode("utf-8"))
    except ValueError as error:
        raise CliError(
            _("{file} is not JSON: {reason}").format(file=file.name, reason=error), exit_codes.USAGE
        ) from None
    if not isinstance(command, dict):
        raise CliError(_("{file} must hold one JSON object.").format(file=file.name), exit_codes.USAGE)
    if command.get("command", kind) != kind:
        raise CliError(
            _("{file} holds the command {theirs}, but this is {ours}.").format(
                file=file.name, theirs=command["command"], ours=kind
            ),
            exit_codes.USAGE,
            _("`rumbo plan send PLAN FILE` sends commands of any kind, one per line."),
        )
    return command
