"""Errata: an entry has a typing error, and a source that is older than the entry proves it.

An erratum on a promise waits until a body other than its writer confirms it. Any body may contest an erratum; it then
has no effect, and its change needs a course correction. (In 2020 a formatting edit moved five federal deadlines.)
"""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from domain.contesting.rules import require_entry
from domain.errata.effects import corrected_definition, is_superseded, with_erratum
from domain.errata.fields import PROMISES, field_value, fields_of, stated_value, with_errata, with_field_value
from domain.errata.messages import (
    ConfirmErratum,
    ContestErratum,
    Erratum,
    ErratumConfirmed,
    ErratumContested,
    ErratumRecorded,
    FieldFix,
    RecordErratum,
)
from domain.kernel.context import CommandEnvelope
from domain.kernel.entry import Entry
from domain.kernel.event import Event, NewEvent
from domain.kernel.faults import explain
from domain.kernel.record import replace
from domain.kernel.refused import Refused, because_of
from domain.kernel.registry import decides, evolves, fact
from domain.kernel.statement import statement_fields
from domain.plan import Plan
from domain.plan_file.check import check
from domain.reporting.messages import IndicatorMeasured, ProgressReported
from domain.reporting.rules import require_as_at, require_done
from domain.speaking import require_single


@decides(RecordErratum)
def record(plan: Plan, sent: CommandEnvelope, command: RecordErratum, moment: datetime) -> list[NewEvent]:
    """Record an erratum: the entry's value, the right value, and its source. It has the effective time of the entry."""
    entry = require_entry(plan, command.entry)
    if isinstance(entry.event, ErratumRecorded | ErratumConfirmed | ErratumContested):
        raise Refused("erratum_of_erratum", entry=entry.version)
    if not plan.stands(entry.version):
        raise Refused("entry_was_contested", entry=entry.version)
    if command.source is None:
        raise Refused("erratum_needs_source")
    head = command.field.split(".")[0]
    if head not in (known := fields_of(entry.event, command.item)):
        raise Refused("cannot_be_mended", entry=entry.version, known=", ".join(known) or "-")
    before = [one for one in plan.errata_on(entry.version) if (one.item, one.field) == (command.item, command.field)]
    if any(one.contested_by and plan.stands(one.version) for one in before):
        raise Refused("back_as_correction", entry=entry.version)
    says = _present_value(plan, entry, command.item, command.field)
    if says is None:
        raise Refused("nothing_to_mend", entry=entry.version)
    if _is_sealed(says):
        raise Refused("sealed_field", entry=entry.version)
    if not _matches(plan, entry, command, says):
        raise Refused("says_otherwise", entry=entry.version)
    should_say = _corrected_value(plan, sent, entry, command)
    if should_say == says:
        raise Refused("nothing_to_mend", entry=entry.version)
    event = ErratumRecorded(
        erratum=command.id,
        entry=entry.version,
        item=command.item,
        field=command.field,
        says=says,
        should_say=should_say,
        waits=head in PROMISES,
    )
    return [NewEvent(event, entry.effective_at, entry.visibility)]


@decides(ConfirmErratum)
def confirm(plan: Plan, sent: CommandEnvelope, command: ConfirmErratum, moment: datetime) -> list[NewEvent]:
    """Confirm another body's erratum on a promise, which is in effect from then on."""
    erratum = _find(plan, command.erratum)
    require_single(plan, sent.on_behalf_of)
    if not erratum.waits or erratum.confirmed_by:
        raise Refused("nothing_to_confirm", erratum=erratum.id)
    writer = plan.current_holder(erratum.body) if erratum.body else None
    if sent.on_behalf_of is None or sent.on_behalf_of in (erratum.body, writer):
        raise Refused("writer_cannot_confirm", body=sent.on_behalf_of or "-", erratum=erratum.id)
    confirmed = replace(erratum, confirmed_by=sent.on_behalf_of)
    errata = [confirmed if one.id == erratum.id else one for one in plan.errata_on(erratum.entry)]
    definition = corrected_definition(plan, confirmed, errata)
    if definition is not None and (faults := check(definition).faults):  # other errata were confirmed since
        raise because_of("breaks_the_plan", faults[0])
    return [NewEvent(ErratumConfirmed(erratum=erratum.id), _moment(plan, erratum), erratum.visibility)]


@decides(ContestErratum)
def contest(plan: Plan, sent: CommandEnvelope, command: ContestErratum, moment: datetime) -> list[NewEvent]:
    """Object to an erratum, as any body. It has no effect any more."""
    erratum = _find(plan, command.erratum)
    require_single(plan, sent.on_behalf_of)
    if sent.on_behalf_of is None:
        raise Refused("body_needed")
    event = ErratumContested(erratum=erratum.id, reason=command.reason)
    return [NewEvent(event, _moment(plan, erratum), erratum.visibility)]


