"""Sending a command and telling its outcome: the receipt."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import click
from telling.values import plain_moments, witness

from cli import exit_codes, output
from cli.errors import CliError
from cli.invocation import Invocation
from language import _

_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"
"""Without those that are mistaken for others when read aloud."""

_ASKED_BY: Final = {
    "body_needed": "--on-behalf-of",
    "source_needed": "--source",
    "source_needed_afterwards": "--source, --source-date",
    "rests_on_nothing": "--rests-on",
    "authority_needed": "--authority",
    "until_needed": "--until",
    "evidence_needed": "--file, --link, --document",
}
"""With which option that is said for want of which a command is refused."""


def send(invocation: Invocation, plan: str, kind: str, fields: Mapping[str, Any], *, once: bool = False) -> int:
    """Send one command with the options that all have, write its outcome, and return the exit code.

    ``once``: the same words are the same command however often they are sent, unless it is given another id.
    """
    said = _said(invocation, kind, fields)
    command = {"command": kind, "id": _id_of(kind, plan, said) if once else new_id(kind)} | said
    try:
        outcome = invocation.client.send(plan, command, invocation.envelope.get("wait"))
    except CliError as failed:
        _name_options(failed)
        if failed.code == exit_codes.UNREACHABLE:
            failed.hint = "\n".join(
                filter(None, [failed.hint, _("To send the same again, add --id {id}.").format(id=command["id"])])
            )
        raise
    code = write_outcome(invocation, plan, outcome)
    if outcome["outcome"] == "duplicate" and once and "id" not in said:
        output.note(_("To send the same words as another command, give it an id of its own with --id."))
    return code


def _name_options(failed: CliError) -> None:
    """Call what is wrong with a field by the option that it was, or could have been, typed with."""
    options = _options()
    failed.faults = [
        dict(fault) | {"path": options.get(str(fault.get("path")), fault.get("path"))} for fault in failed.faults
    ]


def _options() -> dict[str, str]:
    """The running command's options by the field that they fill."""
    context = click.get_current_context(silent=True)
    params = context.command.params if context else []
    return {one.name: one.opts[-1] for one in params if isinstance(one, click.Option) and one.name}


def _said(invocation: Invocation, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says, and over it what the options say; an id only where either gives one."""
    envelope = invocation.envelope
    command = _read(envelope["from_file"], kind) if envelope.get("from_file") else {}
    command |= output.non_empty(fields)
    command |= output.non_empty(
        {name: envelope.get(name) for name in ("id", "on_behalf_of", "effective", "visibility")}
    )
    source = {
        "document": envelope.get("source"),
        "date": envelope.get("source_date"),
        "url": envelope.get("source_url"),
    }
    if any(source.values()):
        said = command.get("source")
        command["source"] = ({"document": said} if isinstance(said, str) else said or {}) | output.non_empty(source)
    return command


def new_id(kind: str) -> str:
    """An id that a person can read aloud: the verb, the day, and some chance."""
    day = datetime.now(UTC).strftime("%Y%m%d")
    return f"{kind.partition('_')[0]}-{day}-{''.join(secrets.choice(_LETTERS) for _letter in range(6))}"


def _id_of(kind: str, plan: str, said: Mapping[str, Any]) -> str:
    """An id that follows from what is said to which plan: the verb, and letters to read aloud."""
    written = json.dumps([kind, plan, said], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(written.encode(errors="surrogatepass")).digest()
    return f"{kind.partition('_')[0]}-{''.join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])}"


def write_outcome(invocation: Invocation, plan: str | None, outcome: Mapping[str, Any]) -> int:
    """Write an outcome and say what comes next."""
    match outcome["outcome"]:
        case "recorded" | "accepted":
            output.result(invocation, outcome, lambda told: _receipt(invocation, plan, told))
        case _ if not invocation.is_text:
            output.result(invocation, outcome, lambda _told: ())
            output.note(outcome_sentence(outcome))
        case "duplicate" if not outcome.get("code"):
            output.result(invocation, outcome, lambda told: [outcome_sentence(told)])
        case _:
            output.note(plain_moments(outcome_sentence(outcome)))
            if option := _ASKED_BY.get(str(outcome.get("code"))):
                output.note(_("It is said with {option}.").format(option=option))
    if outcome["outcome"] == "accepted":
        output.next_step(
            invocation,
            _("the same command with --id {id}; it is done only once").format(id=outcome.get("command_id", "-")),
        )
    elif outcome["outcome"] == "recorded":
        output.next_step(invocation, f"rumbo plan show {plan}" if plan else "rumbo plan list")
    return exit_code(outcome)


def exit_code(outcome: Mapping[str, Any]) -> int:
    """The exit code of an outcome. A repeated command has that of the outcome that stands."""
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
    """An outcome in a sentence."""
    message = outcome.get("message") or outcome.get("code") or ""
    match outcome["outcome"]:
        case "recorded":
            return _("Recorded as {entries}.").format(entries=_entries(outcome))
        case "accepted":
            return _("Accepted and kept safe; its outcome is not known yet.")
        case "duplicate" if outcome.get("code"):
            return _("The plan refused this before: {message}").format(message=message)
        case "duplicate":
            return _("This was done before, as {entries}; nothing was added.").format(entries=_entries(outcome))
        case "conflict":
            return message or _("Another command was sent with this id before. Send this one under a new id.")
        case "refused":
            return _("The plan refused this: {message}").format(message=message)
        case _:
            return str(message)


def _receipt(invocation: Invocation, plan: str | None, outcome: Mapping[str, Any]) -> Iterator[str]:
    yield outcome_sentence(outcome)
    if outcome["outcome"] != "recorded":
        return
    versions = outcome["versions"]
    last = list(invocation.client.entries(plan, after=max(versions) - 1, limit=1)) if plan and versions else []
    # What rests on a lesson names the lesson, not the command that recorded it.
    lesson = [
        entry["data"].get("id") for entry in last if entry.get("kind") == "lesson_recorded" and len(versions) == 1
    ]
    if told := next(filter(None, lesson), outcome.get("command_id")):
        yield _("Its id: {id}").format(id=told)
    for entry in last:
        yield witness(str(plan), entry)


def _entries(outcome: Mapping[str, Any]) -> str:
    versions = outcome.get("versions") or []
    if len(versions) == 1:
        return _("entry {number}").format(number=versions[0])
    return _("entries {numbers}").format(numbers=", ".join(str(version) for version in versions) or "-")


def _read(file: Any, kind: str) -> dict[str, Any]:
    try:
        said = json.loads(file.read().decode("utf-8"))
    except ValueError as error:
        raise CliError(
            _("{file} is not JSON: {reason}").format(file=file.name, reason=error), exit_codes.USAGE
        ) from None
    if not isinstance(said, dict):
        raise CliError(_("{file} must hold one JSON object.").format(file=file.name), exit_codes.USAGE)
    if said.get("command", kind) != kind:
        raise CliError(
            _("{file} holds the command {theirs}, but this is {ours}.").format(
                file=file.name, theirs=said["command"], ours=kind
            ),
            exit_codes.USAGE,
            _("`rumbo plan send PLAN FILE` sends commands of any kind, one a line."),
        )
    return said
