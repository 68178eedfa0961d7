"""Edited copies and forms: files in which people propose changes to a plan.

A copy is a plan file with ``made_from``, the entry that it was made from. A form is a copy with the reasons on top,
under ``course_correction``: the proposing body, the rationale and the grounds. Both are read alike.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.corrections.edited_copy import changed_since, changes_between, without_dropped
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
    """A list of ids; a text with commas or spaces between ids is split: people fill in the form by hand."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


class Reasons(BaseModel):
    """The reasons on a form. A line that was left empty is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    proposed_by: Id | None = None
    trigger: Id | None = None
    rationale: Text | None = None
    rests_on: Annotated[tuple[CommandId, ...], BeforeValidator(_ids)] = ()
    takes_effect: str | None = None


class _Heading(BaseModel):
    """The keys above the plan file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_from: Annotated[int, Field(ge=1)]
    course_correction: Reasons = Reasons()


@dataclass(frozen=True, slots=True)
class EditedCopy:
    made_from: int
    reasons: Reasons
    definition: Definition
    parsed: ParsedText

    def changes(self, then: Plan, now: Plan) -> list[Change]:
        """The changes that the copy asks for, compared with ``then``, the plan from which it was made.

        Raises ``Malformed``, with lines, if a change is impossible or the plan has changed there since.
        """
        before = without_dropped(then.defined, then.dropped)
        try:
            asked = changes_between(before, self.definition)
        except Malformed as malformed:
            raise self.malformed(malformed.faults) from None
        faults = changed_since(now.defined, now.all_dropped(), self.definition, asked)
        # The plan itself may refer to dropped parts. Such faults are not the copy's.
        known = {(fault.code, str(fault.params)) for fault in check(before).faults}
        faults += [one for one in check(self.definition).faults if (one.code, str(one.params)) not in known]
        if faults:
            raise self.malformed(faults)
        return asked

    def malformed(self, faults: list[Fault]) -> Malformed:
        """Faults of this copy, each with its line."""
        return Malformed(self.parsed.with_lines(faults))


def copy_of(plan: Plan) -> dict[str, Any]:
    """A plan as a copy to edit, without its dropped parts and without default values."""
    definition = without_dropped(plan.defined, plan.dropped)
    written = definition.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {"plan": plan.id, MADE_FROM: plan.version, "revision": plan.revision, "definition": written}


def read_edited_copy(body: bytes, plan: str) -> EditedCopy:
    """Read an edited copy of a plan, or a form. Raises ``Malformed`` with every fault and its line."""
    parsed = read_text(body)
    # An empty line of the form means "not given". Anywhere else an empty value may be a mistake.
    faults = [one for one in parsed.faults if one.code != "empty_value" or one.path[:1] != (REASONS,)]
    if not isinstance(parsed.tree, dict) or (faults and not parsed.tree):
        raise Malformed(faults or [Fault("mapping_expected", (), {}, 1)])
    tree = dict(parsed.tree)
    if tree.get("plan") not in (None, plan):
        raise Malformed(parsed.with_lines([TextFault("other_plan", ("plan",), {"plan": plan})]))
    top = {key: tree.pop(key) for key in _Heading.model_fields if key in tree}
    try:
        heading = _Heading.model_validate(top)
    except ValidationError as error:
        faults += locate_faults(explain(error), top, _Heading)
    try:
        definition = Definition.model_validate(tree)
    except ValidationError as error:
        faults += locate_faults(explain(error), tree, Definition)
    if faults:
        raise Malformed(parsed.with_lines(faults))
    return EditedCopy(heading.made_from, heading.course_correction, definition, parsed)
