"""What is hashed is the same for every reader, or is not written."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import NotCanonical, canonical
from ledger.envelope import ZERO_HASH, decode_entry, encode_entry, rfc3339
from tests.integration.ledger.tally import PORT, counted

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)  # fmt: skip


@given(JSON)
def test_canonical_bytes_parse_to_the_same_value_and_are_their_own_canonical_form(value: Any) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@given(JSON)
def test_the_fast_path_writes_the_same_bytes_as_the_standard(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    ["\0", "a\0b", "\ud800", "\udfff!", 2**53, -(2**53), float("nan"), float("inf"), b"bytes", {1: "key"}, {1, 2},
     datetime(2026, 1, 1, tzinfo=UTC), _deep(65), _deep(900)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
@pytest.mark.parametrize("place", [lambda value: value, lambda value: {"in": [value]}])
def test_a_value_without_a_canonical_form_is_refused(value: Any, place: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(place(value))


@pytest.mark.parametrize("key", ["\0", "x\0", "\udc00"])
def test_keys_follow_the_same_rules(key: str) -> None:
    with pytest.raises(NotCanonical):
        canonical({"in": {key: 1}})


def test_a_refusal_does_not_repeat_what_it_refuses() -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical({"text": "somebody's name\0"})
    assert str(refused.value) == "text: the character U+0000"


def test_an_encoded_entry_hashes_the_stored_texts_and_decodes_to_the_same_entry() -> None:
    entry = counted("roads", 1, 5, command="c1", said="ñ \u2028 \U0001f6e3")
    leaf = encode_entry(entry, {"kind": "counted", "amount": 5, "said": "ñ \u2028 \U0001f6e3"}, ZERO_HASH)
    said = json.loads(leaf.envelope)
    of_envelope = hashlib.sha256(leaf.envelope.encode()).hexdigest()
    of_data = hashlib.sha256(leaf.salt + leaf.data.encode()).hexdigest()
    lines = f"{entry.plan}\n{entry.version}\n{'0' * 64}\n{of_envelope}\n{of_data}\n"
    assert leaf.hash == hashlib.sha256(b"\0" + lines.encode()).digest()
    assert set(said) == {
        "v", "id", "kind", "schema", "actor", "role", "for", "source", "effective_at", "recorded_at",
        "cycle", "phase", "cause", "visibility",
    }  # fmt: skip
    assert decode_entry(entry.plan, entry.version, leaf.envelope, leaf.data, PORT.read) == entry
    again = encode_entry(entry, {"kind": "counted", "amount": 5}, ZERO_HASH)
    assert again.salt != leaf.salt


def test_equal_moments_are_equal_bytes() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert rfc3339(noon) == "2026-03-02T12:00:00.000000Z"
    assert rfc3339(noon.astimezone(timezone(timedelta(hours=-6)))) == rfc3339(noon)
    with pytest.raises(ValueError, match="time zone"):
        rfc3339(noon.replace(tzinfo=None))
