"""The public log: checkpoints, tiles (C2SP tlog-tiles), witness requests, and the log's keys. Needs no token.

It has hashes only. A reader who has an entry can prove that it is in the log; others learn only the number of entries.
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
"""The highest tile level: no log will have 256^8 entries."""


@router.get(
    "/checkpoint",
    operation_id="read_checkpoint",
    summary="The newest checkpoint of the log, signed",
    response_class=PlainTextResponse,
)
async def newest(gateway: GatewayDep) -> Response:
    """C2SP tlog-checkpoint: origin, size, root and signatures. Needs no token."""
    return _text(await published.newest(gateway.pool))


@router.get(
    "/checkpoint/{size}",
    operation_id="read_old_checkpoint",
    summary="An earlier checkpoint",
    response_class=PlainTextResponse,
)
async def of_size(size: int, gateway: GatewayDep) -> Response:
    """Every published checkpoint is kept."""
    return _text(await published.of_size(gateway.pool, size) if 0 < size < 2**63 else None)


@router.get(
    "/add-checkpoint/{old}",
    operation_id="read_witness_request",
    summary="The request to a witness whose last cosigned checkpoint has `old` entries",
    response_class=PlainTextResponse,
)
async def witness_request(old: int, gateway: GatewayDep) -> Response:
    """The body of ``add-checkpoint`` (C2SP tlog-witness), for witnesses that fetch it or get it as a file."""
    found = await cosigning.request(gateway.pool, old) if 0 <= old < 2**63 else None
    return _text(found.encoded() if found else None)


@router.post(
    "/checkpoint/{size}/cosignatures",
    operation_id="bring_cosignatures",
    summary="Submit cosignatures on a checkpoint",
    status_code=204,
    response_class=Response,
)
async def cosignatures(size: int, request: Request, gateway: GatewayDep) -> Response:
    """Signature lines (C2SP tlog-cosignature). Needs no token: only signatures of known witnesses are kept."""
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
    async with open_pool(gateway.settings.database_url, "sealer", max_size=1) as sealer_pool:
        await cosigning.keep(sealer_pool, checkpoint, found)
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
    """C2SP signed-note verifier keys, one per line, the current one first. Compare them with another source."""
    identity = await identify(gateway.pool)
    keys = [one.key for one in await introduced(gateway.pool) if identity and one.key.startswith(identity.origin + "+")]
    return _text("".join(f"{one}\n" for one in reversed(keys)).encode())


def _text(note: bytes | None) -> Response:
    if not note:
        raise ApiProblem(404, "nothing_sealed")
    return Response(note, media_type="text/plain; charset=utf-8")
