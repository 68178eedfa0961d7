"""The mailbox buffers any signal in outline, and takes a command number only from a well-formed one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from activities.contract import CommandSignal, PlanRun, ReceivedSignal
from workflows.mailbox import Mailbox, carried_signals, outline


def json_plain(data: bytes) -> RawValue:
    return RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data))


payloads = st.builds(
    lambda encoding, data: RawValue(Payload(metadata={"encoding": encoding}, data=data)),
    st.binary(max_size=30) | st.just(b"json/plain"),
    st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "replace")),
)


@given(st.text(max_size=200), st.lists(payloads, max_size=4))
def test_any_signal_has_a_small_printable_ascii_outline(name: str, args: list[RawValue]) -> None:
    made = outline(name, args)
    assert made.name.isascii()
    assert made.name.isprintable()
    assert len(made.name) <= 100
    assert len(made.model_dump_json()) < 400
    assert carried_signals(args) == ()


def test_a_well_formed_command_signal_has_its_number() -> None:
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
def test_a_malformed_command_signal_has_no_number(data: bytes) -> None:
    assert outline("propose", [json_plain(data)]).number is None


def test_a_signal_with_another_encoding_or_a_second_argument_has_no_number() -> None:
    signal = CommandSignal(command="c", number=7).model_dump_json().encode()
    assert outline("propose", [RawValue(Payload(metadata={"encoding": b"binary/plain"}, data=signal))]).number is None
    assert outline("propose", [json_plain(signal), json_plain(signal)]).number is None


def test_a_bare_wake_sets_a_flag_that_the_next_look_clears() -> None:
    mailbox = Mailbox()
    for _ in range(10_000):
        mailbox.receive("wake", [])
    assert mailbox.waiting
    assert len(mailbox) == 0
    assert mailbox.oldest(100) == ()
    assert not mailbox.waiting


def test_signals_stay_in_order_until_they_are_dropped() -> None:
    mailbox = Mailbox()
    for name in ("a", "b", "c"):
        mailbox.receive(name, [])
    taken = mailbox.oldest(2)
    mailbox.receive("d", [])
    mailbox.drop(len(taken))
    assert [signal.name for signal in taken] == ["a", "b"]
    assert [signal.name for signal in mailbox.oldest(100)] == ["c", "d"]


def test_a_run_takes_over_the_signals_of_the_run_before_it_signals() -> None:
    signals = (ReceivedSignal(name="a", size=0, sha256="00"),)
    assert carried_signals([json_plain(PlanRun(arrivals=signals).model_dump_json().encode())]) == signals
