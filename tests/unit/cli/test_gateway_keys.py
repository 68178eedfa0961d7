"""`rumbo admin key`: showing the gateway's keys and retiring one."""

from cli import exit_codes
from tests.unit.cli.conftest import Rumbo, ScriptedGateway

KEYS = {
    "keys": [
        {"id": "aa11", "public_key": "00", "since": "2026-01-01T00:00:00Z", "retired_at": "2026-02-01T00:00:00Z"},
        {"id": "bb22", "public_key": "01", "since": "2026-02-01T00:00:00Z", "retired_at": None},
    ]
}


def test_the_gateways_keys_are_shown_with_their_state(gateway: ScriptedGateway, rumbo: Rumbo) -> None:
    gateway.answer("GET", "/v1/admin/gateway-keys", 200, KEYS)
    shown = rumbo("admin", "key", "show-gateway")
    assert shown.code == exit_codes.OK
    [retired, good] = [line for line in shown.out.splitlines() if "2026-" in line]
    assert "aa11" in retired
    assert "retired 2026-02-01T00:00:00Z" in retired
    assert "bb22" in good


def test_a_gateway_key_is_retired_by_its_id(gateway: ScriptedGateway, rumbo: Rumbo) -> None:
    gateway.answer("DELETE", "/v1/admin/gateway-keys/aa11", 200, KEYS)
    assert rumbo("admin", "key", "retire-gateway", "aa11").code == exit_codes.OK
    assert (gateway.asked[0].method, gateway.asked[0].path) == ("DELETE", "/v1/admin/gateway-keys/aa11")
