"""The way to the gateway: HTTP with JSON, and errors that become sentences and exit codes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urlsplit

import httpx2

from cli import exit_codes
from cli.errors import CliError
from language import _, current_language, ngettext
from telling.system_errors import os_error_text

MAX_WAIT: Final = 60
"""Seconds that the gateway waits for an outcome at most."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OUTCOMES = ("recorded", "refused", "duplicate", "accepted", "conflict")


class Client:
    """One gateway, and whoever signs in there. Raises `CliError` for whatever keeps it from answering."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        headers = {"Accept-Language": current_language(), "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._http = httpx2.Client(
                base_url=self.url + "/v1",
                headers=headers,
                timeout=httpx2.Timeout(10.0, read=MAX_WAIT + 15.0),
                # A proxy of the environment is for the world outside, never for this machine.
                trust_env=urlsplit(self.url).hostname not in _LOOPBACK,
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise _no_address(self.url, error) from None

    def get(self, *steps: str, **query: Any) -> Any:
        """What stands at a path, its steps quoted."""
        return self._answer("GET", path(*steps), params=_given(query))

    def download(self, file: BinaryIO, *steps: str, **query: Any) -> None:
        """Write what stands at a path to a file, as it comes."""
        with self._speaking(), self._http.stream("GET", path(*steps), params=_given(query)) as response:
            if not response.is_success:
                response.read()
                raise _failure(response.status_code, _read(response))
            for part in response.iter_bytes():
                file.write(part)

    def post(self, *steps: str, body: Any = None) -> Any:
        return self._answer("POST", path(*steps), json=body)

    def delete(self, *steps: str) -> Any:
        return self._answer("DELETE", path(*steps))

    def post_file(
        self, *steps: str, content: bytes, media_type: str, wait: int | None = None, **query: Any
    ) -> dict[str, Any]:
        """Send a document as it is, and return what became of it."""
        headers = {"Content-Type": media_type} | _wait(wait)
        answer: dict[str, Any] = self._answer(
            "POST", path(*steps), content=content, params=_given(query), headers=headers, outcome=True
        )
        return answer

    def send(self, plan: str, command: Mapping[str, Any], wait: int | None = None) -> dict[str, Any]:
        """Send one command and return its outcome, whichever it is."""
        outcome: dict[str, Any] = self._answer(
            "POST", path("plans", plan, "commands"), json=command, headers=_wait(wait), outcome=True
        )
        return outcome

    def send_lines(self, plan: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Send commands, one a line, and yield their outcomes in order, each as soon as it is known."""
        content = b"".join(line.rstrip(b"\r\n") + b"\n" for line in lines)
        headers = {"Content-Type": "application/jsonl"}
        return self._lines("POST", path("plans", plan, "commands"), content=content, headers=headers)

    def replay(self, plan: str, **when: Any) -> Iterator[dict[str, Any]]:
        """The entries that a plan at some point is made of, each with what it changed and what led to it."""
        return self._lines("GET", path("plans", plan, "history", "replay"), params=_given(when))

    def watch(self, plan: str, after: int) -> Iterator[dict[str, Any]]:
        """New entries as they are recorded, for as long as the gateway is there; an empty object now and then."""
        return self._lines("GET", path("plans", plan, "watch"), params={"after": after})

    def entries(self, plan: str, after: int = 0, limit: int | None = None, kind: str | None = None) -> Iterator[Any]:
        """The entries of a plan's history in order, fetched page by page."""
        left = limit
        while left is None or left > 0:
            wanted = 500 if left is None else min(left, 500)
            page = self.get("plans", plan, "history", after=after, limit=wanted, kind=kind)
            yield from page["entries"]
            if page["next"] is None:
                return
            after = page["next"]
            left = None if left is None else left - len(page["entries"])

    def _answer(self, method: str, where: str, outcome: bool = False, **request: Any) -> Any:
        with self._speaking():
            response = self._http.request(method, where, **request)
        if response.status_code == httpx2.codes.NO_CONTENT:
            return {}
        said = _read(response)
        if response.is_success or (outcome and said.get("outcome") in _OUTCOMES):
            return said
        raise _failure(response.status_code, said)

    def _lines(self, method: str, where: str, **request: Any) -> Iterator[dict[str, Any]]:
        with self._speaking(), self._http.stream(method, where, **request) as response:
            if not response.is_success:
                response.read()
                raise _failure(response.status_code, _read(response))
            for line in response.iter_lines():
                if line.strip():
                    yield json.loads(line)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turns what can go wrong on the way into `CliError`."""
        try:
            yield
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise _no_address(self.url, error) from None
        except httpx2.TransportError as error:
            raise CliError(
                _("Rumbo cannot be reached at {url} ({reason}).").format(
                    url=self.url, reason=os_error_text(str(error)) or type(error).__name__
                ),
                exit_codes.UNREACHABLE,
                _("Start it with `rumbo up`, or say with --url where it is."),
            ) from None
        except (httpx2.HTTPError, ValueError) as error:
            raise _not_rumbo(str(error)) from None


def path(*steps: str) -> str:
    """A path of the API. Raises `CliError` for a name that no address can hold: an empty one, or one of dots alone."""
    for step in steps:
        if not step.strip("."):
            raise CliError(
                _("«{given}» cannot be a name here; say which is meant.").format(given=step), exit_codes.USAGE
            )
    return "/" + "/".join(quote(step, safe="") for step in steps)


def _wait(seconds: int | None) -> dict[str, str]:
    """How long the gateway is to wait for an outcome (RFC 7240)."""
    return {} if seconds is None else {"Prefer": f"wait={seconds}"}


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _read(response: httpx2.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        said = None
    if isinstance(said, dict):
        return said
    if response.is_success:
        raise _not_rumbo(response.headers.get("Content-Type", "-"))
    return {}


def _failure(status: int, said: Mapping[str, Any]) -> CliError:
    """The gateway's own sentence where it has one."""
    faults = said.get("faults") or ()
    message = said.get("message")
    if faults and said.get("code", "malformed") == "malformed":
        message = ngettext(
            "This cannot be taken as it stands; {count} fault:",
            "This cannot be taken as it stands; {count} faults:",
            len(faults),
        ).format(count=len(faults))
    message = message or _("Rumbo answered with HTTP status {status}.").format(status=status)
    hint = said.get("hint")
    if hint is None and status == httpx2.codes.UNAUTHORIZED:
        hint = _("Sign in with --token or RUMBO_TOKEN; `rumbo admin token new` makes a token.")
    return CliError(message, exit_codes.of_status(status), hint, faults)


def _no_address(url: str, error: Exception) -> CliError:
    return CliError(_("{url} is not an address ({reason}).").format(url=url, reason=error), exit_codes.USAGE)


def _not_rumbo(reason: str) -> CliError:
    return CliError(
        _("What answers there is not Rumbo, or another version of it ({reason}).").format(reason=reason[:200]),
        exit_codes.FAILED,
        _("Check the address, and that `rumbo --version` here and there are the same."),
    )
