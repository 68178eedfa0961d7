"""The plan file: from its text to a definition, or every fault at once, each with its line."""

from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from domain.kernel.faults import Fault, Malformed, Path, explain
from domain.plan_file.check import MOST, check
from domain.plan_file.definition import Definition
from domain.plan_file.personal_data import personal
from gateway.fault_locations import locate_faults
from gateway.plan_files.yaml_text import ParsedText, read_text

_MENDS: Final = 4
"""How often a faulty file is mended and read again, to find what else is wrong with it."""

_NAMED_ELSEWHERE: Final = ("id", "partners", "commitments", "milestones", "causes", "indicators", "awaited")
"""Keys that other parts of a plan refer to."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    definition: Definition
    said: dict[str, Any]
    """The file's own words: keys, lists and text."""
    warnings: tuple[Fault, ...]
    """What is missing, and what looks like a person's own data, each with its line; no reason to refuse."""


def read_plan_file(body: bytes, *, is_json: bool = False) -> PlanFile:
    """Read a plan file in YAML or JSON; raises ``Malformed`` with the faults of its text, its keys and its sense."""
    reading = read_text(body, is_json=is_json)
    if not isinstance(reading.tree, dict) or (reading.faults and not reading.tree):
        raise Malformed(reading.faults or [Fault("mapping_expected", (), {}, 1)])
    definition, faults = _defined(reading.tree)
    flagged = {fault.path for fault in reading.faults}
    # A key left out because it was empty or given twice is not missing as well.
    faults = reading.faults + [fault for fault in faults if fault.path not in flagged]
    if definition is None:
        faults += _sense_of_mended(reading.tree, faults)
        raise Malformed(_in_order(faults, reading))
    findings = check(definition)
    if faults or findings.faults:
        raise Malformed(_in_order([*faults, *findings.faults], reading))
    warnings = [*findings.warnings, *islice(personal(reading.tree), MOST)]
    return PlanFile(definition, reading.tree, tuple(_in_order(warnings, reading)))


def _defined(said: dict[str, Any]) -> tuple[Definition | None, list[Fault]]:
    try:
        return Definition.model_validate(said), []
    except ValidationError as error:
        return None, locate_faults(explain(error), said, Definition)


def _in_order(faults: list[Fault], reading: ParsedText) -> list[Fault]:
    lined = [fault if fault.line else replace(fault, line=reading.line(fault.path)) for fault in faults]
    return sorted(lined, key=lambda fault: fault.line or 0)


def _sense_of_mended(said: dict[str, Any], faults: list[Fault]) -> list[Fault]:
    """What is wrong with the sense of a file whose keys are not all right: quorums, references, double ids.

    Faulty keys are taken out (or in) until the rest can be read. Where that touches an id or a whole list nothing is
    concluded: references to it would look wrong and are not.
    """
    mended: Any = deepcopy(said)
    touched: set[Path] = set()
    for _ in range(_MENDS):
        definition, found = _defined(mended)
        if definition is not None:
            return [fault for fault in check(definition).faults if not _near(fault.path, touched)]
        for fault in found:
            path, missing = _key(fault.path), fault.code == "missing"
            while path in touched:  # mending it did not help: without what is around it, then
                path, missing = _key(path[:-1]), False
            if not path or path[-1] in _NAMED_ELSEWHERE:
                return []
            touched.add(path)
            _mend(mended, path, missing)
    return []


def _key(path: Path) -> Path:
    """The nearest key: items of a list are not taken out, the places of the others would move."""
    while path and not isinstance(path[-1], str):
        path = path[:-1]
    return path


def _near(path: Path, touched: set[Path]) -> bool:
    return any(path[: len(one)] == one or one[: len(path)] == path for one in touched if path)


def _mend(said: Any, path: Path, missing: bool) -> None:
    for step in path[:-1]:
        if isinstance(said, dict) and step not in said:
            return  # went with what was around it
        said = said[step]
    if missing:
        said[path[-1]] = "x"
    elif isinstance(said, dict):
        said.pop(path[-1], None)
