"""The fingerprint of the workflows: the source of everything that decides which commands they give to Temporal.

A run may be in the middle of this code when new code is deployed. So a change is gated by `workflow.patched()`, or the
saved histories beside this file show that it is harmless; ``make fingerprints`` then renews the fingerprint.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "tests" / "golden" / "workflows.json"

COMMANDS: Final = frozenset(
    {
        "continue_as_new", "deprecate_patch", "execute_activity", "execute_child_workflow", "execute_local_activity",
        "patched", "random", "sleep", "start_activity", "start_child_workflow", "start_local_activity",
        "upsert_memo", "upsert_search_attributes", "uuid4", "wait_condition",
    }
)  # fmt: skip
"""Functions of ``temporalio.workflow`` that add to a history, or return values that a replay must return again."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def fingerprint(folder: Path) -> dict[str, list[str]]:
    """The lines of each function that can give a command, and of each property and number that it may read, by name."""
    modules = {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))}
    functions = {f"{module}.{name}": one for module, tree in modules.items() for name, one in _functions(tree)}
    giving: set[str] = set()
    while more := {name for name, one in functions.items() if _gives(one, giving)} - giving:
        giving |= more
    asked = {name for name, one in functions.items() if any(ast.unparse(by) == "property" for by in one.decorator_list)}
    lines = {name: _plain(functions[name]) for name in sorted(giving | asked)}
    numbers = {f"{module}.{name}": [value] for module, tree in modules.items() for name, value in _numbers(tree)}
    return lines | numbers


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, Function))


def _numbers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Numbers are limits, so a change of one changes the commands. Durations are left out: a replay ignores them."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            yield ast.unparse(node.target), str(node.value.value)


def _gives(function: Function, giving: set[str]) -> bool:
    """Whether it gives a command, or calls a function of that name that does."""
    called = {
        ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)
    }  # self._call, workflow.sleep, search.show
    ours = {name.rsplit(".", 1)[-1] for name in giving}
    return any(
        (owner == "workflow" and name in COMMANDS) or name in ours
        for owner, _, name in (one.rpartition(".") for one in called)
    )


def _plain(function: Function) -> list[str]:
    """Its source without comments, layout and docstrings."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    bare = ast.Module(body=body or [ast.Pass()], type_ignores=[])
    return ast.unparse(bare).splitlines()


def main() -> None:
    text = json.dumps(fingerprint(ROOT / "workflows"), indent=2, ensure_ascii=False)
    KEPT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
