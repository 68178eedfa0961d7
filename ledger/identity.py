"""Which ledger this is: its origin, which stands in every signature, and who may read it."""

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Identity:
    origin: str
    min_reader: int
    """The oldest version of this code that can read every kind in the ledger."""
    mode: Mode
    """In a rehearsal time may be skipped; nothing of it is ever sealed."""


async def establish(pool: Pool, origin: str, mode: Mode) -> Identity:
    """Names a new ledger, or makes sure that it is the one named. Idempotent. Raises `OtherLedger`."""
    await pool.execute(
        "INSERT INTO ledger.identity (origin, mode) VALUES ($1, $2) ON CONFLICT DO NOTHING", origin, mode
    )
    row = await pool.fetchrow("SELECT origin, min_reader, mode FROM ledger.identity")
    found = Identity(**dict(row)) if row else None
    assert found is not None  # just inserted, or there before
    if (found.origin, found.mode) != (origin, mode):
        raise OtherLedger(found, origin, mode)
    return found
