"""Errata: an entry has a typing error, and a source that is older than the entry proves it."""

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
    """The value of one field of one entry, and the value that it should have had."""

    item: Id | None = None
    """A part of the plan that the entry set: a milestone, an indicator, ``problem``; ``None``: the entry itself."""
    field: Annotated[str, Field(max_length=200)]
    says: Any
    should_say: Any

    @model_validator(mode="after")
    def _changes_a_value(self) -> "FieldFix":
        if self.says == self.should_say:
            raise PydanticCustomError("changes_nothing", "changes nothing")
        if self.says is None or self.should_say is None:
            raise PydanticCustomError("value_needed", "a value is needed")
        return self


@record(frozen=True, slots=True)
class Erratum:
    """The state of an erratum."""

    id: str
    version: int
    """The number of the entry that records it."""
    entry: int
    item: str | None
    """The part of the plan; ``None``: a field of the entry itself."""
    field: str
    says: Any
    should_say: Any
    body: str | None
    source: Source | None
    recorded_at: datetime
    visibility: Visibility
    waits: bool
    """Whether it changes a promise, so that another body has to confirm it."""
    confirmed_by: str | None = None
    contested_by: str | None = None

    @property
    def head(self) -> str:
        """The top-level field, of which ``field`` may name a part."""
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
    """Correct a typing error in an entry. The command's id becomes the erratum's; its source had the right value."""

    command: Literal["record_erratum"] = "record_erratum"
    VISIBILITY = SameAsEntry()
    entry: EntryName
    WORDS = ("source.document", "source.url")


class ConfirmErratum(Command):
    """Confirm an erratum of another body on a promise."""

    command: Literal["confirm_erratum"] = "confirm_erratum"
    VISIBILITY = SameAsFact("errata", "erratum")
    erratum: CommandId


class ContestErratum(Command):
    """Object to an erratum. Its change then needs a course correction."""

    command: Literal["contest_erratum"] = "contest_erratum"
    VISIBILITY = SameAsFact("errata", "erratum")
    erratum: CommandId
    reason: SealableText
    WORDS = ("reason",)


class ErratumRecorded(Event, FieldFix):
    """An erratum has the effective time of its entry. On a promise it waits until a second body confirms it."""

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
    """A body objected to an erratum, which has no effect any more."""

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
