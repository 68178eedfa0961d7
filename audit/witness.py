"""A witness (C2SP tlog-witness): cosigns a log's checkpoint only if it extends the one it cosigned before.

A newspaper, a university or an audit office can run one. It needs only a folder:

    name              the witness's name
    witness.pem       Ed25519, cosigns and nothing else
    logs              the verification keys of the logs it watches, one on each line
    seen/             the last checkpoint it cosigned of each log
    contradictions/   signed checkpoints that contradict that one; the pair proves that the log has two histories

The log asks it over HTTP, or it visits the log. Without a network, requests and answers are files.
"""

import base64
import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from audit.checkpoint import cosign, witness_key
from audit.merkle import consistent
from audit.verify import (
    LONGEST_NOTE,
    Broken,
    Checkpoint,
    CompactRange,
    Key,
    Unclear,
    exact_base64,
    is_name,
    parse_checkpoint,
    parse_key,
    signers,
)
from ledger.durable import read_or_create, replace_file

LONGEST: Final = LONGEST_NOTE + 8192
"""Most bytes of a request."""
MOST_PROOF: Final = 63
MOST_KEPT: Final = 100
PATIENCE: Final = 10.0
"""Seconds to wait for the other end of a connection."""

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"


class NoWitness(Exception):
    """The folder contains no readable witness."""

    code = "no_witness"


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """The HTTP response to ``add-checkpoint``."""

    status: int
    body: bytes
    media_type: str = TEXT


