"""Whatever goes wrong ends in a sentence and an exit code, never in a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cli.client
from tests.unit.cli.conftest import ReceivedRequest, Rumbo, ScriptedGateway


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plann",),
        ("plan", "show"),
        ("plan", "show", "water", "--as-off", "2020-05-01"),
        ("plan", "show", "water", "--at-version", "-3"),
        ("plan", "convene", "water", "action\x00"),
        ("correction", "propose", "water", "--set", "3.1", "due"),
        ("correction", "propose", "water", "--set", "3.1", "due", "a", "{"),
        ("plan", "start", "/nowhere/plan.yaml"),
        ("--lang", "de", "plan", "list"),
        ("-o", "xml", "plan", "list"),
        ("plan", "show", "\udcff\udcfe", "--url", "::::"),
        ("plan", "list", "--url", "http://[::1"),
        ("plan", "list", "--url", "ftp://example"),
        ("plan", "list", "--profile", "/nowhere/profile.toml", "--url", ""),
    ],
)
def test_garbage_on_the_command_line_is_a_usage_error(rumbo: Rumbo, arguments: tuple[str, ...]) -> None:
    said = rumbo(*arguments)
    assert said.code == 2, said.err
    assert said.out == ""
    assert said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "garbage", [b"", b"<html>", b"[1]", b"null", b"{}", b'{"plans": 3}', b"\xff\xfe\x00", b'{"id": "x"}']
)
def test_a_garbage_answer_is_reported_in_one_sentence(rumbo: Rumbo, gateway: ScriptedGateway, garbage: bytes) -> None:
    paths = ("/v1/plans", "/v1/plans/water", "/v1/plans/water/history", "/v1/plans/water/watch")
    for path in paths:
        gateway.answers["GET", path] = lambda _asked: (200, garbage)
    for command in (
        ("plan", "list"),
        ("plan", "show", "water"),
        ("history", "show", "water"),
        ("plan", "watch", "water"),
    ):
        said = rumbo(*command)
        assert said.code == 1, said.err
        assert "Traceback" not in said.err
        assert said.err.count("\n") <= 2


def test_an_unreachable_gateway_is_named_with_a_hint(rumbo: Rumbo) -> None:
    said = rumbo("plan", "list", "--url", "http://127.0.0.1:9")
    assert said.code == 75
    assert said.err.startswith("Rumbo cannot be reached at http://127.0.0.1:9 (")
    assert "`rumbo up`" in said.err


def test_a_command_that_was_not_delivered_gets_a_hint_with_its_id(rumbo: Rumbo) -> None:
    said = rumbo("plan", "pause", "water", "--reason", "x", "--id", "p-7", "--url", "http://127.0.0.1:9")
    assert said.code == 75
    assert "--id p-7" in said.err


def test_an_internal_error_is_reported_in_one_sentence(rumbo: Rumbo, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("of all things")

    monkeypatch.setattr(cli.client.Client, "get", broken)
    said = rumbo("plan", "list")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "RuntimeError: of all things" in said.err


def test_the_token_of_the_profile_is_sent_only_to_the_gateway_of_the_profile(
    rumbo: Rumbo, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gateway.answer("GET", "/v1/plans", 200, {"plans": [], "next": None})
    monkeypatch.delenv("RUMBO_TOKEN")
    profile = tmp_path / "profile.toml"
    profile.write_text(f'url = "{gateway.url}/"\ntoken = "secret"\n')
    assert rumbo("plan", "list", "--profile", str(profile)).code == 0
    assert gateway.asked[-1].headers["authorization"] == "Bearer secret"
    profile.write_text('url = "https://elsewhere.example"\ntoken = "secret"\n')
    assert rumbo("plan", "list", "--profile", str(profile)).code == 0
    assert "authorization" not in gateway.asked[-1].headers


def test_an_empty_list_is_an_empty_list(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    gateway.answer("GET", "/v1/plans", 200, {"plans": [], "next": None})
    assert rumbo("plan", "list", "-o", "json").out == '{\n  "plans": []\n}\n'
    assert rumbo("plan", "list", "-o", "jsonl").out == ""
    said = rumbo("plan", "list")
    assert (said.code, said.out) == (0, "")
    assert "There is no plan yet." in said.err


def _started(gateway: ScriptedGateway, *arguments: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"RUMBO_URL": gateway.url, "LANGUAGE": "en", "XDG_CONFIG_HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment,
    )


def test_closing_the_output_pipe_ends_it_quietly(gateway: ScriptedGateway) -> None:
    plans = [{"id": f"plan-{number}", "title": "x" * 200, "status": "open"} for number in range(5000)]
    gateway.answer("GET", "/v1/plans", 200, {"plans": plans, "next": None})
    with _started(gateway, "plan", "list", "-o", "jsonl") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_ctrl_c_ends_it_with_130(gateway: ScriptedGateway) -> None:
    def slow(_asked: ReceivedRequest) -> tuple[int, object]:
        time.sleep(2)
        return 200, {"plans": [], "next": None}

    gateway.answers["GET", "/v1/plans"] = slow
    with _started(gateway, "plan", "list") as process:
        until = time.monotonic() + 10
        while not gateway.asked and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        assert process.wait(10) == 130
        assert "Traceback" not in process.stderr.read()


def test_all_messages_are_in_spanish(gateway: ScriptedGateway) -> None:
    with _started(gateway, "--lang", "es", "plan", "show", "water") as process:
        assert process.stderr
        said = process.stderr.read()
    assert gateway.asked[0].headers["accept-language"] == "es"
    assert said == "There is nothing here.\n"
    with _started(gateway, "plan", "list", "--url=http://127.0.0.1:9", "--lang=es") as process:
        assert process.stderr
        assert process.stderr.read().startswith("No se puede llegar a Rumbo en http://127.0.0.1:9")
