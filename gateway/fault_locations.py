"""Where a fault is: validation errors name union branches that nobody wrote; people want the place in their text."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel

from domain.kernel.faults import Fault, Path, hint, lies_within


def locate_faults(faults: Sequence[Fault], said: object, model: type[BaseModel]) -> list[Fault]:
    """The faults with paths that exist in what was said, each once, unknown keys with the key probably meant.

    Where a value could be several things and is none, only the faults of the thing it comes nearest to are kept.
    """
    walked = [(fault, *_walk(fault.path, said)) for fault in faults]
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
    # A list whose every item is faulty is not too short as well.
    return [
        one
        for one in kept.values()
        if one.code != "too_few" or not any(lies_within(one.path, other.path) for other in kept.values())
    ]


def _walk(path: Path, said: object) -> tuple[Path, list[tuple[Path, str]]]:
    """A path without the steps that are no part of what was said, and those steps with where they were."""
    clean: Path = ()
    branches: list[tuple[Path, str]] = []
    for n, step in enumerate(path):
        match said:
            case Mapping() if step in said:
                clean, said = (*clean, step), said[step]
            case list() | tuple() if isinstance(step, int) and step < len(said):
                clean, said = (*clean, step), said[step]
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
    """The keys that a model knows at a place."""
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