@dataclass(frozen=True, slots=True)
class CosignRequest:
    """A request to cosign a checkpoint, with the proof that it extends a tree of ``old`` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def encoded(self) -> bytes:
        """The request body."""
        lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.proof)
        return f"old {self.old}\n{lines}\n".encode() + self.note


def parse_request(body: bytes) -> CosignRequest:
    """Parse a request body. Raises `Unclear`."""
    head, found, note = body.partition(b"\n\n")
    first, *rest = head.decode("ascii", errors="replace").split("\n")
    word, _, old = first.partition(" ")
    hashes = [exact_base64(line) for line in rest]
    proof = tuple(one for one in hashes if one is not None and len(one) == 32)
    digits = old.isascii() and old.isdigit() and len(old) < 19 and str(int(old)) == old
    if not found or word != "old" or not digits or len(proof) != len(rest) or len(proof) > MOST_PROOF:
        raise Unclear("not_a_note", reason="not a request to a witness")
    return CosignRequest(int(old), proof, note)


class Witness:
    """The witness in a folder. Several processes may share it. Raises `NoWitness`."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        try:
            self.name = (folder / "name").read_text(encoding="utf-8").strip()
            private = load_pem_private_key((folder / "witness.pem").read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise NoWitness(str(folder)) from error
        if not isinstance(private, Ed25519PrivateKey) or not is_name(self.name):
            raise NoWitness(str(folder))
        self._private = private

    @classmethod
    def make(cls, folder: Path, name: str) -> "Witness":
        """Create a witness of this name in a folder, unless one exists. Raises `NoWitness` for an invalid name."""
        if not is_name(name):
            raise NoWitness(name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        read_or_create(folder / "witness.pem", private)
        read_or_create(folder / "name", f"{name}\n".encode())
        return cls(folder)

    @property
    def key(self) -> Key:
        return witness_key(self.name, self._private)

    def logs(self) -> list[Key]:
        """The keys of the watched logs; a log may have several."""
        try:
            lines = (self._folder / "logs").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [parse_key(line) for line in lines if line.strip()]

    def watch(self, key: Key) -> None:
        """Start watching a log with this key. Idempotent."""
        with self._locked():
            known = self.logs()
            if key not in known:
                replace_file(self._folder / "logs", "".join(f"{one}\n" for one in [*known, key]).encode())

    def seen(self, origin: str) -> Checkpoint:
        """The last cosigned checkpoint of a log; one of size 0 before the first."""
        with contextlib.suppress(FileNotFoundError):
            return parse_checkpoint(self._seen(origin).read_bytes())
        return Checkpoint(origin, 0, CompactRange().root(), b"", ())

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Cosign or refuse (tlog-witness, add-checkpoint). The cosigned checkpoint is on disk when this returns."""
        try:
            request = parse_request(body)
            checkpoint = parse_checkpoint(request.note)
            own = [key for key in self.logs() if key.name == checkpoint.origin]
        except Unclear as unclear:
            return WitnessAnswer(400, f"{unclear}\n".encode())
        if not own:
            return WitnessAnswer(404, b"This log is not watched here.\n")
        try:
            if not signers(checkpoint, own):
                return WitnessAnswer(403, b"No key of this log that is known here signed this.\n")
        except Broken as broken:
            return WitnessAnswer(403, f"{broken}\n".encode())
        if request.old > checkpoint.size:
            return WitnessAnswer(400, b"The old size is larger than the checkpoint's.\n")
        with self._locked():
            return self._extend(request, checkpoint)

    def _extend(self, request: CosignRequest, checkpoint: Checkpoint) -> WitnessAnswer:
        seen = self.seen(checkpoint.origin)
        if request.old != seen.size:
            return WitnessAnswer(409, f"{seen.size}\n".encode(), SIZE)
        if checkpoint.size == seen.size and checkpoint.root != seen.root:
            self._keep_contradiction(request.note, checkpoint)
            return WitnessAnswer(409, f"{seen.size}\n".encode(), SIZE)
        if not consistent(seen.size, checkpoint.size, seen.root, checkpoint.root, request.proof):
            self._keep_contradiction(request.note, checkpoint)
            return WitnessAnswer(422, b"The proof does not lead from what was cosigned here to this.\n")
        self._seen(checkpoint.origin).parent.mkdir(mode=0o700, exist_ok=True)
        replace_file(self._seen(checkpoint.origin), request.note)
        return WitnessAnswer(200, cosign(self.name, checkpoint.text, self._private, int(self._clock())))

    def _keep_contradiction(self, note: bytes, checkpoint: Checkpoint) -> None:
        """Keep a signed checkpoint that has no valid proof: beside the one in ``seen/`` it may prove two histories."""
        folder = self._folder / "contradictions"
        folder.mkdir(mode=0o700, exist_ok=True)
        if len(list(folder.iterdir())) < MOST_KEPT:
            read_or_create(
                folder / f"{_hashed(checkpoint.origin)}-{checkpoint.size}-{checkpoint.root.hex()[:16]}", note
            )

    def _seen(self, origin: str) -> Path:
        return self._folder / "seen" / _hashed(origin)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """A lock between processes: comparing with the last checkpoint and replacing it are one step."""
        descriptor = os.open(self._folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def visit(witness: Witness, url: str, origin: str) -> WitnessAnswer:
    """Fetch a log's newest checkpoint, cosign it, and post the cosignature. Raises httpx2's errors."""
    import httpx2  # noqa: PLC0415  (the gateway imports this module but never visits)

    with httpx2.Client(base_url=url.rstrip("/"), timeout=PATIENCE) as log:
        found = log.get(f"/add-checkpoint/{witness.seen(origin).size}")
        if not found.is_success:
            return WitnessAnswer(found.status_code, found.content[:LONGEST])
        answer = witness.add_checkpoint(found.content[:LONGEST])
        if answer.status == 200:
            size = parse_checkpoint(parse_request(found.content).note).size
            posted = log.post(f"/checkpoint/{size}/cosignatures", content=answer.body)
            if not posted.is_success:
                return WitnessAnswer(posted.status_code, posted.content[:LONGEST])
        return answer


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """The witness's HTTP server, bound but not yet serving: ``add-checkpoint``, and ``key`` to fetch its key."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE
        server_version = "rumbo-witness"
        sys_version = ""

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._send(WitnessAnswer(404, b"POST /add-checkpoint\n"))
            elif not length.isdigit() or int(length) > LONGEST:
                self._send(WitnessAnswer(413 if length.isdigit() else 411, b"A request has a length, and is short.\n"))
            else:
                self._send(witness.add_checkpoint(self.rfile.read(int(length))))

        def do_GET(self) -> None:
            found = self.path == "/key"
            self._send(WitnessAnswer(200, f"{witness.key}\n".encode()) if found else WitnessAnswer(404, b"GET /key\n"))

        def _send(self, answer: WitnessAnswer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: a public witness stands behind a proxy that keeps the log."""

    return ThreadingHTTPServer((host, port), Handler)


def _hashed(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:32]
