"""A plan goes on and answers, whatever is sent to its workflow without the gateway."""

import asyncio
import json
import os

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.common import RawValue

from activities.contract import SIGNALS_PER_CALL, workflow_id
from embedded import temporal
from embedded.temporal import Server
from tests.integration.workflows.plans import Desk, Plan, until
from workflows.plan import MAX_HISTORY


def payload(data: bytes = b"", **metadata: str) -> Payload:
    return Payload(metadata={key: value.encode() for key, value in metadata.items()}, data=data)


REFERENCE = payload(b"{}", encoding="json/external-storage-reference")
MARKED = payload(b"{}", encoding="json/plain", __temporal_external_storage_reference="true")
COMMAND_SIGNAL = payload(b'{"command":"c","number":1}', encoding="json/plain")

UGLY: dict[str, list[Payload]] = {
    "no_argument": [],
    "two_arguments": [COMMAND_SIGNAL, COMMAND_SIGNAL],
    "null": [payload(encoding="binary/null")],
    "plain_bytes": [payload(b"\x00\xff\x00", encoding="binary/plain")],
    "broken_json": [payload(b'{"command":', encoding="json/plain")],
    "no_utf_8": [payload(b"\xff\xfe\xfd", encoding="json/plain")],
    "empty_json": [payload(encoding="json/plain")],
    "nul_in_json": [payload(b'{"command":"a\\u0000b","number":1}', encoding="json/plain")],
    "lone_surrogate": [payload(b'{"command":"\\ud800","number":1}', encoding="json/plain")],
    "deep_json": [payload(b"[" * 100_000, encoding="json/plain")],
    "number_without_end": [payload(b'{"command":"c","number":' + b"9" * 900 + b"}", encoding="json/plain")],
    "not_a_command_signal": [payload(b'[1, null, "x"]', encoding="json/plain")],
    "external_reference": [REFERENCE],
    "external_marker": [MARKED],
    "external_marker_and_encoding": [
        payload(b"{}", encoding="json/external-storage-reference", __temporal_external_storage_reference="true")
    ],
    "external_reference_as_protobuf": [
        payload(b"{}", encoding="json/protobuf", messageType="temporal.api.sdk.v1.ExternalStorageReference")
    ],
    "unknown_encoding": [payload(b"x", encoding="application/x-unknown")],
    "no_encoding": [payload(b"x")],
    "encoding_no_text": [Payload(metadata={"encoding": b"\xff\x00"}, data=b"x")],
    "protobuf_lie": [payload(b"\xff\xff", encoding="binary/protobuf", messageType="temporal.api.common.v1.Payload")],
    "json_protobuf_lie": [payload(b"{", encoding="json/protobuf", messageType="no.such.Message")],
    "unknown_key": [payload(b"\x00" * 32, encoding="binary/encrypted", key="lost")],
    "forged_inert": [payload(b"\xff", encoding="binary/undecodable")],
    "huge": [payload(os.urandom(1_900_000), encoding="binary/plain")],
    "huge_json": [payload(json.dumps("x" * 1_900_000).encode(), encoding="json/plain")],
    "many_arguments": [REFERENCE, MARKED, COMMAND_SIGNAL] * 40,
}


@pytest.mark.usefixtures("worker")
async def test_no_payload_stops_a_plan(plan: Plan, desk: Desk) -> None:
    await plan.start()
    for name, payloads in UGLY.items():
        await plan.signal(name, *payloads)
    await until(lambda: set(UGLY) <= set(desk.names()))
    assert sorted(desk.names()) == sorted(UGLY)
    assert await plan.answers()
    assert await plan.status() == "RUNNING"
    assert await plan.events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0


@pytest.mark.usefixtures("worker")
async def test_garbage_is_delivered_as_its_outline(plan: Plan, desk: Desk) -> None:
    await plan.start()
    await plan.signal("x" * 900, *UGLY["huge"])
    await until(lambda: len(desk.signals()) == 1)
    [signal] = desk.signals()
    assert (signal.name, signal.size, len(signal.sha256), signal.number) == ("x" * 100, 1_900_000, 64, None)


@pytest.mark.parametrize(
    "name", ["no such signal", "a\x00b\n", "¿qué?", "__temporal_workflow_metadata", "wake", "cancel"]
)
@pytest.mark.usefixtures("worker")
async def test_no_signal_name_stops_a_plan(plan: Plan, desk: Desk, name: str) -> None:
    await plan.start()
    await plan.signal(name, REFERENCE, header=MARKED)
    await until(lambda: len(desk.signals()) == 1)
    assert desk.names()[0].isascii()
    assert "\x00" not in desk.names()[0]
    assert await plan.answers()
    assert await plan.events(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0


@pytest.mark.usefixtures("worker")
async def test_unknown_updates_and_queries_fail_for_their_sender(plan: Plan) -> None:
    await plan.start()
    with pytest.raises(WorkflowUpdateFailedError):
        await plan.handle.execute_update("close", "now")
    with pytest.raises(WorkflowUpdateFailedError):
        await plan.handle.execute_update("close", args=[RawValue(REFERENCE), RawValue(MARKED)])
    with pytest.raises(WorkflowQueryFailedError):
        await plan.handle.query("everything")
    assert await plan.answers()


@pytest.mark.parametrize("workflow", ["Plan", "Nonsense"])
@pytest.mark.usefixtures("worker")
async def test_a_run_started_by_hand_with_any_type_and_argument_is_the_plans_loop(plan: Plan, workflow: str) -> None:
    await plan.start(workflow, ["garbage", {"arrivals": 7}])
    assert await plan.answers()
    assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
async def test_a_plan_survives_garbage_sent_by_temporals_own_command_line(
    plan: Plan, desk: Desk, temporal_server: Server
) -> None:
    async def command_line(*args: str) -> int:
        process = await asyncio.create_subprocess_exec(
            temporal.binary(),
            *("workflow", *args, "--workflow-id", workflow_id(plan.name), "--address", temporal_server.address),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    await plan.start()
    for encoding in ("json/external-storage-reference", "binary/null", "json/protobuf", "what/ever"):
        assert (
            await command_line("signal", "--name", encoding, "--input", "{}", "--input-meta", f"encoding={encoding}")
            == 0
        )
    assert await command_line("signal", "--name", "bare") == 0
    assert await command_line("cancel") == 0
    await until(lambda: {"what/ever", "bare", "cancel"} <= set(desk.names()))
    assert len(desk.signals()) == 6
    assert await plan.answers()
    assert await plan.status() == "RUNNING"


@pytest.mark.usefixtures("worker")
async def test_a_plan_survives_a_flood_of_meaningless_signals(plan: Plan, desk: Desk) -> None:
    """More than twice what one run's history holds. The loop may stall while they arrive, and then goes on.

    The server takes about a hundred a second; ``RUMBO_LONG=1`` (``make long``) sends ten thousand.
    """
    await plan.start()
    sent = accepted = 0
    while sent < (10_000 if os.environ.get("RUMBO_LONG") else 2_000) or accepted <= 2 * MAX_HISTORY:
        flood = (plan.signal("nonsense", payload(os.urandom(20))) for _ in range(100))
        answers = await asyncio.gather(*flood, return_exceptions=True)  # the server may refuse some
        sent += len(answers)
        accepted += sum(not isinstance(one, BaseException) for one in answers)
        assert sent <= 20_000, "the server accepts almost nothing"
    await until(lambda: sum(len(call.arrivals) for call in desk.answered) >= accepted, seconds=90)
    assert await plan.answers()
    assert max(len(call.arrivals) for call in desk.answered) <= SIGNALS_PER_CALL
