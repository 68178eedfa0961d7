"""Reads a plan file: from text to a definition, or all faults at once, each with its line."""

from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from domain.kernel.faults import Fault, Malformed, Path, explain
from domain.plan_file.check import MOST, check
from domain.plan_file.definition import Definition
from domain.plan_file.personal_data import personal_data_warnings
from gateway.fault_locations import locate_faults
from gateway.plan_files.yaml_text import read_text

_REPAIRS: Final = 4
"""How often a faulty file is repaired in memory and read again, to find its other faults."""

_NAMED_ELSEWHERE: Final = ("id", "partners", "commitments", "milestones", "causes", "indicators", "awaited")
"""Keys that other parts of a plan refer to."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    definition: Definition
    tree: dict[str, Any]
    """The file as written: keys, lists and text."""
    warnings: tuple[Fault, ...]
    """Missing parts and possible personal data, each with its line. Warnings do not refuse a file."""


def read_plan_file(body: bytes, *, is_json: bool = False) -> PlanFile:
    """Read a plan file in YAML or JSON. Raises ``Malformed`` with the faults of its text, its keys and its meaning."""
    parsed = read_text(body, is_json=is_json)
    if not isinstance(parsed.tree, dict) or (parsed.faults and not parsed.tree):
        raise Malformed(parsed.faults or [Fault("mapping_expected", (), {}, 1)])
    definition, faults = _defined(parsed.tree)
    flagged = {fault.path for fault in parsed.faults}
    # A key that was dropped because it is empty or a duplicate is not reported as missing as well.
    faults = parsed.faults + [fault for fault in faults if fault.path not in flagged]
    if definition is None:
        faults += _faults_of_repaired(parsed.tree, faults)
        raise Malformed(parsed.with_lines(faults))
    findings = check(definition)
    if faults or findings.faults:
        raise Malformed(parsed.with_lines([*faults, *findings.faults]))
    warnings = [*findings.warnings, *islice(personal_data_warnings(parsed.tree), MOST)]
    return PlanFile(definition, parsed.tree, tuple(parsed.with_lines(warnings)))


def _defined(tree: dict[str, Any]) -> tuple[Definition | None, list[Fault]]:
    try:
        return Definition.model_validate(tree), []
    except ValidationError as error:
        return None, locate_faults(explain(error), tree, Definition)


def _faults_of_repaired(tree: dict[str, Any], faults: list[Fault]) -> list[Fault]:
    """Faults of meaning (quorums, references, duplicate ids) in a file that also has faulty keys.

    Faulty keys are removed, and missing ones filled in, until the rest can be read. If this touches an id or a whole
    list, no fault is reported: references to it would look wrong although they are not.
    """
    repaired: Any = deepcopy(tree)
    touched: set[Path] = set()
    for _ in range(_REPAIRS):
        definition, found = _defined(repaired)
        if definition is not None:
            return [fault for fault in check(definition).faults if not _near(fault.path, touched)]
        for fault in found:
            path, missing = _key(fault.path), fault.code == "missing"
            while path in touched:  # the repair did not help: remove the part around it
                path, missing = _key(path[:-1]), False
            if not path or path[-1] in _NAMED_ELSEWHERE:
                return []
            touched.add(path)
            _repair(repaired, path, missing)
    return []


def _key(path: Path) -> Path:
    """The nearest key. Items of a list are not removed, because the indexes of the others would change."""
    while path and not isinstance(path[-1], str):
        path = path[:-1]
    return path


def _near(path: Path, touched: set[Path]) -> bool:
    return any(path[: len(one)] == one or one[: len(path)] == path for one in touched if path)


def _repair(tree: Any, path: Path, missing: bool) -> None:
    for step in path[:-1]:
        if isinstance(tree, dict) and step not in tree:
            return  # it was removed with the part around it
        tree = tree[step]
    if missing:
        tree[path[-1]] = "x"
    elif isinstance(tree, dict):
        tree.pop(path[-1], None)
