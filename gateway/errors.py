"""Maps errors, refusals and faults to HTTP: a status, a stable code, and a sentence in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from audit.tree import Incomplete
from domain.kernel.faults import FAULTS, Fault, Malformed
from domain.kernel.refused import REFUSALS
from domain.port import UnknownKind
from gateway.access.callers import NOT_ALLOWED, NotAllowed
from gateway.plan_files.yaml_text import YAML_FAULTS, TextFault
from gateway.plan_names import UnknownPlan
from gateway.reading.point_in_time import POINTS, NoSuchPoint
from gateway.recovery.reconcile import DIFFERENCES, Difference
from gateway.sending.intake import SendResult
from gateway.sending.parsing import TooLarge
from gateway.sending.signalling import TemporalUnavailable
from gateway.tokens import NOT_SIGNED_IN, NotSignedIn
from language import N_, _
from ledger.appender import LogIsForked
from ledger.connection import is_transient
from ledger.journal import BodyTooLong, Stale, TooManyWaiting
from telling.parameters import parameters_in_words

MESSAGES: Final[dict[str, str]] = {
    "malformed": N_("This cannot be taken as it stands; see the faults."),
    "conflict": N_("Another command was sent under the id {id} before. Send this one under a new id."),
    "accepted": N_("Accepted and signed. What becomes of it can be read later."),
    "too_large": N_("This is larger than one mebibyte. Put long texts into a document, and point to it."),
    "too_many_waiting": N_("Too many commands wait for this plan already. Send this one again in a few minutes."),
    "stale": N_("The ledger took too long to write this down, so nothing of it was taken. Send it again in a moment."),
    "unknown_command": N_("Nothing was sent to {plan} under the id {id} by this sender."),
    "no_such_correction": N_("There is no course correction {id} in {plan}, or it is not open to you."),
    "no_such_trace": N_("Nothing in the history of {plan} has the id {id}, or it is not open to you."),
    "no_such_body": N_("There is no body {body} in {plan}. It has: {known}."),
    "no_such_token": N_("There is no token {id}."),
    "no_such_person": N_("No name is kept behind {actor}: there is no such id, or its name was erased before."),
    "own_name": N_("That is your own name, and your token would end with it. Let another administrator erase it."),
    "unknown_format": N_("There is no format {given}. There are: {known}."),
    "unknown_schema": N_("There is no command {kind}."),
    "nothing_sealed": N_("Nothing is sealed here yet. A rehearsal never is."),
    "not_a_cosignature": N_("These are no signature lines on that checkpoint, or one of them does not hold."),
    "unknown_witness": N_("None of these is by a witness that this log knows."),
    "not_sealed_yet": N_("No checkpoint covers this yet. A worker seals every second; ask again in a moment."),
    "nothing_to_prove": N_("The command {id} led to no entry, so there is nothing of it in the log to prove."),
    "entry_withheld": N_("Entry {version} is not open to you, so neither is its proof."),
    "not_forked": N_("The ledger is what its log signed, so there is nothing to go on from."),
    "still_rotating": N_("The key before this one still signs beside it. Wait until that ends, then replace this one."),
    "no_such_gateway_key": N_("No gateway key has the id {id}. `rumbo admin key show-gateway` lists them."),
    "gateway_key_in_use": N_("This gateway signs commands with the key {id}, so it cannot be retired yet."),
    "no_such_tile": N_("There is no such tile of the log, or no checkpoint covers it yet."),
    "log_forked": N_(
        "The ledger is no extension of what its log has signed, so nothing is taken until it was looked into."
    ),
    "not_found": N_("There is nothing here. /openapi.json lists what there is."),
    "method_not_allowed": N_("That cannot be done here. /openapi.json lists what can."),
    "ledger_away": N_("The ledger does not answer. Try again in a moment."),
    "temporal_away": N_("Temporal does not answer. Commands are accepted meanwhile; ask this again in a moment."),
    "ledger_newer_than_code": N_("The ledger holds what this program does not know yet. Start a newer one."),
    "internal": N_("Something failed here that should not. It is in the log of the gateway; tell whoever runs Rumbo."),
}

HINTS: Final[dict[str, str]] = {
    "no_token": N_("`rumbo up` writes a token for the person who runs it; others get one from an administrator."),
    "conflict": N_("The one that stands is unchanged. Its outcome can be read under its id."),
    "ledger_away": N_("`rumbo admin doctor` says what is wrong."),
    "log_forked": N_("Bring back the ledger that was signed, or go on with `rumbo admin fork`."),
    "temporal_away": N_("`rumbo admin doctor` says what is wrong."),
    "gateway_key_in_use": N_(
        "Move gateway.pem out of the keyring and restart every gateway, so that a new key signs. Then retire this one."
    ),
}


@dataclass
class ApiProblem(Exception):
    """An answer other than success. ``params`` fill the placeholders in the sentence of the code."""

    status: int
    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def body(self) -> dict[str, Any]:
        """The answer as JSON."""
        body: dict[str, Any] = {"code": self.code, "message": sentence(self.code, self.params)}
        if self.code in HINTS:
            body["hint"] = _(HINTS[self.code])
        if self.faults:
            body["faults"] = [fault_view(fault) for fault in self.faults]
        return body


HANDLED_ERRORS: Final = (Malformed, NotAllowed, NotSignedIn, UnknownPlan, NoSuchPoint, TooLarge, BodyTooLong,
    TooManyWaiting, Stale, UnknownKind, LogIsForked, Incomplete, TemporalUnavailable, OSError, asyncpg.PostgresError,
    asyncpg.InterfaceError, asyncpg.InternalClientError)  # fmt: skip
"""The errors that `as_problem` maps to an answer of their own; any other is a 500."""


def as_problem(error: Exception) -> ApiProblem:
    """The answer to an error."""
    match error:
        case ApiProblem():
            return error
        case Malformed(faults=faults):
            return ApiProblem(400, "malformed", {}, tuple(faults))
        case NotSignedIn(code=code):
            return ApiProblem(401, code)
        case NotAllowed(code=code, params=params):
            return ApiProblem(403, code, params)
        case UnknownPlan(plan=plan):
            return ApiProblem(404, "unknown_plan", {"plan": plan[:64]})
        case NoSuchPoint(code=code, params=params):
            return ApiProblem(404 if code in ("no_such_entry", "nothing_yet") else 400, code, params)
        case asyncpg.CharacterNotInRepertoireError():  # a NUL in the request
            return ApiProblem(400, "malformed", {}, (TextFault("not_storable"),))
        case TooLarge() | BodyTooLong():
            return ApiProblem(413, "too_large")
        case TooManyWaiting():
            return ApiProblem(429, "too_many_waiting")
        case Stale(code=code):
            return ApiProblem(503, code)
        case LogIsForked() | Incomplete():
            return ApiProblem(503, "log_forked")
        case UnknownKind():
            return ApiProblem(503, "ledger_newer_than_code")
        case TemporalUnavailable(code=code):
            return ApiProblem(503, code)
        case _ if is_transient(error):
            return ApiProblem(503, "ledger_away")
        case _:
            return ApiProblem(500, "internal")


def send_result_view(answer: SendResult, where: str) -> dict[str, Any]:
    """A result as JSON, its sentence in the reader's language. ``where`` is added while the outcome is not recorded."""
    code = answer.code or ("accepted" if answer.outcome == "accepted" else None)
    return {
        "command_id": answer.command_id,
        "outcome": answer.outcome,
        "versions": list(answer.versions),
        "code": answer.code,
        "message": sentence(code, answer.params) if code else None,
    } | ({"where": where} if answer.outcome == "accepted" else {})


