"""The shapes of the API's answers, for whoever builds on it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel


class Shape(BaseModel):
    model_config = ConfigDict(populate_by_name=True)


class FaultShape(Shape):
    """One thing that is wrong, or (as a warning) missing."""

    code: str = Field(examples=["unknown_key"])
    path: str = Field(examples=["commitments.0.milestones.2.deu"])
    line: int | None = Field(examples=[20], description="The line of the plan file, from 1.")
    message: str = Field(examples=["deu is not known here. → due?"])


class ProblemShape(Shape):
    """Any answer other than success. The code is a promise to programs; the message is for people."""

    code: str = Field(examples=["unknown_plan"])
    message: str
    hint: str | None = None
    faults: list[FaultShape] | None = None


class OutcomeShape(Shape):
    """What became of a command."""

    command_id: str = Field(examples=["report-2027-03"])
    outcome: Literal["recorded", "refused", "duplicate", "accepted", "conflict"]
    versions: list[int] = Field(examples=[[214]], description="The entries it led to, that of its refusal included.")
    code: str | None = Field(examples=[None], description="Why it was refused.")
    message: str | None = None
    where: str | None = Field(None, description="Where the outcome will be, when it was accepted and waits.")


class LineShape(Shape):
    """One line of the answer to a stream of commands."""

    command_id: str | None
    outcome: Literal["recorded", "refused", "duplicate", "accepted", "conflict", "malformed", "not_allowed"]
    line: int = Field(description="The line of the stream, from 1.")
    versions: list[int]
    code: str | None
    message: str | None
    faults: list[FaultShape] | None = None
    where: str | None = None


class StartedShape(OutcomeShape):
    plan: str = Field(examples=["clean-water"])
    warnings: list[FaultShape]


class CheckShape(Shape):
    faults: list[FaultShape]
    warnings: list[FaultShape]


class TokenAsked(Shape):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Observatory, desk 2"])
    roles: list[Literal["operator", "partner", "reviewer", "auditor", "admin"]] = Field(min_length=1)
    bodies: list[str] = Field(default=[], max_length=100, examples=[["observatory"]])
    plan: None = Field(None, description="Tokens are not bound to one plan.")


class TokenMade(Shape):
    token: str = Field(description="Shown this once.")
    id: str
    actor: str


class TokenShape(Shape):
    id: str
    actor: str
    name: str | None
    roles: list[str]
    bodies: list[str]
    created_at: str
    revoked_at: str | None


class TokensShape(Shape):
    tokens: list[TokenShape]


class ErasureAsked(Shape):
    """Why a name is erased, and by whose authority. Both become public and stay: they do not repeat the name."""

    model_config = ConfigDict(extra="forbid")

    authority: str = Field(min_length=1, max_length=500, examples=["Request 31/2027 under the data protection act"])
    reason: str = Field(min_length=1, max_length=2000, examples=["The person left the office and asked for it"])


class NameErasedShape(Shape):
    actor: str
    tokens_revoked: int = Field(description="Tokens that ended by it.")


class RebuiltShape(Shape):
    plans: int


class RecoveredShape(Shape):
    looked_for: int = Field(description="Plans whose loop should be running.")
    started: list[str] = Field(description="Those of them that had none.")


class NudgedShape(Shape):
    nudged: int = Field(description="Plans that were woken.")


class DifferenceShape(Shape):
    """One thing in which Temporal and the ledger do not agree."""

    code: str = Field(examples=["not_running"])
    message: str
    params: dict[str, str]


class ComparedShape(Shape):
    plan: str
    differences: list[DifferenceShape]


class ReconciledShape(Shape):
    plans: list[ComparedShape]
    next: str | None = Field(description="Give it as `after` to go on.")


class ForkAsked(Shape):
    """Why, and by whose authority, the ledger goes on as what it is now."""

    model_config = ConfigDict(extra="forbid")

    authority: str = Field(min_length=1, max_length=500, examples=["Minutes 14 of the council, 2027-03-02"])
    reason: str = Field(min_length=1, max_length=2000, examples=["The disk failed; the backup of Sunday was restored"])


class ForkedShape(Shape):
    origin: str = Field(description="What it was called, and what some checkpoints still say.")
    size: int = Field(description="Of the last checkpoint under that name.")
    root: str
    goes_on_as: str
    authority: str
    reason: str


class RotationAsked(Shape):
    """A new key for the log."""

    model_config = ConfigDict(extra="forbid")

    both_days: int = Field(30, ge=0, le=3650, description="For so many days both keys sign.")


class LogKeyShape(Shape):
    key: str = Field(description="C2SP signed-note: origin, id and key.")
    since: str
    replaces: str | None
    both_until: str | None


class LogKeysShape(Shape):
    keys: list[LogKeyShape]


class CheckedShape(Shape):
    name: str
    ok: bool
    detail: str
    hint: str | None


class DoctorShape(Shape):
    checks: list[CheckedShape]


class HealthShape(Shape):
    status: Literal["ok"]


class JsonSchemaShape(RootModel[dict[str, JsonValue]]):
    """A JSON Schema, draft 2020-12."""
