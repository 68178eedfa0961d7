"""Maps the paths of pydantic's validation errors to places in the sender's text: union branches are not part of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel

from domain.kernel.faults import Fault, Path, hint, lies_within


def locate_faults(faults: Sequence[Fault], source: object, model: type[BaseModel]) -> list[Fault]:
    """The faults with paths that exist in the source, without duplicates; unknown keys get a suggestion.

    If a value matches no branch of a union, only the faults of the branch with the fewest faults are kept.
    """
    walked = [(fault, *_walk(fault.path, source)) for fault in faults]
    by_branch: dict[tuple[Path, str], int] = defaultdict(int)
    for _, _, branches in walked:
        for branch in branches:
            by_branch[branch] += 1
    nearest: dict[Path, str] = {}
    for (path, tag), count in by_branch.items():
        if path not in nearest or count < by_branch[path, nearest[path]]:
            nearest[path] = tag
    kept: dict[tuple[str, Path], Fault] = {}
    for fault, path, branches in walked:
        if all(nearest[at] == tag for at, tag in branches):
            kept.setdefault((fault.code, path), _hinted(replace(fault, path=path), model))
    # If every item of a list is faulty, the list is not reported as too short as well.
    return [
        one
        for one in kept.values()
        if one.code != "too_few" or not any(lies_within(one.path, other.path) for other in kept.values())
    ]


def _walk(path: Path, source: object) -> tuple[Path, list[tuple[Path, str]]]:
    """A path without the steps that are not in the source; and these steps, each with its place."""
    clean: Path = ()
    branches: list[tuple[Path, str]] = []
    for n, step in enumerate(path):
        match source:
            case Mapping() if step in source:
                clean, source = (*clean, step), source[step]
            case list() | tuple() if isinstance(step, int) and step < len(source):
                clean, source = (*clean, step), source[step]
            case Mapping() if n == len(path) - 1 and step != "[key]" and isinstance(step, str):
                clean = (*clean, step)  # a key that is missing
            case _:
                branches.append((clean, str(step)))
    return clean, branches


def _hinted(fault: Fault, model: type[BaseModel]) -> Fault:
    if fault.code != "unknown_key" or not fault.path:
        return fault
    known = keys_at(model, fault.path[:-1])
    return replace(fault, params=fault.params | {"hint": hint(str(fault.path[-1]), known)})


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that a model allows at a path."""
    models = {model}
    for step in path:
        inner = {one for known in models for one in _field(known, step)}
        models = inner or models  # the key of a mapping, or the index of a list
    return sorted({info.alias or name for known in models for name, info in known.model_fields.items()})


def _field(model: type[BaseModel], step: str | int) -> Iterator[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if step == (info.alias or name):
            yield from _models(info.annotation)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
