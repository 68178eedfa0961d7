"""The state that a plan's entries lead to, as bytes that anybody can compare."""

import json
from collections.abc import Iterable

from audit.verify import Broken, Unclear
from domain import PLAN
from domain.port import UnknownKind
from ledger.canonical import canonical
from ledger.envelope import open_entry


def fold(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The state after these envelopes and data, in canonical JSON: equal states, equal bytes.

    Raises `Unclear` for a kind that this code does not know, `Broken` for what is no entry of a plan.
    """
    state = PLAN.empty
    for envelope, data in entries:
        try:
            entry = open_entry(envelope.decode(), data.decode(), PLAN.read)
        except UnknownKind as unknown:
            raise Unclear("newer", kind=unknown.kind) from None
        except (ValueError, LookupError, TypeError):
            raise Broken("bad_data", plan=_said(envelope, "plan"), version=_said(envelope, "version")) from None
        state = PLAN.evolve(state, entry)
    return canonical(PLAN.dump(state))


def _said(envelope: bytes, name: str) -> str:
    return str(json.loads(envelope).get(name))[:80]
