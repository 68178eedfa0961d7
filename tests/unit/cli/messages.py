"""Every message of the programs as their source has it: what the catalogues have to hold."""

import ast
from collections.abc import Iterator
from pathlib import Path

import click

from domain.kernel.faults import FAULTS
from domain.kernel.refused import REFUSALS

ROOT = Path(__file__).resolve().parents[3]
SPEAKING = ("audit", "cli", "embedded", "gateway", "telling")
"""The packages that say something to people; what the domain says stands in its two tables."""

Message = str | tuple[str, str]


def all_messages() -> set[Message]:
    """Ours and those of the installed click."""
    return ours() | messages_in(Path(click.__file__).parent)


def ours() -> set[Message]:
    """What we say ourselves."""
    found: set[Message] = {*REFUSALS.values(), *FAULTS.values()}
    for package in SPEAKING:
        found |= messages_in(ROOT / package)
    return found | set(_marked(ast.parse((ROOT / "settings.py").read_bytes())))


def messages_in(folder: Path) -> set[Message]:
    """The literal arguments of gettext's functions in the modules of a folder."""
    return {message for file in folder.rglob("*.py") for message in _marked(ast.parse(file.read_bytes()))}


def _marked(tree: ast.Module) -> Iterator[Message]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="_" | "N_"), args=[ast.Constant(value=str() as text), *_]) if text:
                yield text
            case ast.Call(
                func=ast.Name(id="ngettext"),
                args=[ast.Constant(value=str() as one), ast.Constant(value=str() as many), *_],
            ):
                yield one, many
            case _:
                pass
