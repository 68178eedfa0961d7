"""HTTP client of the gateway: sends and reads JSON, and turns every failure into a `CliError`.

Each view has a method, which names its model. The models are imported there, because most commands need none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlsplit

import httpx2

from cli import exit_codes
from cli.answers import Answer, not_rumbo
from cli.errors import CliError
from cli.options import MAX_WAIT
from language import _, current_language, ngettext
from telling.system_errors import os_error_text

if TYPE_CHECKING:
    from domain.views.models.copies import CopyView
    from domain.views.models.correction import CorrectionView
    from domain.views.models.diff import DiffView
    from domain.views.models.history import EntryView, StepView, TraceView
    from domain.views.models.pending import PendingView
    from domain.views.models.plan import LessonsView, PlanView
    from domain.views.models.summary import PlanRowView

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OUTCOMES = ("recorded", "refused", "duplicate", "accepted", "conflict")


class Client:
    """A gateway and the token to sign in with. Every method raises `CliError` if there is no usable answer."""

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
                # The environment's proxy is for other machines, never for this one.
                trust_env=urlsplit(self.url).hostname not in _LOOPBACK,
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise _invalid_address(self.url, error) from None

    def get(self, *steps: str, **query: Any) -> Any:
        """The JSON at a path; its steps are quoted."""
        return self._answer("GET", path(*steps), params=_without_none(query))

    def download(self, file: BinaryIO, *steps: str, **query: Any) -> None:
        """Stream the response at a path into a file."""
        with (
            self._translating_errors(),
            self._http.stream("GET", path(*steps), params=_without_none(query)) as response,
        ):
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
        """Send a document unchanged, and return the outcome."""
        headers = {"Content-Type": media_type} | _wait(wait)
        answer: dict[str, Any] = self._answer(
            "POST", path(*steps), content=content, params=_without_none(query), headers=headers, outcome=True
        )
        return answer

    def send(self, plan: str, command: Mapping[str, Any], wait: int | None = None) -> dict[str, Any]:
        """Send one command and return its outcome; a refusal is an outcome too."""
        outcome: dict[str, Any] = self._answer(
            "POST", path("plans", plan, "commands"), json=command, headers=_wait(wait), outcome=True
        )
        return outcome

    def send_lines(self, plan: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Send commands, one per line, and yield their outcomes in order, each as soon as it is known."""
        content = b"".join(line.rstrip(b"\r\n") + b"\n" for line in lines)
        headers = {"Content-Type": "application/jsonl"}
        return self._lines("POST", path("plans", plan, "commands"), content=content, headers=headers)

    # --- views ---

    def plans(self, status: str | None) -> "Iterator[Answer[PlanRowView]]":
        """The rows of the list of plans, fetched page by page."""
        from domain.views.models.summary import PlanRowView  # noqa: PLC0415

        after: Any = None
        while True:
            page = self.get("plans", limit=100, after=after, status=status)
            yield from (Answer(row, PlanRowView) for row in page["plans"])
            after = page.get("next")
            if after is None:
                return

    def plan(self, plan: str, **when: Any) -> "Answer[PlanView]":
        """A plan as it stands, or as it stood at some moment."""
        from domain.views.models.plan import PlanView  # noqa: PLC0415

        return Answer(self.get("plans", plan, **when), PlanView)

    def pending(self, plan: str, body: str | None) -> "Answer[PendingView]":
        """What every body of a plan still owes, or one of them."""
        from domain.views.models.pending import PendingView  # noqa: PLC0415

        return Answer(self.get("plans", plan, "pending", body=body), PendingView)

    def copy(self, plan: str, **when: Any) -> "Answer[CopyView]":
        """A copy of a plan for editing."""
        from domain.views.models.copies import CopyView  # noqa: PLC0415

        return Answer(self.get("plans", plan, "copy", **when), CopyView)

    def lessons(self, plan: str) -> "Answer[LessonsView]":
        """The lessons of a plan."""
        from domain.views.models.plan import LessonsView  # noqa: PLC0415

        return Answer(self.get("plans", plan, "lessons"), LessonsView)

    def correction(self, plan: str, correction: str) -> "Answer[CorrectionView]":
        """A course correction of a plan."""
        from domain.views.models.correction import CorrectionView  # noqa: PLC0415

        return Answer(self.get("plans", plan, "corrections", correction), CorrectionView)

    def diff(self, plan: str, before: str, after: str, clock: str | None = None) -> "Answer[DiffView]":
        """What changed in a plan between two moments."""
        from domain.views.models.diff import DiffView  # noqa: PLC0415

        # `from` is a keyword of Python, so the query is passed as a mapping.
        query = {"from": before, "to": after, "clock": clock}
        return Answer(self.get("plans", plan, "history", "diff", **query), DiffView)

    def trace(self, plan: str, name: str) -> "Answer[TraceView]":
        """The entries that led to a command, lesson or course correction, and those that followed from it."""
        from domain.views.models.history import TraceView  # noqa: PLC0415

        return Answer(self.get("plans", plan, "history", "trace", name), TraceView)

    def replay(self, plan: str, **when: Any) -> "Iterator[Answer[StepView]]":
        """The entries that make up a plan at some moment, each with its changes and its causes."""
        from domain.views.models.history import StepView  # noqa: PLC0415

        lines = self._lines("GET", path("plans", plan, "history", "replay"), params=_without_none(when))
        return (Answer(line, StepView) for line in lines)

    def watch(self, plan: str, after: int) -> "Iterator[Answer[EntryView]]":
        """New entries as they are recorded, until the gateway ends the stream."""
        from domain.views.models.history import EntryView  # noqa: PLC0415

        lines = self._lines("GET", path("plans", plan, "watch"), params={"after": after})
        # An empty object only keeps the connection alive.
        return (Answer(line, EntryView) for line in lines if line)

    def entries(
        self, plan: str, after: int = 0, limit: int | None = None, kind: str | None = None
    ) -> "Iterator[Answer[EntryView]]":
        """The entries of a plan's history in order, fetched page by page."""
        from domain.views.models.history import EntryView  # noqa: PLC0415

        left = limit
        while left is None or left > 0:
            wanted = 500 if left is None else min(left, 500)
            page = self.get("plans", plan, "history", after=after, limit=wanted, kind=kind)
            yield from (Answer(entry, EntryView) for entry in page["entries"])
            if page["next"] is None:
                return
            after = page["next"]
            left = None if left is None else left - len(page["entries"])

    # --- requests ---

    def _answer(self, method: str, where: str, outcome: bool = False, **request: Any) -> Any:
        with self._translating_errors():
            response = self._http.request(method, where, **request)
        if response.status_code == httpx2.codes.NO_CONTENT:
            return {}
        answer = _read(response)
        if response.is_success or (outcome and answer.get("outcome") in _OUTCOMES):
            return answer
        raise _failure(response.status_code, answer)

    def _lines(self, method: str, where: str, **request: Any) -> Iterator[dict[str, Any]]:
        with self._translating_errors(), self._http.stream(method, where, **request) as response:
            if not response.is_success:
                response.read()
                raise _failure(response.status_code, _read(response))
            for line in response.iter_lines():
                if line.strip():
                    yield json.loads(line)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        """Turns transport errors and unreadable answers into `CliError`."""
        try:
            yield
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise _invalid_address(self.url, error) from None
        except httpx2.TransportError as error:
            raise CliError(
                _("Rumbo cannot be reached at {url} ({reason}).").format(
                    url=self.url, reason=os_error_text(str(error)) or type(error).__name__
                ),
                exit_codes.UNREACHABLE,
                _("Start it with `rumbo up`, or give its address with --url."),
            ) from None
        except (httpx2.HTTPError, ValueError) as error:
            raise not_rumbo(str(error)) from None


