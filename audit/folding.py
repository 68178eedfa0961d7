"""Folds a plan's entries to its state as canonical bytes, so that two states can be compared."""

from collections.abc import Iterable

from audit.verify import Unclear
from domain import PLAN
from domain.port import UnknownKind
from ledger.canonical import canonical
from ledger.envelope import decode_entry


def fold(plan: str, entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The state after these envelopes and data, in canonical JSON: equal states give equal bytes.

    Raises `Unclear` for an unknown kind, and for an entry that no ledger of ours can have recorded.
    """
    state, version = PLAN.empty, 0
    try:
        for version, (envelope, data) in enumerate(entries, 1):
            # Decoded now: a file from elsewhere may hold an event that cannot be read.
            entry = decode_entry(plan, version, envelope.decode(), data.decode(), PLAN.read).decoded()
            state = PLAN.evolve(state, entry)
        return canonical(PLAN.dump(state))
    except UnknownKind as unknown:
        raise Unclear("newer", kind=unknown.kind) from None
    except Exception:
        # Every entry of our own ledger can be folded. A file from elsewhere may be malformed in any way.
        raise Unclear("odd_entry", plan=plan[:80], version=version) from None
