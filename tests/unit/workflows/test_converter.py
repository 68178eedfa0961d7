"""The converter reads its own payloads, makes bad ones inert, and sends no exception message."""

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
    """A codec that cannot decode what it encodes."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"encoding": b"binary/encrypted"}, data=one.SerializeToString()) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        raise KeyError("k1")


async def test_a_converter_that_reads_its_own_payloads_passes_the_check() -> None:
    await check_converter(data_converter())


async def test_a_converter_without_its_codecs_key_fails_the_check() -> None:
    with pytest.raises(CannotDecode, match="keys"):
        await check_converter(data_converter(LostKey()))


async def test_a_converter_that_does_not_make_bad_payloads_inert_fails_the_check() -> None:
    with pytest.raises(CannotDecode):
        await check_converter(DataConverter())


@pytest.mark.parametrize("step", STEPS)
def test_the_sdk_still_has_the_step_that_is_overridden(step: str) -> None:
    assert getattr(DataConverter, step) is not getattr(SafeConverter, step)


async def test_an_undecodable_payload_becomes_inert_and_its_neighbours_stay() -> None:
    converter = data_converter()
    [good] = await converter.encode([Agenda(status="open")])
    bad = Payload(metadata={"encoding": b"json/external-storage-reference"}, data=b"{}")
    inert, kept = await converter._external_retrieve_payload_sequence([bad, good])
    assert inert.metadata["encoding"] == UNDECODABLE
    assert Payload.FromString(inert.data) == bad
    assert kept == good


async def test_decoding_an_inert_payload_to_a_type_raises() -> None:
    converter = data_converter()
    bad = Payload(metadata={"encoding": b"json/plain", "__temporal_external_storage_reference": b"true"}, data=b"{}")
    [inert] = await converter._decode_reference_payload_sequence([bad])
    with pytest.raises(KeyError):
        converter.payload_converter.from_payload(inert, Agenda)


def test_a_failure_names_exception_types_and_no_messages() -> None:
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
