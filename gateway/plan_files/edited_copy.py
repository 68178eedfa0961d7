"""A copy of a plan that people edit, and a form that they fill in: one file, with or without the reasons on top.

A copy is a plan file that says which entry it was made from (``made_from``). A form has ``course_correction`` above it:
who proposes, why, and resting on what. Both are read alike.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.corrections.edited_copy import changed_since, edited, standing
from domain.corrections.messages import Change
from domain.kernel.faults import Fault, Malformed, explain
from domain.kernel.text import CommandId, Id, Text
from domain.plan import Plan
from domain.plan_file.check import check
from domain.plan_file.definition import Definition
from gateway.fault_locations import locate_faults
from gateway.plan_files.yaml_text import ParsedText, TextFault, read_text

REASONS: Final = "course_correction"
MADE_FROM: Final = "made_from"


def _ids(value: Any) -> Any:
    """A list, or ids with commas or spaces between them: a form is filled in by hand."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


class Reasons(BaseModel):
    """What a form says besides the changes. What was left empty is not there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    proposed_by: Id | None = None
    trigger: Id | None = None
    rationale: Text | None = None
    rests_on: Annotated[tuple[CommandId, ...], BeforeValidator(_ids)] = ()
    takes_effect: str | None = None


class _Top(BaseModel):
    """The keys above the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_from: Annotated[int, Field(ge=1)]
    course_correction: Reasons = Reasons()


@dataclass(frozen=True, slots=True)
class EditedCopy:
    made_from: int
    reasons: Reasons
    definition: Definition
    reading: ParsedText

    def changes(self, then: Plan, now: Plan) -> list[Change]:
        """What it asks for, read against the plan as it was when the copy was made.

        Raises ``Malformed``, with lines, where it asks for what cannot be, or the plan has moved on.
        """
        before = standing(then.defined, then.dropped)
        try:
            asked = edited(before, self.definition)
        except Malformed as malformed:
            raise self.malformed(malformed.faults) from None
        faults = changed_since(now.defined, now.gone(), self.definition, asked)
        # What the plan itself leaves open, because it names what was dropped, is no fault of the copy.
        known = {(fault.code, str(fault.params)) for fault in check(before).faults}
        faults += [one for one in check(self.definition).faults if (one.code, str(one.params)) not in known]
        if faults:
            raise self.malformed(faults)
        return asked

    def malformed(self, faults: list[Fault]) -> Malformed:
        return _malformed(faults, self.reading)


def copy_of(plan: Plan) -> dict[str, Any]:
    """A plan as a copy to be edited: what stands in it, without what was dropped and what is as ever."""
    definition = standing(plan.defined, plan.dropped)
    written = definition.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {"plan": plan.id, MADE_FROM: plan.version, "revision": plan.revision, "definition": written}


def read_edited_copy(body: bytes, plan: str) -> EditedCopy:
    """Read an edited copy of a plan, or a form. Raises ``Malformed`` with every fault and its line."""
    reading = read_text(body)
    # A line of the form that was left empty is just not said; anywhere else something may have been lost.
    faults = [one for one in reading.faults if one.code != "empty_value" or one.path[:1] != (REASONS,)]
    if not isinstance(reading.tree, dict) or (faults and not reading.tree):
        raise Malformed(faults or [Fault("mapping_expected", (), {}, 1)])
    tree = dict(reading.tree)
    if tree.get("plan") not in (None, plan):
        raise _malformed([TextFault("other_plan", ("plan",), {"plan": plan})], reading)
    top = {key: tree.pop(key) for key in _Top.model_fields if key in tree}
    try:
        heading = _Top.model_validate(top)
    except ValidationError as error:
        faults += locate_faults(explain(error), top, _Top)
    try:
        definition = Definition.model_validate(tree)
    except ValidationError as error:
        faults += locate_faults(explain(error), tree, Definition)
    if faults:
        raise _malformed(faults, reading)
    return EditedCopy(heading.made_from, heading.course_correction, definition, reading)


def _malformed(faults: list[Fault], reading: ParsedText) -> Malformed:
    lined = [fault if fault.line else replace(fault, line=reading.line(fault.path)) for fault in faults]
    return Malformed(sorted(lined, key=lambda fault: fault.line or 0))
