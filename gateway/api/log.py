"""The log itself, open to everybody: the newest checkpoint, the tiles beneath it (C2SP tlog-tiles), the log's keys.

Hashes only: who has an entry can find it here, and who has none learns nothing but how many there are.
"""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from audit import published
from audit.log_keys import introduced
from gateway.api.asking import InHouse
from gateway.errors import Problem
from ledger.identity import identify

router = APIRouter(tags=["log"])

_DEEPEST = 7
"""Of a tile's level: 256^8 entries are more than there will be."""


@router.get(
    "/checkpoint",
    operation_id="read_checkpoint",
    summary="The newest checkpoint of the log, signed",
    response_class=PlainTextResponse,
)
async def newest(house: InHouse) -> Response:
    """C2SP tlog-checkpoint: origin, size, root and signatures. Asks for no token."""
    return _text(await published.newest(house.pool))


@router.get(
    "/checkpoint/{size}",
    operation_id="read_old_checkpoint",
    summary="A checkpoint that was published before",
    response_class=PlainTextResponse,
)
async def of_size(size: int, house: InHouse) -> Response:
    """Every one that was published is kept."""
    return _text(await published.of_size(house.pool, size) if 0 < size < 2**63 else None)


@router.get(
    "/tile/{level}/{index:path}",
    operation_id="read_tile",
    summary="Hashes of the log's tree",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def tile(level: int, index: str, house: InHouse) -> Response:
    """C2SP tlog-tiles: up to 256 hashes of 32 bytes; ``x001/x234/067`` is tile 1234067, ``.p/W`` its first W hashes."""
    place = published.tile_path(index)
    found = await published.tile(house.pool, level, *place) if place and 0 <= level <= _DEEPEST else None
    if found is None:
        raise Problem(404, "no_such_tile")
    return Response(found, media_type="application/octet-stream")


@router.get(
    "/key",
    operation_id="read_log_key",
    summary="The keys that sign the log",
    response_class=PlainTextResponse,
)
async def key(house: InHouse) -> Response:
    """C2SP signed-note verification keys, one a line, the one that signs now first. Get them from elsewhere too."""
    identity = await identify(house.pool)
    keys = [one.key for one in await introduced(house.pool) if identity and one.key.startswith(identity.origin + "+")]
    return _text("".join(f"{one}\n" for one in reversed(keys)).encode())


def _text(note: bytes | None) -> Response:
    if not note:
        raise Problem(404, "nothing_sealed")
    return Response(note, media_type="text/plain; charset=utf-8")
