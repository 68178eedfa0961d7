"""The glossary and the shape of the product, held by its own syntax trees."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

PACKAGES: Final = (
    "activities", "audit", "benchmarks", "cli", "domain", "embedded", "gateway", "ledger", "rehearsal", "telling",
    "workflows",
)  # fmt: skip
FILES: Final = (*ROOT.glob("*.py"), *(file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))))

BANNED_MODULES: Final = {
    "again", "bell", "door", "growing", "house", "lasting", "marks", "mending", "own", "places", "points", "said",
    "shape", "slips", "spoken", "told",
    "base", "helper", "helpers", "manager", "util", "utils",
}  # fmt: skip
BANNED_NAMES: Final = {
    "Arrival", "Ask", "Asked", "Bell", "Door", "Former", "Found", "Gathering", "GivenBack", "Held", "House", "Kept",
    "Knock", "Named", "Recorded", "Said", "Standing", "Stood", "Turn", "enclose", "lasting", "open_entry", "pass_time",
}  # fmt: skip
"""Names of our own that the field has a word for. `CONTRIBUTING.md` says which."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for file in FILES:
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def names_defined(tree: ast.Module) -> Iterator[str]:
    """Every name that a file gives to something: classes, functions, parameters, variables, imports."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=given):
                yield given or name
            case _:
                pass


def test_no_module_and_no_name_of_the_private_language_is_left() -> None:
    modules = [str(file.relative_to(ROOT)) for file in FILES if file.stem in BANNED_MODULES]
    names = [f"{name}: {one}" for name, tree in trees() for one in names_defined(tree) if one in BANNED_NAMES]
    checks = [f"{name}: {one}" for name, tree in trees() for one in names_defined(tree) if re.match("_?hold_", one)]
    assert (modules, names, checks) == ([], [], [])


def test_every_class_of_the_product_has_a_name_of_its_own() -> None:
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for name, tree in trees():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined[node.name].append(name)
    assert {name: files for name, files in defined.items() if len(files) > 1} == {}


def imported(tree: ast.Module, package: str) -> Iterator[str]:
    """What a file imports when it is loaded: not within functions, and not for the type checker alone."""
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        match todo.pop():
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                yield from (f"{module}.{one.name}" for one in names)
                yield module
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=others):
                todo += others
            case ast.If(body=body, orelse=others) | ast.Try(body=body, orelse=others):
                todo += [*body, *others]
            case _:
                pass


def test_no_two_files_of_the_product_import_each_other_in_a_circle() -> None:
    modules = {name.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): tree for name, tree in trees()}
    imports = {name: {one for one in imported(tree, name) if one in modules} for name, tree in modules.items()}
    done: set[str] = set()
    circles: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circles.append(" > ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for other in sorted(imports[name] - {name}):
                visit(other, (*path, name))
            done.add(name)

    for name in sorted(modules):
        visit(name, ())
    assert circles == []


@pytest.mark.parametrize("folder", ["gateway", "gateway/api"])
def test_no_answer_of_the_api_is_an_untyped_dictionary(folder: str) -> None:
    untyped = [
        f"{file.name}:{number}"
        for file in sorted((ROOT / folder).glob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if "response_model=dict[str, Any]" in line
    ]
    assert untyped == []
