"""What is sealed, opened for whoever may see it, at the moment of reading: nothing of it is kept or written down.

    {"sealed": digest}                     as it stands in the record, and where it cannot be opened here
    {"sealed": digest, "opened": value}    for those who may see what is restricted; the digest is that of the value
    {"sealed": digest, "erased": true}     it was erased, and nobody opens it again

Answers to a reader are unsealed last, as JSON. Exports, bundles and pages that are letters to others never are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain import PLAN
from domain.plan import Plan
from gateway.access.callers import Caller
from gateway.state import GatewayState
from ledger.sealed import CommandRef, erased_commands, seal_digests, unseal

View = dict[str, Any]


async def unseal_entries(gateway: GatewayState, caller: Caller, plan: str, views: Sequence[View]) -> list[View]:
    """Entries as `audit.history.entry_view` has them, what is sealed in them opened where the reader may see it."""
    standing: defaultdict[CommandRef, set[str]] = defaultdict(set)
    for view in views:
        if digests := set(seal_digests(view)):
            standing[view["actor"], view["cause"]] |= digests
    unsealed: list[View] = _beside(list(views), await _found(gateway, caller, plan, standing))
    return unsealed


async def unseal_state(gateway: GatewayState, caller: Caller, plan: Plan, view: View) -> View:
    """A view of a plan's state, or of a part of it, what is sealed in it opened where the reader may see it."""
    wanted = set(seal_digests(view))
    standing = {cause: here for cause, digests in _sealed_in(plan) if (here := digests & wanted)} if wanted else {}
    unsealed: View = _beside(view, await _found(gateway, caller, plan.id, standing))
    return unsealed


def _sealed_in(plan: Plan) -> Iterator[tuple[CommandRef, set[str]]]:
    """The seals in what the plan was told, each with the command that it came with."""
    for entry in plan.history.entries():
        if entry.visibility == "restricted" and entry.cause is not None:
            source = entry.source.model_dump(mode="json") if entry.source else None
            yield (entry.actor, entry.cause), set(seal_digests([PLAN.write(entry.event), source]))


async def _found(
    gateway: GatewayState, caller: Caller, plan: str, standing: Mapping[CommandRef, set[str]]
) -> dict[str, dict[str, Any]]:
    """By its digest, what stands beside each seal for this reader."""
    if not standing or "restricted" not in caller.may_see():
        return {}
    values = await unseal(gateway.pool, gateway.keyring, plan, standing)
    found: dict[str, dict[str, Any]] = {digest: {"opened": value} for digest, value in values.items()}
    shut = [cause for cause, digests in standing.items() if not digests <= found.keys()]
    for cause in await erased_commands(gateway.pool, plan, shut) if shut else ():
        found |= {digest: {"erased": True} for digest in standing[cause] - found.keys()}
    return found


def _beside(said: Any, found: Mapping[str, Mapping[str, Any]]) -> Any:
    """JSON with what was found beside each seal in it."""
    if not found:
        return said
    match said:
        case {"sealed": str() as digest} if len(said) == 1:
            return {**said, **found.get(digest, {})}
        case dict():
            return {name: _beside(part, found) for name, part in said.items()}
        case list():
            return [_beside(part, found) for part in said]
        case _:
            return said
