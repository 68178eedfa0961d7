"""The system stream: entries about the ledger itself rather than a plan, such as the keys that sign.

Its name is ``_ledger``, which no plan can have. Its events belong to the ledger, not to the domain; envelope, hashes
and chain are those of every other stream.
"""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, Literal

from pydantic import AwareDatetime, TypeAdapter

from domain.kernel.entry import Entry
from domain.kernel.event import Event
from domain.port import UnknownKind
from ledger import log
from ledger.appender import Appender, Conflict, Write
from ledger.connection import Pool
from ledger.envelope import encode_entry
from ledger.log import StreamHead

STREAM: Final = "_ledger"
ACTOR: Final = "ledger"
"""Actor and role of entries in this stream."""


class GatewayKeyIntroduced(Event):
    kind: Literal["gateway_key_introduced"] = "gateway_key_introduced"
    key_id: str
    public_key: str
    """Ed25519, 32 bytes in hex."""


class GatewayKeyRetired(Event):
    kind: Literal["gateway_key_retired"] = "gateway_key_retired"
    key_id: str


class LogKeyIntroduced(Event):
    """A key that signs the log's checkpoints from now on."""

    kind: Literal["log_key_introduced"] = "log_key_introduced"
    key: str
    """C2SP signed-note: ``origin+id+key``."""
    replaces: str | None = None
    """The key that it replaces."""
    both_until: AwareDatetime | None = None
    """Until then both keys sign each checkpoint."""


class LogForked(Event):
    """The ledger did not extend its last signed checkpoint, and continues under another origin."""

    kind: Literal["log_forked"] = "log_forked"
    origin: str
    """The origin that ends here."""
    size: int
    """Size of the last checkpoint under that origin. Some of its entries are not in this ledger."""
    root: str
    """Root of that checkpoint, 32 bytes in hex."""
    goes_on_as: str
    authority: str
    reason: str


class NameErased(Event):
    """The name of one actor was erased. The entry does not contain the actor's id, because this stream is public."""

    kind: Literal["name_erased"] = "name_erased"
    authority: str
    reason: str


LedgerEvent = GatewayKeyIntroduced | GatewayKeyRetired | LogKeyIntroduced | LogForked | NameErased

_KINDS: Final[dict[str, TypeAdapter[LedgerEvent]]] = {
    "gateway_key_introduced": TypeAdapter(GatewayKeyIntroduced),
    "gateway_key_retired": TypeAdapter(GatewayKeyRetired),
    "log_key_introduced": TypeAdapter(LogKeyIntroduced),
    "log_forked": TypeAdapter(LogForked),
    "name_erased": TypeAdapter(NameErased),
}


def read(kind: str, schema: int, data: str | bytes) -> Event:
    """Parse an event of the system stream. Raises ``domain.port.UnknownKind``."""
    known = _KINDS.get(kind)
    if known is None or schema != 1:
        raise UnknownKind(kind, schema)
    return known.validate_json(data)


async def entries(pool: Pool) -> AsyncIterator[Entry]:
    """All entries of the stream, in order. Raises ``UnknownKind`` at an entry of an unknown kind."""
    async for one in log.entries(pool, STREAM):
        yield one.decode(read)


async def append(appender: Appender, head: StreamHead, event: LedgerEvent, now: datetime) -> bool:
    """Append after ``head``. ``False`` on a conflict: then read the stream again and check that it is still needed."""
    entry = Entry(
        plan=STREAM,
        version=head.version + 1,
        id=str(uuid.uuid4()),
        kind=event.kind,
        schema=event.SCHEMA,
        actor=ACTOR,
        role=ACTOR,
        on_behalf_of=None,
        source=None,
        effective_at=now,
        recorded_at=now,
        cycle=0,
        phase=None,
        cause=None,
        visibility="public",
        event=event,
    )
    leaf = encode_entry(entry, event.model_dump(mode="json"), head.last_hash)
    answer = await appender.append(
        Write(plan=STREAM, expected_version=head.version, prev=head.last_hash, entries=[leaf])
    )
    assert not isinstance(answer, Conflict) or answer.reason == "version"
    return not isinstance(answer, Conflict)