def path(*steps: str) -> str:
    """A path of the API. Raises `CliError` for a step that no URL path can hold: empty, or nothing but dots."""
    for step in steps:
        if not step.strip("."):
            raise CliError(
                _("«{given}» cannot be a name here; write the full name.").format(given=step), exit_codes.USAGE
            )
    return "/" + "/".join(quote(step, safe="") for step in steps)


def _wait(seconds: int | None) -> dict[str, str]:
    """The header that asks the gateway to wait for an outcome (RFC 7240)."""
    return {} if seconds is None else {"Prefer": f"wait={seconds}"}


def _without_none(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _read(response: httpx2.Response) -> dict[str, Any]:
    """The JSON object in a response; an empty one for an error without JSON. Raises `CliError` if it is not Rumbo's."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    if response.is_success:
        raise not_rumbo(response.headers.get("Content-Type", "-"))
    return {}


def _failure(status: int, answer: Mapping[str, Any]) -> CliError:
    """The error for an HTTP status, with the gateway's own sentence and hint where it sent them."""
    faults = answer.get("faults") or ()
    message = answer.get("message")
    if faults and answer.get("code", "malformed") == "malformed":
        message = ngettext(
            "This has {count} fault and was not accepted:",
            "This has {count} faults and was not accepted:",
            len(faults),
        ).format(count=len(faults))
    message = message or _("Rumbo answered with HTTP status {status}.").format(status=status)
    hint = answer.get("hint")
    if hint is None and status == httpx2.codes.UNAUTHORIZED:
        hint = _("Sign in with --token or RUMBO_TOKEN; `rumbo admin token new` makes a token.")
    return CliError(message, exit_codes.of_status(status), hint, faults)


def _invalid_address(url: str, error: Exception) -> CliError:
    return CliError(_("{url} is not an address ({reason}).").format(url=url, reason=error), exit_codes.USAGE)
