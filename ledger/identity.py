"""The ledger's identity: its origin (part of every signature), its mode, and the oldest reader that it lets in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain import PLAN
from ledger.connection import Pool, Queryable

LedgerMode = Literal["live", "rehearsal"]

CLOCKS_APART: Final = timedelta(seconds=60)
"""Most difference between a program's clock and the database clock. Beyond it the program writes nothing: one skipped
year would record a year of missing answers."""


class OtherLedger(Exception):
    """The database contains another ledger than the settings name."""

    code = "other_ledger"

    def __init__(self, found: "Identity", origin: str, mode: LedgerMode) -> None:
        super().__init__(
            f"The database holds the {found.mode} ledger {found.origin}, "
            f"but the settings name the {mode} ledger {origin}. "
            "Set RUMBO_ORIGIN and RUMBO_MODE to what the database holds, or use another database."
        )


class NewerLedger(Exception):
    """The ledger may contain entries that this program cannot read, so it decides nothing."""

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
    """The oldest reader generation (`domain.PLAN.reader`) let in. Entries that need a newer one are not yet written."""
    mode: LedgerMode
    """In a rehearsal time may be skipped, and no checkpoint is ever signed."""

    def forks_of(self, origin: str) -> int | None:
        """How many forks led from ``origin`` to this ledger: 0 for the same origin, 1 for ``origin/2``.

        ``None`` if this ledger does not descend from ``origin``.
        """
        if self.origin == origin:
            return 0
        start, _, number = self.origin.rpartition("/")
        return int(number) - 1 if start == origin and number.isdecimal() and int(number) > 1 else None


async def establish(pool: Pool, origin: str, mode: LedgerMode, reader: int = PLAN.reader) -> Identity:
    """Name a new ledger, or check that an existing one has this name. Idempotent.

    Raises `OtherLedger`, `NewerLedger`.
    """
    await pool.execute(
        "INSERT INTO ledger.identity (origin, mode, min_reader) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        origin, mode, reader,
    )  # fmt: skip
    found = await identify(pool)
    assert found is not None  # just inserted, or present before
    if found.forks_of(origin) is None or found.mode != mode:
        raise OtherLedger(found, origin, mode)
    if found.min_reader > reader:
        raise NewerLedger(found.min_reader, reader)
    return found


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins under which commands of this ledger were signed: the present one, and those before a fork."""

    present: str
    former: tuple[tuple[str, datetime], ...]
    """Each with the moment at which its fork was found."""

    def at(self, moment: datetime) -> list[str]:
        """The origins that a command accepted at a moment may be signed with, allowing for `CLOCKS_APART`."""
        return [self.present, *(origin for origin, until in self.former if moment <= until + CLOCKS_APART)]


async def origins(pool: Pool, identity: Identity) -> Origins:
    """The origins now. ``identity`` is the one read at program start."""
    rows = await pool.fetch(
        """SELECT i.origin AS present, f.origin, f.found_at FROM ledger.identity i
           LEFT JOIN ledger.forks f ON f.origin <> i.origin"""
    )
    former = tuple((row["origin"], row["found_at"]) for row in rows if row["origin"])
    return Origins(rows[0]["present"] if rows else identity.origin, former)


async def identify(ledger: Queryable) -> Identity | None:
    """The identity of the ledger in this database; ``None`` before `establish`."""
    row = await ledger.fetchrow("SELECT origin, min_reader, mode FROM ledger.identity")
    return Identity(**dict(row)) if row else None
