"""Which ledger this is: its origin, which stands in every signature, and who may read it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain import PLAN
from ledger.connection import Pool, Queryable

LedgerMode = Literal["live", "rehearsal"]

CLOCKS_APART: Final = timedelta(seconds=60)
"""How far a program's clock may be from Postgres'. One that is farther off writes nothing: a skipped year would record
that nobody answered in it."""


class OtherLedger(Exception):
    """The database holds another ledger than the settings name."""

    code = "other_ledger"

    def __init__(self, found: "Identity", origin: str, mode: LedgerMode) -> None:
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
    mode: LedgerMode
    """In a rehearsal time may be skipped; nothing of it is ever sealed."""

    def forks_of(self, origin: str) -> int | None:
        """How often the ledger of this origin was forked to become this one (``origin/2`` once); ``None`` if never."""
        if self.origin == origin:
            return 0
        start, _, number = self.origin.rpartition("/")
        return int(number) - 1 if start == origin and number.isdecimal() and int(number) > 1 else None


async def establish(pool: Pool, origin: str, mode: LedgerMode, reader: int = PLAN.reader) -> Identity:
    """Names a new ledger, or makes sure that it is the one named. Idempotent. Raises `OtherLedger`, `NewerLedger`."""
    await pool.execute(
        "INSERT INTO ledger.identity (origin, mode, min_reader) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        origin, mode, reader,
    )  # fmt: skip
    found = await identify(pool)
    assert found is not None  # just inserted, or there before
    if found.forks_of(origin) is None or found.mode != mode:
        raise OtherLedger(found, origin, mode)
    if found.min_reader > reader:
        raise NewerLedger(found.min_reader, reader)
    return found


@dataclass(frozen=True, slots=True)
class Origins:
    """Under which origins the ledger's commands were signed: the present one, and those given up after a fork."""

    present: str
    former: tuple[tuple[str, datetime], ...]

    def at(self, moment: datetime) -> list[str]:
        """Those under which a command accepted at a moment may be signed; clocks may be off by `CLOCKS_APART`."""
        return [self.present, *(origin for origin, until in self.former if moment <= until + CLOCKS_APART)]


async def origins(pool: Pool, identity: Identity) -> Origins:
    """As they are now; ``identity`` as it was when the program began."""
    rows = await pool.fetch(
        """SELECT i.origin AS present, f.origin, f.found_at FROM ledger.identity i
           LEFT JOIN ledger.forks f ON f.origin <> i.origin"""
    )
    former = tuple((row["origin"], row["found_at"]) for row in rows if row["origin"])
    return Origins(rows[0]["present"] if rows else identity.origin, former)


async def identify(ledger: Queryable) -> Identity | None:
    """Which ledger the database holds; ``None`` before anybody has named it."""
    row = await ledger.fetchrow("SELECT origin, min_reader, mode FROM ledger.identity")
    return Identity(**dict(row)) if row else None
