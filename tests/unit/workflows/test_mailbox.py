"""The mailbox takes anything, keeps outlines, and believes nothing but a well-formed number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from activities.contract import CommandSignal, PlanRun, ReceivedSignal
from workflows.mailbox import Mailbox, carried, outline


def json_plain(data: bytes) -> RawValue:
    return RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data))


payloads = st.builds(
    lambda encoding, data: RawValue(Payload(metadata={"encoding": encoding}, data=data)),
    st.binary(max_size=30) | st.just(b"json/plain"),
    st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "replace")),
)


@given(st.text(max_size=200), st.lists(payloads, max_size=4))
def test_an_outline_is_small_ascii_and_always_made(name: str, args: list[RawValue]) -> None:
    made = outline(name, args)
    assert made.name.isascii()
    assert made.name.isprintable()
    assert len(made.name) <= 100
    assert len(made.model_dump_json()) < 400
    assert carried(args) == ()


def test_a_well_formed_knock_gives_its_number() -> None:
    assert outline("propose", [json_plain(CommandSignal(command="c", number=7).model_dump_json().encode())]).number == 7


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{"command":"c","number":-1}',
        b'{"command":"c","number":9223372036854775808}',
        b'{"command":"c","number":' + b"9" * 900 + b"}",
        b'{"command":"c","number":1,"body":"x"}',
        b'{"command":"' + b"x" * 1_100 + b'","number":1}',
        b"[" * 1_000,
        b"\xff",
    ],
)
def test_whatever_else_is_said_gives_no_number(data: bytes) -> None:
    assert outline("propose", [json_plain(data)]).number is None


def test_another_encoding_or_a_second_argument_gives_no_number() -> None:
    knock = CommandSignal(command="c", number=7).model_dump_json().encode()
    assert outline("propose", [RawValue(Payload(metadata={"encoding": b"binary/plain"}, data=knock))]).number is None
    assert outline("propose", [json_plain(knock), json_plain(knock)]).number is None


def test_a_bare_wake_is_forgotten_once_looked_after() -> None:
    mailbox = Mailbox()
    for _ in range(10_000):
        mailbox.receive("wake", [])
    assert mailbox.waiting
    assert len(mailbox) == 0
    assert mailbox.oldest(100) == ()
    assert not mailbox.waiting


def test_arrivals_stay_in_order_until_they_have_been_told() -> None:
    mailbox = Mailbox()
    for name in ("a", "b", "c"):
        mailbox.receive(name, [])
    told = mailbox.oldest(2)
    mailbox.receive("d", [])
    mailbox.drop(len(told))
    assert [arrival.name for arrival in told] == ["a", "b"]
    assert [arrival.name for arrival in mailbox.oldest(100)] == ["c", "d"]


def test_the_oldest_is_stripped_to_its_digest_and_then_forgotten() -> None:
    mailbox = Mailbox(
        [ReceivedSignal(name="poison", size=3, sha256="00", number=5), ReceivedSignal(name="b", size=0, sha256="11")]
    )
    mailbox.strip_oldest()
    assert mailbox.oldest(1) == (ReceivedSignal(name="", size=3, sha256="00"),)
    mailbox.strip_oldest()
    assert [arrival.name for arrival in mailbox.oldest(2)] == ["b"]


def test_a_run_takes_over_what_the_one_before_it_carried() -> None:
    arrivals = (ReceivedSignal(name="a", size=0, sha256="00"),)
    assert carried([json_plain(PlanRun(arrivals=arrivals).model_dump_json().encode())]) == arrivals
