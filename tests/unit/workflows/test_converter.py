"""The converter reads what it wrote, keeps garbage inert, and tells nothing of what an exception quotes."""

from collections.abc import Sequence

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter, PayloadCodec
from temporalio.exceptions import ApplicationError

from activities.contract import Agenda
from activities.converter import UNDECODABLE, CannotDecode, SafeConverter, check_converter, data_converter

STEPS = ("_decode_reference_payload_sequence", "_external_retrieve_payload_sequence", "_decode_payload_sequence")


class LostKey(PayloadCodec):
    """A codec that has forgotten how to open what it seals."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"encoding": b"binary/encrypted"}, data=one.SerializeToString()) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        raise KeyError("k1")


async def test_a_worker_whose_converter_reads_its_canary_may_start() -> None:
    await check_converter(data_converter())


async def test_a_worker_without_its_key_may_not_start() -> None:
    with pytest.raises(CannotDecode, match="keys"):
        await check_converter(data_converter(LostKey()))


async def test_a_worker_with_a_converter_that_garbage_can_wedge_may_not_start() -> None:
    with pytest.raises(CannotDecode):
        await check_converter(DataConverter())


@pytest.mark.parametrize("step", STEPS)
def test_the_sdk_still_has_the_step_that_is_overridden(step: str) -> None:
    assert getattr(DataConverter, step) is not getattr(SafeConverter, step)


async def test_what_cannot_be_decoded_stays_whole_and_inert_beside_its_neighbours() -> None:
    converter = data_converter()
    [good] = await converter.encode([Agenda(status="open")])
    bad = Payload(metadata={"encoding": b"json/external-storage-reference"}, data=b"{}")
    inert, kept = await converter._external_retrieve_payload_sequence([bad, good])
    assert inert.metadata["encoding"] == UNDECODABLE
    assert Payload.FromString(inert.data) == bad
    assert kept == good


async def test_a_typed_reader_of_an_inert_payload_gets_an_error() -> None:
    converter = data_converter()
    bad = Payload(metadata={"encoding": b"json/plain", "__temporal_external_storage_reference": b"true"}, data=b"{}")
    [inert] = await converter._decode_reference_payload_sequence([bad])
    with pytest.raises(KeyError):
        converter.payload_converter.from_payload(inert, Agenda)


def test_a_failure_names_the_exceptions_and_quotes_none() -> None:
    failure = Failure()
    try:
        try:
            Agenda.model_validate({"status": "the secret"})
        except ValueError as error:
            raise ConnectionError("another secret") from error
    except ConnectionError as error:
        converter = data_converter()
        converter.failure_converter.to_failure(error, converter.payload_converter, failure)
    assert (failure.message, failure.application_failure_info.type) == ("ConnectionError", "ConnectionError")
    assert failure.cause.message == "ValidationError"
    assert "test_converter.py" in failure.stack_trace


def test_a_failure_raised_for_temporal_keeps_its_message() -> None:
    failure, converter = Failure(), data_converter()
    error = ApplicationError("ledger_newer_than_code")
    converter.failure_converter.to_failure(error, converter.payload_converter, failure)
    assert failure.message == "ledger_newer_than_code"
