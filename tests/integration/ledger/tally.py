"""A domain as small as can be: it counts. What the ledger promises it promises to any port."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from domain.kernel.entry import Entry
from domain.kernel.event import Event
from ledger.appender import Appender, Conflict, Write, Written
from ledger.envelope import ZERO_HASH, EncodedEntry, encode_entry
from ledger.outcomes import Outcome
from ledger.sealed import SealedValue

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Counted(Event):
    kind: Literal["counted"] = "counted"
    amount: int
    said: str | dict[str, str] | None = None


@dataclass(frozen=True)
class Tally:
    version: int = 0
    total: int = 0
    amounts: tuple[int, ...] = ()


class TallyPort:
    empty = Tally()

    def read(self, kind: str, schema: int, data: str | bytes) -> Event:
        return Counted.model_validate(json.loads(data))

    def evolve(self, plan: Tally, entry: Entry) -> Tally:
        assert isinstance(entry.event, Counted)
        amount = entry.event.amount
        return Tally(entry.version, plan.total + amount, (*plan.amounts, amount))


PORT = TallyPort()


def counted(
    plan: str, version: int, amount: int = 1, *, said: str | dict[str, str] | None = None, command: str | None = None,
    effective: timedelta = timedelta(), recorded: timedelta = timedelta(),
) -> Entry:  # fmt: skip
    return Entry(
        plan=plan,
        version=version,
        id=str(uuid.uuid4()),
        kind="counted",
        schema=1,
        actor="ana",
        role="partner",
        on_behalf_of="treasury",
        source=None,
        effective_at=NOON + effective,
        recorded_at=NOON + recorded,
        cycle=1,
        phase="action",
        cause=command,
        visibility="public",
        event=Counted(amount=amount, said=said),
    )


def leaves(entries: Sequence[Entry], prev: bytes = ZERO_HASH) -> list[EncodedEntry]:
    made: list[EncodedEntry] = []
    for entry in entries:
        leaf = encode_entry(entry, entry.event.model_dump(mode="json", exclude_none=True), prev)
        made.append(leaf)
        prev = leaf.hash
    return made


def write(
    plan: str, version: int = 0, prev: bytes = ZERO_HASH, amounts: Sequence[int] = (1,), *, command: str | None = None,
    handled: Sequence[int] = (), sealed_values: Sequence[SealedValue] = (), summary: Mapping[str, Any] | None = None,
    said: str | dict[str, str] | None = None,
) -> Write:  # fmt: skip
    """Entries that count ``amounts``, after ``version``, and the outcome of ``command``."""
    numbered = list(enumerate(amounts, version + 1))
    return Write(
        plan=plan,
        expected_version=version,
        prev=prev,
        entries=leaves([counted(plan, n, amount, said=said, command=command) for n, amount in numbered], prev),
        outcomes=[
            Outcome(actor="ana", command=command, outcome="recorded", versions=tuple(n for n, _ in numbered))
        ] if command else [],
        handled=handled,
        sealed_values=sealed_values,
        summary=summary,
    )  # fmt: skip


async def append(appender: Appender, one: Write) -> Written:
    """Appends what must fit."""
    answer = await appender.append(one)
    assert not isinstance(answer, Conflict), answer
    return answer
