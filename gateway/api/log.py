"""The log itself, open to everybody: the newest checkpoint, the tiles beneath it (C2SP tlog-tiles), the log's keys.

Hashes only: who has an entry can find it here, and who has none learns nothing but how many there are.
"""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from audit import cosigning, published
from audit.log_keys import introduced
from audit.verify import LONGEST_NOTE, CheckFailed, parse_checkpoint
from gateway.api.http import GatewayDep, read_body
from gateway.errors import ApiProblem
from ledger.connection import open_pool
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
async def newest(gateway: GatewayDep) -> Response:
    """C2SP tlog-checkpoint: origin, size, root and signatures. Asks for no token."""
    return _text(await published.newest(gateway.pool))


@router.get(
    "/checkpoint/{size}",
    operation_id="read_old_checkpoint",
    summary="A checkpoint that was published before",
    response_class=PlainTextResponse,
)
async def of_size(size: int, gateway: GatewayDep) -> Response:
    """Every one that was published is kept."""
    return _text(await published.of_size(gateway.pool, size) if 0 < size < 2**63 else None)


@router.get(
    "/add-checkpoint/{old}",
    operation_id="read_witness_request",
    summary="What a witness is asked that has seen the first so many entries",
    response_class=PlainTextResponse,
)
async def witness_request(old: int, gateway: GatewayDep) -> Response:
    """The body of ``add-checkpoint`` (C2SP tlog-witness), for witnesses that come by themselves or by file."""
    found = await cosigning.request(gateway.pool, old) if 0 <= old < 2**63 else None
    return _text(found.encoded() if found else None)


@router.post(
    "/checkpoint/{size}/cosignatures",
    operation_id="bring_cosignatures",
    summary="Bring cosignatures on a checkpoint",
    status_code=204,
    response_class=Response,
)
async def cosignatures(size: int, request: Request, gateway: GatewayDep) -> Response:
    """Signature lines (C2SP tlog-cosignature). Asks for no token: taken is what a known witness signed."""
    lines = await read_body(request, LONGEST_NOTE)
    note = await published.of_size(gateway.pool, size) if 0 < size < 2**63 else None
    if note is None:
        raise ApiProblem(404, "nothing_sealed")
    try:
        checkpoint, known = parse_checkpoint(note), cosigning.known_witnesses(gateway.settings.keyring / "log")
        found = cosigning.cosignatures(checkpoint, lines, known)
    except CheckFailed:
        raise ApiProblem(400, "not_a_cosignature") from None
    if not found:
        raise ApiProblem(403, "unknown_witness")
    async with open_pool(gateway.settings.database_url, "sealer", max_size=1) as own:
        await cosigning.keep(own, checkpoint, found)
    return Response(status_code=204)


@router.get(
    "/tile/{level}/{index:path}",
    operation_id="read_tile",
    summary="Hashes of the log's tree",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def tile(level: int, index: str, gateway: GatewayDep) -> Response:
    """C2SP tlog-tiles: up to 256 hashes of 32 bytes; ``x001/x234/067`` is tile 1234067, ``.p/W`` its first W hashes."""
    place = published.tile_path(index)
    found = await published.tile(gateway.pool, level, *place) if place and 0 <= level <= _DEEPEST else None
    if found is None:
        raise ApiProblem(404, "no_such_tile")
    return Response(found, media_type="application/octet-stream")


@router.get(
    "/key",
    operation_id="read_log_key",
    summary="The keys that sign the log",
    response_class=PlainTextResponse,
)
async def key(gateway: GatewayDep) -> Response:
    """C2SP signed-note verification keys, one a line, the one that signs now first. Get them from elsewhere too."""
    identity = await identify(gateway.pool)
    keys = [one.key for one in await introduced(gateway.pool) if identity and one.key.startswith(identity.origin + "+")]
    return _text("".join(f"{one}\n" for one in reversed(keys)).encode())


def _text(note: bytes | None) -> Response:
    if not note:
        raise ApiProblem(404, "nothing_sealed")
    return Response(note, media_type="text/plain; charset=utf-8")
