"""Splitting a stream of commands into lines, however the bytes arrive."""

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from gateway.api.stream import numbered_lines


async def _chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line)), st.integers(1, 9))
async def test_lines_do_not_depend_on_how_the_bytes_arrive(said: list[bytes], size: int) -> None:
    found = [line async for line in numbered_lines(_chunks(b"\n".join(said), size), 8)]
    expected = [
        (number, None if len(line) > 8 else line)
        for number, line in enumerate(said, 1)
        if len(line) > 8 or line.strip()
    ]
    assert found == expected
