"""Unseals texts for readers who may see restricted data, at the moment of reading. Nothing unsealed is kept.

    {"sealed": digest}                     as recorded; also where this reader or this gateway cannot unseal it
    {"sealed": digest, "opened": value}    for a reader who may see restricted data; the digest is the value's
    {"sealed": digest, "erased": true}     erased; it can never be unsealed again

Unsealing is the last step of an answer, on its JSON. Exports, bundles and the pages sent to bodies are never unsealed.
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
    """Entries as `audit.history.entry_view` gives them, unsealed as far as the caller may see."""
    sealed: defaultdict[CommandRef, set[str]] = defaultdict(set)
    for view in views:
        if digests := set(seal_digests(view)):
            sealed[view["actor"], view["cause"]] |= digests
    unsealed: list[View] = _merged(list(views), await _additions(gateway, caller, plan, sealed))
    return unsealed


async def unseal_state(gateway: GatewayState, caller: Caller, plan: Plan, view: View) -> View:
    """A view of a plan's state or of a part of it, unsealed as far as the caller may see."""
    wanted = set(seal_digests(view))
    sealed = {cause: here for cause, digests in _sealed_in(plan) if (here := digests & wanted)} if wanted else {}
    unsealed: View = _merged(view, await _additions(gateway, caller, plan.id, sealed))
    return unsealed


def _sealed_in(plan: Plan) -> Iterator[tuple[CommandRef, set[str]]]:
    """The digests of sealed texts in a plan's restricted entries, by the command that brought them."""
    for entry in plan.history.entries():
        if entry.visibility == "restricted" and entry.cause is not None:
            source = entry.source.model_dump(mode="json") if entry.source else None
            yield (entry.actor, entry.cause), set(seal_digests([PLAN.write(entry.event), source]))


async def _additions(
    gateway: GatewayState, caller: Caller, plan: str, sealed: Mapping[CommandRef, set[str]]
) -> dict[str, dict[str, Any]]:
    """By digest, what this reader gets beside the digest: the value, or that it was erased."""
    if not sealed or "restricted" not in caller.may_see():
        return {}
    values = await unseal(gateway.pool, gateway.keyring, plan, sealed)
    found: dict[str, dict[str, Any]] = {digest: {"opened": value} for digest, value in values.items()}
    missing = [cause for cause, digests in sealed.items() if not digests <= found.keys()]
    for cause in await erased_commands(gateway.pool, plan, missing) if missing else ():
        found |= {digest: {"erased": True} for digest in sealed[cause] - found.keys()}
    return found


def _merged(value: Any, additions: Mapping[str, Mapping[str, Any]]) -> Any:
    """JSON in which each sealed value has its additions beside the digest."""
    if not additions:
        return value
    match value:
        case {"sealed": str() as digest} if len(value) == 1:
            return {**value, **additions.get(digest, {})}
        case dict():
            return {name: _merged(part, additions) for name, part in value.items()}
        case list():
            return [_merged(part, additions) for part in value]
        case _:
            return value