def _find(plan: Plan, name: str) -> Erratum:
    erratum = plan.errata.get(name)
    if erratum is None:
        raise Refused("unknown_erratum")
    if erratum.status == "contested":
        raise Refused("erratum_was_contested", erratum=erratum.id)
    return erratum


def _moment(plan: Plan, erratum: Erratum) -> datetime:
    entry = plan.find_entry(erratum.entry)
    assert entry is not None  # the entry of an erratum has a subject
    return entry.effective_at


def _present_value(plan: Plan, entry: Entry, item: str | None, field: str) -> Any:
    """The value of a field of an entry, with the earlier errata applied."""
    if item is None:
        return stated_value(with_errata(entry, plan.errata_on(entry.version)).event, None, field)
    same = [one for one in plan.errata_on(entry.version) if (one.item, one.field) == (item, field) and one.in_effect]
    return same[-1].should_say if same else stated_value(entry.event, item, field)


def _corrected_value(plan: Plan, sent: CommandEnvelope, entry: Entry, command: RecordErratum) -> Any:
    """The right value in its normal form. Raises ``Refused`` if it is not valid or gives the plan a fault."""
    item, field = command.item, command.field
    place: str = item or f"entry {entry.version}"
    try:
        if item is None:
            event = with_field_value(entry.event, None, field, command.should_say)
            _require_valid_when_recorded(plan, sent, entry, event)
            return field_value(event, None, field)
        definition = with_field_value(plan.defined, item, field, command.should_say)
    except ValidationError as error:
        raise because_of("bad_value", explain(error)[0], item=place, field=field) from None
    if not is_superseded(plan, entry.version, item, field.split(".")[0]) and (faults := check(definition).faults):
        raise because_of("breaks_the_plan", faults[0])
    return field_value(definition, item, field)


def _matches(plan: Plan, entry: Entry, command: RecordErratum, says: Any) -> bool:
    """Whether the value that the sender expects in the entry is the one there, in whatever form it was written."""
    whole = entry.event if command.item is None else plan.defined
    try:
        normal = field_value(
            with_field_value(whole, command.item, command.field, command.says), command.item, command.field
        )
    except ValidationError:
        return False
    return bool(says in (command.says, normal))


def _require_valid_when_recorded(plan: Plan, sent: CommandEnvelope, entry: Entry, event: Event) -> None:
    """Require that the corrected event meets the rules that applied when the entry was recorded."""
    match event:
        case ProgressReported(status=str() as status, item=item):
            scale = plan.scale_at(entry.version)
            if status not in scale:
                raise Refused("unknown_status", given=status, words=", ".join(scale))
            require_done(plan, item, scale[status], proven=bool(event.evidence))
            require_as_at(plan, sent, event.as_at)
        case ProgressReported(as_at=day) | IndicatorMeasured(as_at=day):
            require_as_at(plan, sent, day)
        case _:
            pass


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"sealed"}


# --- effects on the state -------------------------------------------------------------------------------------------


def _withdrawn_by_its_writer(plan: Plan, erratum: Erratum, entries: list[Entry]) -> Erratum:
    """An erratum has no effect if the body that it was entered for contests it."""
    return erratum if plan.stands(erratum.version) else replace(erratum, contested_by=erratum.body)


@fact("errata", "erratum", of=(ErratumRecorded, ErratumConfirmed, ErratumContested), finish=_withdrawn_by_its_writer)
def erratum(plan: Plan, so_far: Erratum | None, entry: Entry) -> Erratum | None:
    """An erratum, with the bodies that confirmed or contested it."""
    match entry.event:
        case ErratumRecorded() as event:
            return Erratum(
                id=event.erratum,
                version=entry.version,
                body=entry.on_behalf_of,
                source=entry.source,
                recorded_at=entry.recorded_at,
                visibility=entry.visibility,
                entry=event.entry,
                waits=event.waits,
                **statement_fields(FieldFix, event),
            )
        case ErratumConfirmed() if so_far is not None:
            return replace(so_far, confirmed_by=entry.on_behalf_of)
        case ErratumContested() if so_far is not None:
            return replace(so_far, contested_by=entry.on_behalf_of)
        case _:
            return so_far


@evolves(ErratumRecorded, ErratumConfirmed, ErratumContested)
def erratum_changed(plan: Plan, entry: Entry) -> Plan:
    """Apply the erratum, or take it back."""
    return with_erratum(plan, entry.subject_id, entry.version)
