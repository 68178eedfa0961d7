"""Parses incoming commands: bytes to JSON to a typed command. Reports every fault with its place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from domain import PLAN
from domain.kernel.command import Command
from domain.kernel.faults import Fault, Malformed, Path
from gateway.fault_locations import locate_faults
from gateway.plan_files.yaml_text import TextFault, json_fault
from ledger.canonical import NotCanonical, canonical

MAX_COMMAND_BYTES: Final = 1024 * 1024
"""1 MiB, the largest command."""


class TooLarge(Exception):
    """The request is larger than its limit."""

    code = "too_large"


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A parsed command and its canonical bytes (RFC 8785). The bytes are journalled."""

    command: Command
    body: bytes

    @property
    def kind(self) -> str:
        return self.command.command


def read_json(body: bytes) -> Any:
    """Strict JSON (RFC 8259): no duplicate keys, no NaN. Raises ``Malformed``, ``TooLarge``."""
    if len(body) > MAX_COMMAND_BYTES:
        raise TooLarge
    try:
        return json.loads(body.decode(), object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Malformed([json_fault(error)]) from None
    except UnicodeDecodeError:
        raise Malformed([TextFault("not_utf8")]) from None
    except (ValueError, RecursionError):
        raise Malformed([TextFault("not_storable")]) from None


def read_command(body: bytes) -> ParsedCommand:
    """A command from its bytes. Raises ``Malformed``, ``TooLarge``."""
    return parse_command(read_json(body))


def parse_command(raw: Any) -> ParsedCommand:
    """A command from JSON values. Raises ``Malformed``, ``TooLarge``."""
    if not isinstance(raw, dict):
        raise Malformed([Fault("mapping_expected")])
    try:
        written = canonical(raw)
    except NotCanonical as error:
        raise Malformed([TextFault("not_storable", error.path)]) from None
    if len(written) > MAX_COMMAND_BYTES:
        raise TooLarge
    if sealed := [*_sealed(raw, ())]:
        raise Malformed([TextFault("sealed_not_allowed", path) for path in sealed])
    return ParsedCommand(_parsed(raw), written)


def _parsed(raw: Mapping[str, Any]) -> Command:
    try:
        return PLAN.parse(raw)
    except Malformed as malformed:
        kind = PLAN.command_kinds.get(str(raw.get("command")), Command)
        raise Malformed([_named(fault) for fault in locate_faults(malformed.faults, raw, kind)]) from None


def _named(fault: Fault) -> Fault:
    """Gives the fault of an unknown or missing command the path ``command``."""
    if fault.path == () and fault.code in ("not_one_of", "missing"):
        return replace(fault, path=("command",))
    return fault


def _sealed(value: Any, path: Path) -> Iterator[Path]:
    """Paths of values that look sealed. Only the engine seals, so a sender may not send them."""
    match value:
        case dict() if set(value) == {"sealed"}:
            yield path
        case dict():
            for key, item in value.items():
                yield from _sealed(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _sealed(item, (*path, index))
        case _:
            return


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Malformed([TextFault("duplicate_key", (key,), {"key": key[:60]})])
        found[key] = value
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")
