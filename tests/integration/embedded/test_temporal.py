"""One Temporal server from the wheel."""

from pathlib import Path

import psutil
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from embedded import temporal


async def custom_attributes(server: temporal.Server) -> dict[str, str]:
    client = await Client.connect(server.address)
    listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    kinds = {name: IndexedValueType.Name(kind) for name, kind in listed.custom_attributes.items()}
    return {name: kinds[name] for name in temporal.SEARCH_ATTRIBUTES}


async def test_the_server_knows_our_search_attributes_after_each_start(tmp_path: Path) -> None:
    expected = {
        "PlanStatus": "INDEXED_VALUE_TYPE_KEYWORD",
        "PlanPhase": "INDEXED_VALUE_TYPE_KEYWORD",
        "PlanCycle": "INDEXED_VALUE_TYPE_INT",
        "NextDeadline": "INDEXED_VALUE_TYPE_DATETIME",
    }
    for _ in range(2):
        with temporal.running(tmp_path) as server:
            assert await custom_attributes(server) == expected


def test_time_skipping_is_off_by_default(tmp_path: Path) -> None:
    live = temporal.Server(tmp_path / "a.db", tmp_path / "a.log", 1, 2)
    rehearsal = temporal.Server(tmp_path / "a.db", tmp_path / "a.log", 1, 2, time_skipping=True)

    assert "frontend.WorkflowTimeSkippingEnabled=true" in rehearsal.program().command
    assert not [part for part in live.program().command if "TimeSkipping" in part]
    assert 'history.timerProcessorMaxTimeShift="1ms"' in live.program().command


def test_the_server_ends_with_its_block(tmp_path: Path) -> None:
    with temporal.running(tmp_path):
        children = psutil.Process().children()
    assert not [one for one in children if one.is_running() and str(tmp_path) in " ".join(one.cmdline())]