def fault_view(fault: Fault) -> dict[str, Any]:
    """A fault or a warning as JSON."""
    template = YAML_FAULTS.get(fault.code) or FAULTS[fault.code]
    return {
        "code": fault.code,
        "path": ".".join(map(str, fault.path)),
        "line": fault.line,
        "message": _filled(_(template), parameters_in_words(fault.code, fault.params)),
    }


def difference_view(found: Difference) -> dict[str, Any]:
    """A difference between Temporal and the ledger as JSON."""
    return {"code": found.code, "message": sentence(found.code, found.params), "params": dict(found.params)}


def sentence(code: str, params: Mapping[str, str]) -> str:
    """The sentence of a code in the reader's language. If a fault is its cause, the fault's sentence is included."""
    if (fault := params.get("fault")) in FAULTS:  # a fault of the definition caused the refusal
        params = {**params, "why": _filled(_(FAULTS[fault]), parameters_in_words(fault, params))}
    template = next((table[code] for table in _TABLES if code in table), code)
    return _filled(_(template), parameters_in_words(code, params))


_TABLES: Final = (MESSAGES, NOT_SIGNED_IN, NOT_ALLOWED, POINTS, DIFFERENCES, REFUSALS, FAULTS)


class _Blank(dict[str, str]):
    """Parameters, with … for missing ones: an old entry may lack some, and a sentence with a gap still helps."""

    def __missing__(self, key: str) -> str:
        return "…"


def _filled(template: str, params: Mapping[str, str]) -> str:
    return template.format_map(_Blank(params))
