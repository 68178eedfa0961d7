"""A gateway of the test's own on loopback, scripted, and `rumbo` run against it in this process."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import language
from cli.main import run


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ScriptedGateway:
    """Answers requests as a test says, and remembers them."""

    url: str = ""
    asked: list[ReceivedRequest] = field(default_factory=list)
    answers: dict[tuple[str, str], Callable[[ReceivedRequest], tuple[int, Any]]] = field(default_factory=dict)

    def answer(self, method: str, path: str, status: int, said: Any) -> None:
        """Say what a path answers; a list is answered as JSON lines."""
        self.answers[method, path] = lambda _asked: (status, said)


def _handler(scripted: ScriptedGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = ReceivedRequest(self.command, parts.path, query, headers, body)
            scripted.asked.append(asked)
            found = scripted.answers.get((self.command, parts.path))
            status, said = found(asked) if found else (404, {"code": "not_found", "message": "There is nothing here."})
            lines = isinstance(said, list)
            raw = said if isinstance(said, bytes) else _written(said)
            self.send_response(status)
            self.send_header("Content-Type", "application/jsonl" if lines else "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_DELETE = _any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _written(said: Any) -> bytes:
    lines = [json.dumps(one) + "\n" for one in said] if isinstance(said, list) else [json.dumps(said)]
    return "".join(lines).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are part of the tests; anything else they notice by its missing answer."""


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    """A scripted gateway."""
    scripted = ScriptedGateway()
    server = _Server(("127.0.0.1", 0), _handler(scripted))
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Rumbo = Callable[..., Ended]


@pytest.fixture
def rumbo(
    gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Rumbo]:
    """Run `rumbo` in English against the scripted gateway, with a token, and no profile of anybody's."""
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    monkeypatch.setenv("RUMBO_URL", gateway.url)
    monkeypatch.setenv("RUMBO_TOKEN", "rumbo_token")
    monkeypatch.delenv("RUMBO_PROFILE", raising=False)

    def runs(*arguments: str) -> Ended:
        code = run(arguments)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    with language.speaking("en"):
        yield runs
