"""The state that a plan's entries lead to, as bytes that anybody can compare."""

from collections.abc import Iterable

from audit.verify import Unclear
from domain import PLAN
from domain.port import UnknownKind
from ledger.canonical import canonical
from ledger.envelope import decode_entry


def fold(plan: str, entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The state after a plan's envelopes and data, in canonical JSON: equal states, equal bytes.

    Raises `Unclear` for a kind that this code does not know, and for what no ledger of ours can have recorded.
    """
    state, version = PLAN.empty, 0
    try:
        for version, (envelope, data) in enumerate(entries, 1):
            state = PLAN.evolve(state, decode_entry(plan, version, envelope.decode(), data.decode(), PLAN.read))
        return canonical(PLAN.dump(state))
    except UnknownKind as unknown:
        raise Unclear("newer", kind=unknown.kind) from None
    except Exception:
        # Our own ledger records nothing that cannot be folded. Whatever else somebody signs may be wrong in any way.
        raise Unclear("odd_entry", plan=plan[:80], version=version) from None
