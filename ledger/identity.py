"""Which ledger this is: its origin, which stands in every signature, and who may read it."""

from dataclasses import dataclass
from typing import Literal

from domain import PLAN
from ledger.connection import Pool

Mode = Literal["live", "rehearsal"]


class OtherLedger(Exception):
    """The database holds another ledger than the settings name."""

    code = "other_ledger"

    def __init__(self, found: "Identity", origin: str, mode: Mode) -> None:
        super().__init__(
            f"The database holds the {found.mode} ledger {found.origin}, "
            f"but the settings name the {mode} ledger {origin}. "
            "Set RUMBO_ORIGIN and RUMBO_MODE to what the database holds, or use another database."
        )


class NewerLedger(Exception):
    """The ledger may hold entries that this code cannot read, so it decides nothing."""

    code = "ledger_newer_than_code"

    def __init__(self, wanted: int, reader: int) -> None:
        super().__init__(
            f"The ledger asks for programs that read entries of generation {wanted}; this one reads up to {reader}. "
            "Run the version of Rumbo that raised it, or a later one."
        )


@dataclass(frozen=True, slots=True)
class Identity:
    origin: str
    min_reader: int
    """The oldest reader (`domain.PLAN.reader`) that is let in: entries that need a newer one are not written yet."""
    mode: Mode
    """In a rehearsal time may be skipped; nothing of it is ever sealed."""


async def establish(pool: Pool, origin: str, mode: Mode, reader: int = PLAN.reader) -> Identity:
    """Names a new ledger, or makes sure that it is the one named. Idempotent. Raises `OtherLedger`, `NewerLedger`."""
    await pool.execute(
        "INSERT INTO ledger.identity (origin, mode, min_reader) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        origin, mode, reader,
    )  # fmt: skip
    found = await identify(pool)
    assert found is not None  # just inserted, or there before
    if (found.origin, found.mode) != (origin, mode):
        raise OtherLedger(found, origin, mode)
    if found.min_reader > reader:
        raise NewerLedger(found.min_reader, reader)
    return found


async def identify(pool: Pool) -> Identity | None:
    """Which ledger the database holds; ``None`` before anybody has named it."""
    row = await pool.fetchrow("SELECT origin, min_reader, mode FROM ledger.identity")
    return Identity(**dict(row)) if row else None
