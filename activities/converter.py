"""The data converter of every program that uses Temporal: client, worker, replayer and tests.

It makes two promises beyond the SDK's pydantic converter:

* **A payload cannot make a workflow task fail.** A payload that claims to lie in external storage, or that a codec
  cannot decode, makes the SDK fail every workflow task of a plan for ever, before our code runs. `SafeConverter` turns
  it into an inert payload: code that reads raw values sees it, and decoding it to a type raises.
* **A failure sends no text of a plan to Temporal.** Exception messages quote their input: a failed validation prints
  the value, a database error prints the row. `DiscreetFailureConverter` sends the exception's type and stack instead.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadCodec, PayloadConverter
from temporalio.exceptions import ApplicationError, FailureError

from activities.contract import Agenda

UNDECODABLE: Final = b"binary/undecodable"
"""The encoding of an inert payload; its data is the whole received payload."""

_Step = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


class CannotDecode(RuntimeError):
    """The converter cannot read its own payloads, or does not make bad ones inert: a worker must not start with it."""

    code = "cannot_decode"


class DiscreetFailureConverter(DefaultFailureConverter):
    """Sends an exception's type and stack; its message only if it is a Temporal failure, raised on purpose.

    The SDK's ``encode_common_attributes`` would encrypt messages instead, but needs a codec with its key in every
    program and in the UI. The worker's own log shows what happened.
    """

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        if not isinstance(exception, FailureError):
            name = type(exception).__name__
            bare = ApplicationError(name, type=name).with_traceback(exception.__traceback__)
            bare.__cause__, bare.__context__ = exception.__cause__, exception.__context__
            bare.__suppress_context__ = exception.__suppress_context__
            exception = bare
        super().to_failure(exception, payload_converter, failure)


@dataclasses.dataclass(frozen=True)
class SafeConverter(DataConverter):
    """The data converter of every program. It never raises while the SDK decodes inbound payloads.

    Overrides the three private steps of temporalio 1.35 through which all inbound payloads pass. The version is pinned,
    and a test sends every payload that was found to break it to a real server.
    """

    payload_converter_class: type[PayloadConverter] = PydanticPayloadConverter
    failure_converter_class: type[DefaultFailureConverter] = DiscreetFailureConverter

    async def _decode_reference_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await _each(super()._decode_reference_payload_sequence, payloads)

    async def _external_retrieve_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await _each(super()._external_retrieve_payload_sequence, payloads)

    async def _decode_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await _each(super()._decode_payload_sequence, payloads)


async def _each(step: _Step, payloads: Sequence[Payload]) -> list[Payload]:
    decoded: list[Payload] = []
    for payload in payloads:
        if payload.metadata.get("encoding") == UNDECODABLE:
            decoded.append(payload)
            continue
        try:
            decoded.extend(await step([payload]))
        except Exception as error:  # a codec may raise anything; none of it may reach the workflow task
            decoded.append(_inert(payload, error))
    return decoded


def _inert(payload: Payload, error: Exception) -> Payload:
    return Payload(
        metadata={"encoding": UNDECODABLE, "why": type(error).__name__.encode()},
        data=payload.SerializeToString(deterministic=True),
    )


def data_converter(codec: PayloadCodec | None = None) -> DataConverter:
    """The converter, with a codec where Temporal's store is not trusted even with ids and times."""
    return SafeConverter(payload_codec=codec)


async def check_converter(converter: DataConverter) -> None:
    """Encodes and decodes a known value, before a worker polls. Raises `CannotDecode`.

    A worker without its codec's key would otherwise treat every valid payload as undecodable.
    """
    canary = Agenda(status="open", cycle=1, phase="reflection")
    reference = Payload(metadata={"encoding": b"json/external-storage-reference"}, data=b"{}")
    try:
        [read] = await converter.decode(await converter.encode([canary]), [Agenda])
        [inert] = await converter._external_retrieve_payload_sequence([reference])
    except Exception as error:
        raise CannotDecode("the payload converter cannot read its own canary; check the codec's keys") from error
    if read != canary or inert.metadata.get("encoding") != UNDECODABLE:
        raise CannotDecode("the payload converter does not keep garbage inert; use the pinned version of temporalio")
