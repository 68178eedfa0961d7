"""How values become payloads, for every program that speaks to Temporal: client, worker, replayer and tests.

Two promises go beyond the SDK's pydantic converter:

* **Decoding cannot fail below the workflow.** A payload that merely *says* it lies in external storage, or that a codec
  cannot open, makes the SDK fail every workflow task of a plan for ever, before any code of ours runs. `SafeConverter`
  turns it into an inert payload that only a reader of raw values sees; whoever asks for a type still gets an error.
* **A failure tells Temporal nothing of a plan.** Messages of exceptions quote their input: a failed validation prints
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
"""The encoding of an inert payload; its data is the whole payload as it came."""

_Step = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


class CannotDecode(RuntimeError):
    """The converter does not read back what it wrote, or lets through what would wedge a plan: do not start with it."""

    code = "cannot_decode"


class DiscreetFailureConverter(DefaultFailureConverter):
    """Sends the type and stack of an exception, and the message only of a failure that was raised for Temporal.

    The SDK's ``encode_common_attributes`` would keep messages by encrypting them, but needs a codec with its key in
    every program and in the UI. Messages that never leave need neither; the worker's own log has them in full.
    """

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        if not isinstance(exception, FailureError):
            name = type(exception).__name__
            told = ApplicationError(name, type=name).with_traceback(exception.__traceback__)
            told.__cause__, told.__context__ = exception.__cause__, exception.__context__
            told.__suppress_context__ = exception.__suppress_context__
            exception = told
        super().to_failure(exception, payload_converter, failure)


@dataclasses.dataclass(frozen=True)
class SafeConverter(DataConverter):
    """The data converter of every program. Raises nothing while the SDK unpacks what came in.

    Overrides the three private steps of temporalio 1.35 through which all inbound payloads pass; the version is
    pinned, and a test sends a real server everything that was ever seen to break it.
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
        except Exception as error:  # a codec may raise anything, and whatever it is must not reach the workflow task
            decoded.append(_inert(payload, error))
    return decoded


def _inert(payload: Payload, error: Exception) -> Payload:
    return Payload(
        metadata={"encoding": UNDECODABLE, "why": type(error).__name__.encode()},
        data=payload.SerializeToString(deterministic=True),
    )


def data_converter(codec: PayloadCodec | None = None) -> DataConverter:
    """The one converter; with a codec where Temporal's store is not trusted even with ids and times."""
    return SafeConverter(payload_codec=codec)


async def check_converter(converter: DataConverter) -> None:
    """Send a canary through, to be called before a worker polls. Raises `CannotDecode`.

    A worker with a missing key would otherwise take every honest payload for garbage.
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
