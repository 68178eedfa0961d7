"""The models of the API's requests and answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.access.permissions import Role


class Shape(BaseModel):
    model_config = ConfigDict(populate_by_name=True)


class FaultShape(Shape):
    """One fault, or one warning."""

    code: str = Field(examples=["unknown_key"])
    path: str = Field(examples=["commitments.0.milestones.2.deu"])
    line: int | None = Field(examples=[20], description="The line of the plan file, from 1.")
    message: str = Field(examples=["deu is not known here. → due?"])


class ProblemShape(Shape):
    """Any answer other than success. The code is stable and meant for programs; the message is for people."""

    code: str = Field(examples=["unknown_plan"])
    message: str
    hint: str | None = None
    faults: list[FaultShape] | None = None


class OutcomeShape(Shape):
    """The outcome of a command."""

    command_id: str = Field(examples=["report-2027-03"])
    outcome: Literal["recorded", "refused", "duplicate", "accepted", "conflict"]
    versions: list[int] = Field(
        examples=[[214]], description="The entries that it led to; for a refusal, the refusal's entry."
    )
    code: str | None = Field(examples=[None], description="Why it was refused.")
    message: str | None = None
    where: str | None = Field(None, description="The URL of the outcome, while the command waits.")


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


class PlanRowShape(Shape):
    model_config = ConfigDict(extra="allow")

    id: str
    version: int
    status: str | None = Field(None, examples=["open"])


class PlansShape(Shape):
    plans: list[PlanRowShape]
    next: str | None = Field(description="Give it as `after` to go on.")


class ContestShape(Shape):
    """A body's word that an entry does not speak for it."""

    body: str
    by: int = Field(examples=[231], description="The entry that says so.")
    recorded_at: str
    successor: str | None = Field(None, description="Who says so in its place, where it has been succeeded since.")


class EntryShape(Shape):
    """An entry of a plan's history. ``data`` is ``{"withheld": class}`` where the reader may not see it."""

    version: int = Field(examples=[214])
    kind: str = Field(examples=["progress_reported"])
    effective_at: str
    recorded_at: str
    actor: str
    role: str
    on_behalf_of: str | None
    source: dict[str, Any] | None
    cycle: int
    phase: str | None
    cause: str | None = Field(
        description="The id of the command that led to it; null for the clock, and where withheld."
    )
    visibility: Literal["public", "partners", "restricted"]
    hash: str = Field(description="The leaf hash, in hex.")
    data: dict[str, Any]
    contested: list[ContestShape] = Field(description="Who contested it since: for them it counts no more.")
    mended: list[dict[str, Any]] = Field(description="The errata in effect on it; `data` is what was recorded.")


class HistoryShape(Shape):
    entries: list[EntryShape]
    next: int | None = Field(description="Give it as `after` to go on.")


class DiffShape(Shape):
    """What changed between two points, with who asked for it and why."""

    before: dict[str, Any] = Field(alias="from")
    to: dict[str, Any]
    changes: list[dict[str, Any]]
    added: list[dict[str, Any]]
    dropped: list[dict[str, Any]]
    statuses: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    contested: list[dict[str, Any]]
    errata: list[dict[str, Any]]
    corrections: list[dict[str, Any]]


class StepShape(EntryShape):
    """An entry of a history told again."""

    entered_afterwards: bool
    changed: dict[str, Any] | None = Field(description="What it made of the plan, as a difference has it.")
    because: list[dict[str, Any]] = Field(description="The entries that led to it: version and kind of each.")
    because_withheld: int


class TraceShape(Shape):
    """The entries that a command led to, those that led to it, and those that came of it."""

    name: str
    because: list[EntryShape]
    entries: list[EntryShape]
    came_of_it: list[EntryShape]
    withheld: int = Field(description="How many more the reader may not see.")


class TokenRequest(Shape):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Observatory, desk 2"])
    roles: list[Role] = Field(min_length=1)
    bodies: list[str] = Field(default=[], max_length=100, examples=[["observatory"]])
    plan: None = Field(None, description="Must be absent: a token is not limited to one plan.")


class TokenMade(Shape):
    token: str = Field(description="The token, shown only in this answer.")
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


class ErasureRequest(Shape):
    """The reason and the authority for an erasure. Both are public and permanent, so they must not contain the name."""

    model_config = ConfigDict(extra="forbid")

    authority: str = Field(min_length=1, max_length=500, examples=["Request 31/2027 under the data protection act"])
    reason: str = Field(min_length=1, max_length=2000, examples=["The person left the office and asked for it"])


class NameErasedShape(Shape):
    actor: str
    tokens_revoked: int = Field(description="Number of tokens revoked by the erasure.")


class RebuiltShape(Shape):
    plans: int


class RecoveredShape(Shape):
    looked_for: int = Field(description="Number of plans whose workflow should run.")
    started: list[str] = Field(description="The plans whose workflow did not run and was started.")


class NudgedShape(Shape):
    nudged: int = Field(description="Number of plans woken.")


class DifferenceShape(Shape):
    """One difference between Temporal and the ledger."""

    code: str = Field(examples=["not_running"])
    message: str
    params: dict[str, str]


class ComparedShape(Shape):
    plan: str
    differences: list[DifferenceShape]


class ReconciledShape(Shape):
    plans: list[ComparedShape]
    next: str | None = Field(description="Give it as `after` to go on.")


class ForkRequest(Shape):
    """The reason and the authority for continuing with the ledger as it is now."""

    model_config = ConfigDict(extra="forbid")

    authority: str = Field(min_length=1, max_length=500, examples=["Minutes 14 of the council, 2027-03-02"])
    reason: str = Field(min_length=1, max_length=2000, examples=["The disk failed; the backup of Sunday was restored"])


class ForkedShape(Shape):
    origin: str = Field(description="The former origin. Earlier checkpoints carry it.")
    size: int = Field(description="Size of the last checkpoint with the former origin.")
    root: str
    goes_on_as: str
    authority: str
    reason: str


class KeyRotationRequest(Shape):
    """A new key for the log."""

    model_config = ConfigDict(extra="forbid")

    both_days: int = Field(30, ge=0, le=3650, description="Number of days during which both keys sign.")


class LogKeyShape(Shape):
    key: str = Field(description="C2SP signed-note: origin, id and key.")
    since: str
    replaces: str | None
    both_until: str | None


class LogKeysShape(Shape):
    keys: list[LogKeyShape]


class GatewayKeyShape(Shape):
    id: str
    public_key: str = Field(description="Ed25519, 32 bytes in hex.")
    since: str
    retired_at: str | None


class GatewayKeysShape(Shape):
    keys: list[GatewayKeyShape]


class CheckedShape(Shape):
    name: str
    ok: bool
    detail: str
    hint: str | None


class DoctorShape(Shape):
    checks: list[CheckedShape]


class HealthShape(Shape):
    status: Literal["ok"]
