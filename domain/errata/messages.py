"""Errata: one entry says something that was never meant, and a source that existed before says so."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from domain.kernel.command import Command, EntryName
from domain.kernel.event import Event, Source, Visibility, about
from domain.kernel.record import record
from domain.kernel.refused import refusals
from domain.kernel.statement import Statement
from domain.kernel.text import CommandId, Id, SealableText
from domain.kernel.visibility import SameAsEntry, SameAsFact


class FieldFix(Statement):
    """What one entry says in one field, and what it should have said."""

    item: Id | None = None
    """The part of the plan, where the entry set one: a milestone, an indicator, ``problem``; else left out."""
    field: Annotated[str, Field(max_length=200)]
    says: Any
    should_say: Any

    @model_validator(mode="after")
    def _mends_something(self) -> "FieldFix":
        if self.says == self.should_say:
            raise PydanticCustomError("changes_nothing", "changes nothing")
        if self.says is None or self.should_say is None:
            raise PydanticCustomError("value_needed", "a value is needed")
        return self


@record(frozen=True, slots=True)
class Erratum:
    """What was typed wrongly in one entry, and what it should have said."""

    id: str
    version: int
    """The entry that says so."""
    entry: int
    item: str | None
    """The part of the plan; ``None`` for a field of what was told."""
    field: str
    says: Any
    should_say: Any
    body: str | None
    source: Source | None
    recorded_at: datetime
    visibility: Visibility
    waits: bool
    """Whether it touches a promise, and takes another body's word."""
    confirmed_by: str | None = None
    contested_by: str | None = None

    @property
    def head(self) -> str:
        """The field as a whole, where what it mends lies within it."""
        return self.field.split(".")[0]

    @property
    def status(self) -> Literal["waiting", "in_effect", "contested"]:
        if self.contested_by:
            return "contested"
        return "waiting" if self.waits and not self.confirmed_by else "in_effect"

    @property
    def in_effect(self) -> bool:
        return self.status == "in_effect"


class RecordErratum(Command, FieldFix):
    """Fix what was typed wrongly in an entry. Its id becomes the erratum's; its source is what already said so."""

    command: Literal["record_erratum"] = "record_erratum"
    VISIBILITY = SameAsEntry()
    entry: EntryName
    WORDS = ("source.document", "source.url")


class ConfirmErratum(Command):
    """Confirm an erratum on a promise, which another body wrote."""

    command: Literal["confirm_erratum"] = "confirm_erratum"
    VISIBILITY = SameAsFact("errata", "erratum")
    erratum: CommandId


class ContestErratum(Command):
    """Object to an erratum. What it wanted has to come as a course correction."""

    command: Literal["contest_erratum"] = "contest_erratum"
    VISIBILITY = SameAsFact("errata", "erratum")
    erratum: CommandId
    reason: SealableText
    WORDS = ("reason",)


class ErratumRecorded(Event, FieldFix):
    """An entry says what was never meant. It mends the entry, and takes its time; a promise waits for a second body."""

    kind: Literal["erratum_recorded"] = "erratum_recorded"
    SUBJECT = about("erratum", "erratum")
    ALSO_ABOUT = (about("errata on", "entry"),)
    IS_STATEMENT = True
    IS_GROUND = True
    STAYS_IF_CONTESTED = True
    erratum: CommandId
    entry: int
    waits: bool = False


class ErratumConfirmed(Event):
    kind: Literal["erratum_confirmed"] = "erratum_confirmed"
    SUBJECT = about("erratum", "erratum")
    IS_STATEMENT = True
    erratum: CommandId


class ErratumContested(Event):
    """A body objects to an erratum, which then has no effect."""

    kind: Literal["erratum_contested"] = "erratum_contested"
    SUBJECT = about("erratum", "erratum")
    IS_STATEMENT = True
    erratum: CommandId
    reason: SealableText


refusals(
    {
        "unknown_erratum": "There is no such erratum. `rumbo erratum list` lists them.",
        "erratum_of_erratum": "Entry {entry} is an erratum, and an erratum cannot correct another one. Contest it, or record an erratum on the original entry.",
        "entry_was_contested": "Entry {entry} was contested and no longer counts, so there is nothing to correct in it.",
        "erratum_needs_source": "An erratum needs the source that had it right from the start. Add it. Without such a source, propose a course correction.",
        "cannot_be_mended": "An erratum cannot correct that in entry {entry}. It can correct: {known}. To change the plan itself, propose a course correction.",
        "back_as_correction": "An erratum on entry {entry} was contested, so this one is not taken. Propose a course correction; if the facts have changed, report them anew.",
        "nothing_to_mend": "There is nothing to correct in entry {entry}: the field is empty, or has that value already.",
        "sealed_field": "That field of entry {entry} is sealed, so its value cannot be compared. Record it anew.",
        "says_otherwise": "Entry {entry} has another value there. Look it up with `rumbo history show`, and give the value that it has.",
        "nothing_to_confirm": "The erratum {erratum} needs no confirmation: it changes no commitment, or was confirmed before.",
        "writer_cannot_confirm": "{body} wrote the erratum {erratum}, so another body has to confirm it.",
        "erratum_was_contested": "The erratum {erratum} was contested and has no effect. Propose the change as a course correction.",
    }
)
