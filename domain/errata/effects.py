"""The effect of an erratum on the plan's own definition.

A promise is mended in the plan as it is now only while the entry is the last that set it: what a course correction has
changed since stays changed.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from domain.errata.fields import with_said
from domain.errata.messages import Erratum
from domain.kernel.record import replace
from domain.partners.holders import present_holders
from domain.plan import Plan
from domain.plan_file.check import check
from domain.plan_file.definition import Definition


def mended(plan: Plan, name: str, by: int) -> Plan:
    """The plan once the entry ``by`` gave an erratum its effect or took it. Facts about its entry are derived anew."""
    erratum = plan.errata.get(name)
    if erratum is None or (entry := plan.find_entry(erratum.entry)) is None:
        return plan
    if erratum.item is not None:
        return replace(plan, definition=mended_definition(plan, erratum))
    return replace(plan, history=plan.history.touching(entry, by))


def mended_definition(plan: Plan, erratum: Erratum) -> Definition | None:
    """The plan's definition as the errata in effect have it; as it is, where it could not stand like that any more."""
    mended = restated(plan, erratum)
    return plan.definition if mended is None or check(mended).faults else mended


def restated(plan: Plan, erratum: Erratum, errata: Sequence[Erratum] | None = None) -> Definition | None:
    """The definition with a part as the errata in effect on it have it, from what the entry itself said on.

    Bodies that it names are replaced by their present successors. ``None`` if the erratum is about no part of the plan,
    or if another entry has set that part since. ``errata``: those on the same entry, if not as the plan has them.
    """
    if plan.definition is None or erratum.item is None:
        return None
    if overtaken(plan, erratum.entry, erratum.item, erratum.head):
        return None
    errata = plan.errata_on(erratum.entry) if errata is None else errata
    same = [one for one in errata if (one.item, one.head) == (erratum.item, erratum.head)]
    said = [(one.field, one.says) for one in reversed(same)]
    said += [(one.field, one.should_say) for one in same if one.in_effect]
    definition = plan.definition
    try:
        for field, value in said:
            now = present_holders(plan, value, field.split(".")[-1])
            definition = with_said(definition, erratum.item, field, now)
    except ValidationError:
        return None
    return definition


def overtaken(plan: Plan, entry: int, item: str, head: str) -> bool:
    """Whether another entry has set since what an erratum on this one mends."""
    added = plan.set_by.get(item, plan.started_in)
    return plan.set_by.get(f"{item}.{head}", added) != entry
