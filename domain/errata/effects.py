"""The effect of an erratum on the plan's definition.

An erratum corrects a field of the present definition only if its entry was the last to set that field. A later course
correction is not undone.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from domain.errata.fields import with_field_value
from domain.errata.messages import Erratum
from domain.kernel.record import replace
from domain.partners.holders import current_holders_in
from domain.plan import Plan
from domain.plan_file.check import check
from domain.plan_file.definition import Definition


def with_erratum(plan: Plan, name: str, by: int) -> Plan:
    """The plan after the entry ``by`` recorded, confirmed or contested an erratum."""
    erratum = plan.errata.get(name)
    if erratum is None or (entry := plan.find_entry(erratum.entry)) is None:
        return plan
    if erratum.item is not None:
        return replace(plan, definition=definition_with_errata(plan, erratum))
    return replace(plan, history=plan.history.touching(entry, by))


def definition_with_errata(plan: Plan, erratum: Erratum) -> Definition | None:
    """The definition with the errata in effect; the present definition if that would have a fault."""
    corrected = corrected_definition(plan, erratum)
    return plan.definition if corrected is None or check(corrected).faults else corrected


def corrected_definition(plan: Plan, erratum: Erratum, errata: Sequence[Erratum] | None = None) -> Definition | None:
    """The definition with one field set to the entry's own value, and then to that of each erratum in effect on it.

    Current holders stand in place of succeeded bodies. ``None`` if the erratum is not about a part of the plan, or if
    another entry has set that part since. ``errata``: the errata on the same entry, if other than those of the plan.
    """
    if plan.definition is None or erratum.item is None:
        return None
    if is_superseded(plan, erratum.entry, erratum.item, erratum.head):
        return None
    errata = plan.errata_on(erratum.entry) if errata is None else errata
    same = [one for one in errata if (one.item, one.head) == (erratum.item, erratum.head)]
    values = [(one.field, one.says) for one in reversed(same)]
    values += [(one.field, one.should_say) for one in same if one.in_effect]
    definition = plan.definition
    try:
        for field, value in values:
            present = current_holders_in(plan, value, field.split(".")[-1])
            definition = with_field_value(definition, erratum.item, field, present)
    except ValidationError:
        return None
    return definition


def is_superseded(plan: Plan, entry: int, item: str, head: str) -> bool:
    """Whether a later entry has set the field that an erratum on this entry corrects."""
    added = plan.set_by.get(item, plan.started_in)
    return plan.set_by.get(f"{item}.{head}", added) != entry
