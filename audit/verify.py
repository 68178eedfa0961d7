"""Verifies a bundle or a receipt offline, without trust in its author. A single stand-alone file:

    python verify.py FILE --key KEY --checkpoint OLD --witness KEY

It needs Python 3.11 and the package ``cryptography``, nothing else. It cannot check that the state in a bundle follows
from its entries; `rumbo verify` does all that this file does, and folds the entries too.

Exit codes: 0 everything that could be checked holds, 6 a break was found, 1 cannot tell, 2 wrong usage.

Formats: RFC 6962, 2.1 (the tree); C2SP signed-note, tlog-checkpoint and tlog-cosignature (checkpoints). Bundles and
receipts are text, described in docs/auditing.md. The checks bind every byte of them.
"""

import argparse
import base64
import binascii
import hashlib
import io
import json
import os
import re
import stat
import struct
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BUNDLE: Final = "rumbo/bundle/v1"
RECEIPT: Final = "rumbo/receipt/v1"
LEDGER: Final = "_ledger"
"""The system stream: its entries introduce the log's keys and record forks."""
WITHHELD: Final = b"withheld "
_FIRST_OF_BUNDLE: Final = f"{BUNDLE}\n".encode()
_FIRST_OF_RECEIPT: Final = f"{RECEIPT}\n".encode()

MOST_BYTES: Final = 1 << 30
LONGEST_LINE: Final = 4 << 20
LONGEST_NOTE: Final = 64 << 10
MOST_SIGNATURES: Final = 64
MOST_CHECKPOINTS: Final = 256
"""In a bundle: one for each replaced key, and the newest."""
MOST_KEYS: Final = 1024
"""Keys that a log may introduce."""

HOLDS, BROKEN, UNCLEAR = 0, 6, 1

# ---------------------------------------------------------------- messages

ENGLISH: Final = {
    # What was checked, and holds.
    "signed": "The log {origin} signed {size} entries (key {key}).",
    "tree_holds": "All {size} entries of the log lead to the signed root.",
    "stream_holds": "{plan}: entries 1 to {count} are in the log, in order and as they were recorded.",
    "no_entries": "{plan}: the file holds no entry of it.",
    "state_holds": "Folding the entries gives the very state that the bundle claims.",
    "extends": "It goes on from your checkpoint of {size} entries: nothing before it was changed.",
    "covers": "{count} of the {all} entries of {plan} shown here lie before your checkpoint. NOT CHECKED: that there were no others. If you know of more, you are shown another history; a line from minutes settles it.",
    "line_holds": "Entry {version} of {plan} is the one in your minutes: nothing before it was changed.",
    "witnessed": "The witness {name} cosigned it at {time}.",
    "entry_holds": "Entry {version} of {plan} ({kind}, command {cause}) is in the log, at position {index}.",
    "forked": "FORKED: {theirs} ended at {size} signed entries, and the log goes on under this name by authority of {authority}. Reason: {reason}",
    "key_introduced": "The key {key} was introduced by the log itself, under a checkpoint that a key trusted before it signed.",
    # What was not checked.
    "no_key": "NOT CHECKED: whose log this is. Its key came with the file; give the one you got elsewhere with --key.",
    "no_checkpoint": "NOT CHECKED: that nothing was rewritten before it was sealed. Give a checkpoint or a line from minutes that you kept with --checkpoint.",
    "no_witness": "NOT CHECKED: that everybody is shown the same log. Name the witnesses you trust with --witness.",
    "no_fold": "NOT CHECKED: that the state which the bundle claims follows from its entries. `rumbo verify` checks that.",
    "no_state": "NOT CHECKED: the plan's state. The bundle claims none.",
    "no_ledger_tail": "NOT CHECKED: that the log has no more entries about its keys and forks than the {count} here.",
    "no_tail": "NOT CHECKED: that {plan} has no entry after {count}. The rest of the log is here as hashes only.",
    "not_covered": "NOT CHECKED: {plan} against your checkpoint of {size} entries. In this file the plan begins after it: if you know that it is older, you are shown another history than the one you knew.",
    "withheld": "WITHHELD: {count} entries of {plan} are here, whole or in part, as digests only; each still stands in its place.",
    "sealed": "SEALED: {count} values of {plan} stand as digests of salted text; they may have been erased since.",
    "unknown_signatures": "NOT CHECKED: {count} signatures by keys that were not given. Nothing here rests on them.",
    "old_unsigned": "Your old checkpoint has no signature by a key known here: it proves no more than you trust your copy of it.",
    "other_size": "NOT CHECKED: your checkpoint. It is of {size} entries, and a receipt can only be held against one of {own}.",
    "other_entry": "NOT CHECKED: the line from your minutes. It speaks of entry {version} of {plan}, which is not in this receipt.",
    # Breaks.
    "bad_signature": "BREAK: the signature by {name} does not hold. The checkpoint or the signature was changed.",
    "bad_root": "BREAK: the log's {size} entries do not lead to the root that was signed.",
    "not_in_log": "BREAK: {plan}: entry {version} is not in the log that this file shows, or not in its place.",
    "bad_chain": "BREAK: {plan}: entry {version} does not follow the others that are shown here.",
    "bad_state": "BREAK: folding the entries gives another state than the bundle claims.",
    "rewritten": "BREAK: the log's first {size} entries are not those of your checkpoint. History before it was rewritten.",
    "forked_away": "BREAK: your checkpoint of {size} entries of {theirs} is not in this log. The log was forked, as its own entries record: it goes on as {ours} by authority of {authority}. Reason: {reason}",
    "two_histories": "BREAK: the log's own key signed your checkpoint and this one, and they contradict each other: it shows different histories to different people. Keep both files; together they prove it.",
    "cut_off": "BREAK: the file ends after {own} entries of the log, but your checkpoint attests {size}. Entries are missing; if the file is merely older than your checkpoint, ask for a new one.",
    "line_cut_off": "BREAK: {plan} ends here with entry {own}, but your minutes hold entry {version}. Entries are missing; if the file is merely older than your minutes, ask for a new one.",
    "line_differs": "BREAK: entry {version} of {plan} is not the one in your minutes. History was rewritten, or the line was copied wrongly.",
    "bad_proof": "BREAK: the proof does not lead from entry {version} of {plan} to the signed root.",
    # Why the verdict is open.
    "unreadable": "Cannot tell: {file} cannot be read ({reason}).",
    "not_ours": "Cannot tell: this is neither a bundle nor a receipt of Rumbo, or one of a newer kind.",
    "too_large": "Cannot tell: the file has {size} bytes; this program reads up to {most}.",
    "malformed": "Cannot tell: line {line} is not what belongs there. The file is damaged or was made by something else.",
    "cut_short": "Cannot tell: the file ends before its end. Copy it again.",
    "not_a_note": "Cannot tell: this checkpoint is not a signed note of the form origin, size, root ({reason}).",
    "bad_old": "Cannot tell: the signature by {name} on your own checkpoint does not hold. Your copy was changed or damaged; this says nothing of the file.",
    "not_a_key": "Cannot tell: {given} is no verification key of a kind that is known here ({wanted}).",
    "unknown_signer": "Cannot tell: no key that was given signed the checkpoint of {size} entries. It is signed by: {names}.",
    "other_log": "Cannot tell: your checkpoint is of the log {theirs}, the file of {ours}. After a fork a log goes on under another name; the ledger's own entries say why.",
    "other_plan": "Cannot tell: the line from your minutes speaks of {theirs}, which is not in this file.",
    "no_quorum": "Cannot tell: {found} of the named witnesses cosigned it; you ask for {wanted}. It may not be what others see.",
    "no_key_in": "Cannot tell: {given} holds no key.",
    "odd_entry": "Cannot tell what the state should be: entry {version} of {plan} is signed, but no entry of its kind can have this content.",
    "newer": "Cannot tell what the state should be: the entries hold a kind ({kind}) that this program does not know. Use a newer one.",
    # The verdict.
    "verdict_holds": "HOLDS: everything that was checked holds.",
    "verdict_broken": "BROKEN: this is not the record as it was.",
    "verdict_unclear": "CANNOT TELL.",
}
"""Every finding by its code."""

SPANISH: Final = {
    # What was checked, and holds.
    "signed": "La bitácora {origin} firmó {size} asientos (llave {key}).",
    "tree_holds": "Los {size} asientos de la bitácora conducen a la raíz firmada.",
    "stream_holds": "{plan}: los asientos 1 a {count} están en la bitácora, en orden y tal como se registraron.",
    "no_entries": "{plan}: el archivo no contiene ningún asiento suyo.",
    "state_holds": "Al repetir los asientos resulta exactamente el estado que el paquete afirma.",
    "extends": "Continúa desde su punto de control de {size} asientos: nada anterior fue cambiado.",
    "covers": "{count} de los {all} asientos de {plan} que aquí se muestran son anteriores a su punto de control. SIN REVISAR: que no hubiera otros. Si usted sabe de más, le muestran otra historia; un renglón de un acta lo dice con certeza.",
    "line_holds": "El asiento {version} de {plan} es el de su acta: nada anterior fue cambiado.",
    "witnessed": "El testigo {name} lo refrendó el {time}.",
    "entry_holds": "El asiento {version} de {plan} ({kind}, comando {cause}) está en la bitácora, en la posición {index}.",
    "forked": "BIFURCADA: {theirs} terminó con {size} asientos firmados y la bitácora continúa con este nombre, con la autoridad de {authority}. Motivo: {reason}",
    "key_introduced": "La llave {key} fue presentada por la propia bitácora, bajo un punto de control que firmó una llave en que ya se confiaba.",
    # What was not checked.
    "no_key": "SIN REVISAR: de quién es esta bitácora. Su llave vino con el archivo; dé la que obtuvo por otra vía con --key.",
    "no_checkpoint": "SIN REVISAR: que nada se haya reescrito antes del sello. Dé con --checkpoint un punto de control o un renglón de acta que usted haya guardado.",
    "no_witness": "SIN REVISAR: que a todos se les muestre la misma bitácora. Nombre con --witness a los testigos en que confía.",
    "no_fold": "SIN REVISAR: que el estado que el paquete afirma se siga de sus asientos. Eso lo revisa `rumbo verify`.",
    "no_state": "SIN REVISAR: el estado del plan. El paquete no afirma ninguno.",
    "no_ledger_tail": "SIN REVISAR: que no haya más asientos sobre las llaves y bifurcaciones de la bitácora que los {count} de aquí.",
    "no_tail": "SIN REVISAR: que {plan} no tenga asientos después del {count}. El resto de la bitácora está aquí solo como huellas.",
    "not_covered": "SIN REVISAR: {plan} contra su punto de control de {size} asientos. En este archivo el plan empieza después: si usted sabe que es más viejo, le muestran otra historia que la que conocía.",
    "withheld": "RESERVADO: {count} asientos de {plan} están aquí, enteros o en parte, solo como huellas; cada uno sigue en su lugar.",
    "sealed": "SELLADO: {count} valores de {plan} aparecen como huellas de texto con sal; pueden haberse borrado después.",
    "unknown_signatures": "SIN REVISAR: {count} firmas de llaves que no se dieron. Nada de esto se apoya en ellas.",
    "old_unsigned": "Su punto de control anterior no lleva firma de una llave conocida aquí: vale lo que usted confíe en su copia.",
    "other_size": "SIN REVISAR: su punto de control. Es de {size} asientos, y un acuse solo puede compararse con uno de {own}.",
    "other_entry": "SIN REVISAR: el renglón de su acta. Habla del asiento {version} de {plan}, que no está en este acuse.",
    # Breaks.
    "bad_signature": "RUPTURA: la firma de {name} no es válida. Se cambió el punto de control o la firma.",
    "bad_root": "RUPTURA: los {size} asientos de la bitácora no conducen a la raíz que se firmó.",
    "not_in_log": "RUPTURA: {plan}: el asiento {version} no está en la bitácora que muestra este archivo, o no en su lugar.",
    "bad_chain": "RUPTURA: {plan}: el asiento {version} no sigue a los otros que aquí se muestran.",
    "bad_state": "RUPTURA: al repetir los asientos resulta otro estado que el que el paquete afirma.",
    "rewritten": "RUPTURA: los primeros {size} asientos de la bitácora no son los de su punto de control. Se reescribió la historia.",
    "forked_away": "RUPTURA: su punto de control de {size} asientos de {theirs} no está en esta bitácora. La bitácora se bifurcó, como consta en sus propios asientos: continúa como {ours} con la autoridad de {authority}. Motivo: {reason}",
    "two_histories": "RUPTURA: la misma llave de la bitácora firmó su punto de control y este, y se contradicen: muestra historias distintas a personas distintas. Conserve ambos archivos; juntos lo prueban.",
    "cut_off": "RUPTURA: el archivo termina tras {own} asientos de la bitácora, pero su punto de control da fe de {size}. Faltan asientos; si el archivo simplemente es más viejo que su punto de control, pida uno nuevo.",
    "line_cut_off": "RUPTURA: {plan} termina aquí con el asiento {own}, pero su acta tiene el asiento {version}. Faltan asientos; si el archivo simplemente es más viejo que su acta, pida uno nuevo.",
    "line_differs": "RUPTURA: el asiento {version} de {plan} no es el de su acta. Se reescribió la historia, o el renglón se copió mal.",
    "bad_proof": "RUPTURA: la prueba no conduce del asiento {version} de {plan} a la raíz firmada.",
    # Why the verdict is open.
    "unreadable": "No se puede decir: {file} no se puede leer ({reason}).",
    "not_ours": "No se puede decir: esto no es un paquete ni un acuse de Rumbo, o es de una clase más nueva.",
    "too_large": "No se puede decir: el archivo tiene {size} bytes; este programa lee hasta {most}.",
    "malformed": "No se puede decir: la línea {line} no es lo que corresponde. El archivo está dañado o lo hizo otra cosa.",
    "cut_short": "No se puede decir: el archivo termina antes de su final. Cópielo de nuevo.",
    "not_a_note": "No se puede decir: este punto de control no es una nota firmada con origen, tamaño y raíz ({reason}).",
    "bad_old": "No se puede decir: la firma de {name} en su propio punto de control no es válida. Su copia se cambió o se dañó; esto no dice nada del archivo.",
    "not_a_key": "No se puede decir: {given} no es una llave de verificación de una clase conocida aquí ({wanted}).",
    "unknown_signer": "No se puede decir: ninguna llave dada firmó el punto de control de {size} asientos. Está firmado por: {names}.",
    "other_log": "No se puede decir: su punto de control es de la bitácora {theirs}, el archivo de {ours}. Tras una bifurcación la bitácora sigue con otro nombre; los asientos de la propia bitácora dicen por qué.",
    "other_plan": "No se puede decir: el renglón de su acta habla de {theirs}, que no está en este archivo.",
    "no_quorum": "No se puede decir: lo refrendaron {found} de los testigos nombrados; usted pide {wanted}. Quizá no sea lo que otros ven.",
    "no_key_in": "No se puede decir: {given} no contiene ninguna llave.",
    "odd_entry": "No se puede decir cuál debe ser el estado: el asiento {version} de {plan} está firmado, pero ningún asiento de su clase puede tener ese contenido.",
    "newer": "No se puede decir cuál debe ser el estado: los asientos contienen una clase ({kind}) que este programa no conoce. Use uno más nuevo.",
    # The verdict.
    "verdict_holds": "SE SOSTIENE: todo lo que se revisó es válido.",
    "verdict_broken": "ROTO: este no es el registro tal como fue.",
    "verdict_unclear": "NO SE PUEDE DECIR.",
}
"""The same in Spanish. They stand here, not in the catalogue, because this file must run alone."""

MESSAGES: Final = {"en": ENGLISH, "es": SPANISH}

Params = dict[str, "str | int"]


class CheckFailed(Exception):
    """Ends a verification. ``code`` is a key of `ENGLISH`."""

    verdict: int = UNCLEAR

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(ENGLISH[code].format(**params))
        self.code, self.params = code, params


class Unclear(CheckFailed):
    """The verdict cannot be given: something is unreadable, unknown or missing."""


class Broken(CheckFailed):
    """The file contradicts a signature, its hash chain, or what the auditor kept."""

    verdict = BROKEN


@dataclass
class VerifyReport:
    """The findings in order, and the verdict: 0 holds, 6 broken, 1 cannot tell."""

    findings: list[tuple[str, Params]] = field(default_factory=list)
    verdict: int = HOLDS

    def add(self, code: str, **params: str | int) -> None:
        self.findings.append((code, params))

    def lines(self, language: Literal["en", "es"] = "en") -> Iterator[str]:
        """The findings as sentences, then the verdict."""
        for code, params in [*self.findings, (_VERDICTS[self.verdict], {})]:
            yield printable(MESSAGES[language][code].format(**params))


_VERDICTS: Final = {HOLDS: "verdict_holds", BROKEN: "verdict_broken", UNCLEAR: "verdict_unclear"}


def printable(text: str) -> str:
    """Text from a file, safe for a terminal: control characters are replaced."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "\ufffd" for c in text)


# ---------------------------------------------------------------- the tree (RFC 6962, 2.1)


def entry_hash(plan: str, version: int, prev: bytes, envelope: bytes, data: bytes) -> bytes:
    """The leaf hash of an entry: plan, version, previous hash, and the digests of its envelope and its salted data.

    `ledger.envelope` has it too: this file must run without it, and a test compares the two.
    """
    return leaf_hash(f"{plan}\n{version}\n{prev.hex()}\n{envelope.hex()}\n{data.hex()}\n".encode())


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class CompactRange:
    """A Merkle tree that grows leaf by leaf, stored as the roots of its full subtrees, largest first: O(log n) memory."""

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)

    def append(self, leaf: bytes) -> None:
        self.size += 1
        merges = self.size
        while merges % 2 == 0:
            leaf = node_hash(self.roots.pop(), leaf)
            merges >>= 1
        self.roots.append(leaf)

    def root(self) -> bytes:
        """The Merkle Tree Hash; of an empty tree, SHA-256 of the empty string."""
        if not self.roots:
            return hashlib.sha256().digest()
        *left, root = self.roots
        for one in reversed(left):
            root = node_hash(one, root)
        return root


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2: whether an inclusion proof leads from the leaf at ``index`` to the root of ``size`` leaves."""
    if not 0 <= index < size:
        return False
    here, last = index, size - 1
    for one in path:
        if last == 0:
            return False
        if here % 2 or here == last:
            leaf = node_hash(one, leaf)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            leaf = node_hash(leaf, one)
        here, last = here // 2, last // 2
    return last == 0 and leaf == root


# ---------------------------------------------------------------- keys and notes (C2SP signed-note)

ED25519: Final = 1
COSIGNATURE: Final = 4


@dataclass(frozen=True)
class Key:
    """A verification key, ``name+id+key``. Algorithm 1 (Ed25519) signs checkpoints, 4 (tlog-cosignature) cosigns."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.algorithm]) + self.public).decode()}"

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether a signature by this key on a note's text is valid."""
        if self.algorithm == COSIGNATURE:
            if len(signature) != 72 or signature[0] > 127:
                return False
            text, signature = cosignature_text(text, time_of(signature)), signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def parse_key(given: str, algorithm: int = ED25519) -> Key:
    """Parse a key of one algorithm. Raises `Unclear` for anything else."""
    wanted = {ED25519: "log, Ed25519", COSIGNATURE: "witness, cosignature/v1"}[algorithm]
    name, _, rest = given.strip().partition("+")
    id_, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
        key = Key(name, raw[0], raw[1:])
        whole = len(raw) == 33 and raw[0] == algorithm and is_name(name)
        if whole and str(key) == f"{name}+{id_}+{encoded}" and not is_weak(key.public):
            return key
    except (ValueError, IndexError):
        pass
    raise Unclear("not_a_key", given=given.strip()[:100], wanted=wanted)


_PRIME: Final = 2**255 - 19
_EIGHTH: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_WEAK: Final = {0, 1, _PRIME - 1, _EIGHTH, _PRIME - _EIGHTH}


def is_weak(public: bytes) -> bool:
    """Whether an Ed25519 key is a point of small order, for which one signature is valid on any text."""
    return int.from_bytes(public, "little") % 2**255 % _PRIME in _WEAK


def is_name(name: str) -> bool:
    """Whether this can be a key's name: not empty, printable, no spaces, no plus sign."""
    return bool(name) and "+" not in name and name.isprintable() and not any(c.isspace() for c in name)


def cosignature_text(text: bytes, seconds: int) -> bytes:
    """The text that a witness signs: a header, the time, and the checkpoint's text."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


def time_of(signature: bytes) -> int:
    """The time that a cosignature states, in seconds since 1970."""
    seconds: int = struct.unpack(">Q", signature[:8])[0]
    return seconds


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head. ``text`` is the signed text; ``signatures`` are (name, key id, signature), in order."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


_SIGNATURE: Final = re.compile("— ([^ ]+) ([A-Za-z0-9+/=]+)")


def parse_checkpoint(note: bytes) -> Checkpoint:
    """Parse a checkpoint from its note, strictly (signed-note, tlog-checkpoint). Raises `Unclear`."""
    if len(note) > LONGEST_NOTE:
        raise Unclear("not_a_note", reason="longer than 64 KiB")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise Unclear("not_a_note", reason="not UTF-8") from None
    if any(c < " " and c != "\n" for c in whole):
        raise Unclear("not_a_note", reason="control characters, such as CR" if "\r" in whole else "control characters")
    text, found, signed = whole.rpartition("\n\n")
    if not found or not signed.endswith("\n"):
        raise Unclear("not_a_note", reason="no signatures")
    lines = text.split("\n")
    if len(lines) < 3 or not all(lines):
        raise Unclear("not_a_note", reason="fewer than three lines, or an empty one")
    origin, size, root, *_ = lines
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", size):
        raise Unclear("not_a_note", reason="its size is no number")
    root_hash = exact_base64(root)
    if root_hash is None or len(root_hash) != 32:
        raise Unclear("not_a_note", reason="its root is no SHA-256")
    signatures = []
    for line in signed.removesuffix("\n").split("\n"):
        match = _SIGNATURE.fullmatch(line)
        raw = exact_base64(match[2]) if match else None
        if match is None or raw is None or len(raw) < 5 or not is_name(match[1]):
            raise Unclear("not_a_note", reason="a signature line that is none")
        signatures.append((match[1], raw[:4], raw[4:]))
    if len(signatures) > MOST_SIGNATURES:
        raise Unclear("not_a_note", reason=f"more than {MOST_SIGNATURES} signatures")
    return Checkpoint(origin, int(size), root_hash, (text + "\n").encode(), tuple(signatures))


def exact_base64(text: str) -> bytes | None:
    """Decode standard base64 in canonical form; ``None`` for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def signers(checkpoint: Checkpoint, keys: Sequence[Key]) -> list[tuple[Key, bytes]]:
    """The keys among ``keys`` that signed it, with their signatures. Raises `Broken` if one of these is invalid."""
    known = {(key.name, key.id): key for key in keys}
    found = []
    for name, id_, signature in checkpoint.signatures:
        if key := known.get((name, id_)):
            if not key.holds(checkpoint.text, signature):
                raise Broken("bad_signature", name=name)
            found.append((key, signature))
    return found


# ---------------------------------------------------------------- what the auditor gives

_LINE = re.compile(r"(\S+) · [^0-9]*([1-9][0-9]{0,8}) · ([0-9a-f]{32}) · .+")


@dataclass(frozen=True)
class MinutesLine:
    """A line from minutes: plan, entry number, and the first 32 characters of the entry's hash."""

    plan: str
    version: int
    hash: str


TrustAnchor = Checkpoint | MinutesLine
"""What the auditor kept from an earlier time and trusts."""


def parse_anchor(given: str) -> TrustAnchor:
    """Parse a line from minutes, or read a file that contains one or a checkpoint. Raises `Unclear`."""
    if match := _LINE.fullmatch(given.strip()):
        return MinutesLine(match[1], int(match[2]), match[3])
    raw = read_small(given)
    try:
        match = _LINE.fullmatch(raw.decode().strip())
    except UnicodeDecodeError:
        match = None
    return MinutesLine(match[1], int(match[2]), match[3]) if match else parse_checkpoint(raw)


def read_key(given: str, algorithm: int = ED25519) -> list[Key]:
    """The key in a text, or the keys in a file, one on each line; text after a space is a comment. Raises `Unclear`."""
    if "+" in given and not os.path.exists(given):
        return [parse_key(given, algorithm)]
    lines = [line.strip() for line in read_small(given).decode(errors="replace").splitlines()]
    keys = [parse_key(line.split()[0], algorithm) for line in lines if line and line[0] != "#"]
    if not keys:
        raise Unclear("no_key_in", given=given[:200])
    return keys


def read_small(path: str) -> bytes:
    """The first 64 KiB of a file. Raises `Unclear`."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LONGEST_NOTE + 1)
    except (OSError, ValueError) as error:
        raise Unclear("unreadable", file=path[:200], reason=getattr(error, "strerror", None) or "-") from None


@dataclass
class Expectations:
    """What a file is checked against."""

    keys: list[Key] = field(default_factory=list)
    anchors: list[TrustAnchor] = field(default_factory=list)
    witnesses: list[Key] = field(default_factory=list)
    quorum: int | None = None
    """How many witnesses must have cosigned; all of them if ``None``."""


Fold = Callable[[str, list[tuple[bytes, bytes]]], bytes]
"""From a plan's envelopes and data to the state's canonical JSON. Raises `Unclear` for an unknown kind."""


class LineReader:
    """Reads the lines of a file after its first, with limits on length and count. Its methods raise `Unclear`."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._unread = size
        self._ready: list[bytes] = []
        """Lines read but not yet returned, in reverse order."""
        self._bytes = 0
        """Bytes of the ready lines, with their newlines."""
        self._rest = b""
        """The text after the last newline."""
        self.number = 1

    def next(self, longest: int = LONGEST_LINE) -> bytes:
        """The next line, without its newline."""
        if not self._ready:
            self._read()
        self.number += 1
        line = self._ready.pop()
        self._bytes -= len(line) + 1
        if len(line) > longest:
            raise self.wrong()
        return line

    def _read(self) -> None:
        """Read a block of lines."""
        block = self._file.read(1 << 18)
        if block and not block.endswith(b"\n"):
            block += self._file.readline(MOST_BYTES)
        self._unread -= len(block)
        *self._ready, self._rest = block.split(b"\n")
        self._ready.reverse()
        self._bytes = len(block) - len(self._rest)
        if not self._ready:
            self.number += 1
            raise self.wrong() if len(self._rest) > LONGEST_LINE else Unclear("cut_short")

    @property
    def left(self) -> int:
        """Bytes not yet returned."""
        return self._unread + self._bytes

    def heading(self, *names: str) -> tuple[str, list[str]]:
        """A section heading: its name, one of ``names``, and the fields after it."""
        try:
            name, *rest = self.next().decode("ascii").split(" ")
        except UnicodeDecodeError:
            raise self.wrong() from None
        if name not in names:
            raise self.wrong()
        return name, rest

    def count(self, fields: Sequence[str], shortest: int) -> int:
        """The count in a heading. That many items of at least ``shortest`` bytes must fit into the rest of the file."""
        if len(fields) != 1 or not re.fullmatch(r"0|[1-9][0-9]{0,17}", fields[0]):
            raise self.wrong()
        count = int(fields[0])
        if count * shortest > self.left:
            raise Unclear("cut_short")
        return count

    def hash(self) -> bytes:
        """A line with one hash in hex."""
        return self.hex(self.next(), 32)

    def hex(self, text: bytes, length: int) -> bytes:
        """Decode ``length`` bytes from lower-case hex."""
        try:
            raw = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            raise self.wrong() from None
        if len(raw) != length or raw.hex().encode() != text:
            raise self.wrong()
        return raw

    def hashes(self, count: int) -> Iterator[bytes]:
        """``count`` hashes, one on each line, decoded in blocks for speed."""
        while count:
            if not self._ready:
                self._read()
            some = self._ready[: -count - 1 : -1]
            del self._ready[-len(some) :]
            block = b"\n".join(some)
            self._bytes -= len(block) + 1
            try:
                raw = bytes.fromhex(block.decode("ascii"))
            except ValueError:
                raise self.wrong() from None
            if raw.hex("\n", 32).encode() != block:
                raise self.wrong()
            self.number += len(some)
            count -= len(some)
            yield from (raw[at : at + 32] for at in range(0, len(raw), 32))

    def note(self, count: int) -> Checkpoint:
        """The checkpoint in the next ``count`` lines."""
        lines, length = [], 0
        for _ in range(count):
            lines.append(self.next() + b"\n")
            length += len(lines[-1])
            if length > LONGEST_NOTE:
                raise Unclear("not_a_note", reason="longer than 64 KiB")
        return parse_checkpoint(b"".join(lines))

    def end(self) -> None:
        """Require that the file ends here."""
        if self._ready or self._rest or self._file.read(1):
            self.number += 1
            raise self.wrong()

    def wrong(self) -> Unclear:
        """The exception for the present line."""
        return Unclear("malformed", line=self.number)


# ---------------------------------------------------------------- a stream

_SEAL: Final = b'{"sealed":"'
"""The first bytes of a seal. Inside a JSON string its quotation marks would be escaped, so they match only seals."""


@dataclass
class BundleStream:
    """A plan's entries as read from a bundle. Each hash binds the one before it, so the last binds them all."""

    plan: str
    hashes: list[bytes] = field(default_factory=list)
    entries: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Envelope and data of each entry that is not withheld."""
    positions: list[int] = field(default_factory=list)
    """The log position of each entry."""
    withheld: int = 0
    sealed: int = 0

    def read(self, lines: LineReader, count: int) -> None:
        """Read ``count`` entries, from the plan's first on."""
        prev = bytes(32)
        for version in range(1, count + 1):
            envelope, data, of_envelope, of_data = read_entry(lines)
            prev = entry_hash(self.plan, version, prev, of_envelope, of_data)
            self.hashes.append(prev)
            if envelope is None or data is None:
                self.withheld += 1
            else:
                self.entries.append((envelope, data))
            self.sealed += (envelope or b"").count(_SEAL) + (data or b"").count(_SEAL)


def read_entry(lines: LineReader) -> tuple[bytes | None, bytes | None, bytes, bytes]:
    """An entry's envelope and data (``None`` if withheld), and the two digests that its leaf hash binds.

    Three lines: envelope, data, salt. A line ``withheld DIGEST`` replaces the first, or the other two.
    """
    envelope = lines.next()
    hidden = envelope.startswith(WITHHELD)
    of_envelope = lines.hex(envelope[len(WITHHELD) :], 32) if hidden else hashlib.sha256(envelope).digest()
    data = lines.next()
    if data.startswith(WITHHELD):
        return None if hidden else envelope, None, of_envelope, lines.hex(data[len(WITHHELD) :], 32)
    salt = lines.hex(lines.next(), 16)
    return None if hidden else envelope, data, of_envelope, hashlib.sha256(salt + data).digest()


# ---------------------------------------------------------------- a bundle


@dataclass
class Bundle:
    """A bundle as read. The checks that need only the file itself are done."""

    streams: list[BundleStream]
    checkpoints: list[Checkpoint]
    roots: dict[int, bytes]
    """The log's root at the size of each checkpoint, in the file or given by the auditor."""
    state: bytes | None

    @property
    def plan_stream(self) -> BundleStream:
        """The stream of the bundle's plan. It is the second; the first is the system stream."""
        return self.streams[-1]

    @property
    def last(self) -> Checkpoint:
        return self.checkpoints[-1]


def read_bundle(lines: LineReader, expected: Expectations) -> Bundle:
    """Read a whole bundle. Raises `Unclear`, `Broken`."""
    streams: list[BundleStream] = []
    for _ in range(2):
        _, rest = lines.heading("stream")
        # The system stream must come first, with nothing withheld. A missing tail cannot be detected, only reported.
        if len(rest) != 2 or (rest[0] == LEDGER) != (not streams):
            raise lines.wrong()
        stream = BundleStream(rest[0])
        stream.read(lines, lines.count(rest[1:], 148))
        if stream.plan == LEDGER and stream.withheld:
            raise lines.wrong()
        streams.append(stream)
    checkpoints: list[Checkpoint] = []
    name, rest = lines.heading("checkpoint")
    while name == "checkpoint":
        checkpoints.append(lines.note(lines.count(rest, 1)))
        past = len(checkpoints) > 1 and checkpoints[-2].size >= checkpoints[-1].size
        if past or len(checkpoints) > MOST_CHECKPOINTS:
            raise lines.wrong()
        name, rest = lines.heading("checkpoint", "leaves")
    roots = _grow(lines, lines.count(rest, 65), streams, checkpoints, expected)
    state = None
    name, rest = lines.heading("state", "end")
    if name == "state":
        if rest:
            raise lines.wrong()
        state = lines.next(MOST_BYTES)  # the state grows with the plan's age
        name, rest = lines.heading("end")
    if rest:
        raise lines.wrong()
    lines.end()
    return Bundle(streams, checkpoints, roots, state)


def _grow(
    lines: LineReader, count: int, streams: list[BundleStream], checkpoints: list[Checkpoint], expected: Expectations
) -> dict[int, bytes]:
    """Build the tree from its leaf hashes and find each entry's position. Returns the roots at the wanted sizes."""
    wanted = {one.size for one in (*checkpoints, *expected.anchors) if isinstance(one, Checkpoint)}
    owner = {hash_: (stream, n) for stream in streams for n, hash_ in enumerate(stream.hashes, 1)}
    tree = CompactRange()
    roots = {0: tree.root()}
    if count != checkpoints[-1].size:
        raise Broken("bad_root", size=checkpoints[-1].size)
    for index, leaf in enumerate(lines.hashes(count)):
        tree.append(leaf)
        if leaf in owner:
            stream, version = owner[leaf]
            if version != len(stream.positions) + 1:
                raise Broken("not_in_log", plan=stream.plan, version=version)
            stream.positions.append(index)
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    for stream in streams:
        if len(stream.positions) < len(stream.hashes):
            raise Broken("not_in_log", plan=stream.plan, version=len(stream.positions) + 1)
    return roots


def check_bundle(bundle: Bundle, expected: Expectations, report: VerifyReport, fold: Fold | None) -> None:
    """Check a bundle: signatures, tree, cosignatures, the auditor's anchors, and the state. Raises `Unclear`, `Broken`."""
    origin = bundle.last.origin
    introduced = list(_introduced(bundle))
    if len(introduced) > MOST_KEYS:
        raise Unclear("not_ours")
    trusted = list(expected.keys) or list(dict.fromkeys(key for _, key in introduced))
    known, remaining = set(trusted), iter([*introduced, (bundle.last.size, None)])
    position, key = next(remaining)
    for checkpoint in bundle.checkpoints:
        if checkpoint.origin != origin:
            raise Unclear("other_log", theirs=checkpoint.origin[:100], ours=origin[:100])
        require_signed(checkpoint, trusted, report if checkpoint is bundle.last else VerifyReport())
        if bundle.roots.get(checkpoint.size) != checkpoint.root:
            raise Broken("bad_root", size=checkpoint.size)
        while position < checkpoint.size:  # keys and checkpoints are both in log order, so one pass is enough
            if key is not None and key not in known:
                known.add(key)
                trusted.append(key)
                report.add("key_introduced", key=key.id.hex())
            position, key = next(remaining)
    if not expected.keys:
        report.add("no_key")
    report.add("tree_holds", size=bundle.last.size)
    for fork in _forks(bundle).values():
        report.add("forked", **fork)
    require_witnessed(bundle.last, expected, trusted, report)
    for old in expected.anchors:
        _check_anchor(bundle, old, trusted, report)
    if not expected.anchors:
        report.add("no_checkpoint")
    for stream in bundle.streams:
        if stream.hashes:
            report.add("stream_holds", plan=stream.plan, count=len(stream.hashes))
        else:
            report.add("no_entries", plan=stream.plan)
        if stream.withheld:
            report.add("withheld", plan=stream.plan, count=stream.withheld)
        if stream.sealed:
            report.add("sealed", plan=stream.plan, count=stream.sealed)
    report.add("no_ledger_tail", count=len(bundle.streams[0].hashes))
    report.add("no_tail", plan=bundle.plan_stream.plan, count=len(bundle.plan_stream.hashes))
    if bundle.state is None:
        report.add("no_state")
    elif bundle.plan_stream.withheld:
        raise Broken("bad_state")  # a state cannot be folded from withheld entries
    elif fold is None:
        report.add("no_fold")
    elif fold(bundle.plan_stream.plan, bundle.plan_stream.entries) != bundle.state:
        raise Broken("bad_state")
    else:
        report.add("state_holds")


def _system_entries(bundle: Bundle, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The system stream's entries of one kind: log position and event data of each."""
    ledger = bundle.streams[0]
    for position, (envelope, data) in zip(ledger.positions, ledger.entries, strict=True):
        fields, event = _object(envelope), _object(data)
        if fields.get("kind") == kind:
            yield position, event


def _object(text: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises `Unclear` for anything else: no ledger writes it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Unclear("not_ours")
    return value


def _introduced(bundle: Bundle) -> Iterator[tuple[int, Key]]:
    """The log's keys that the system stream introduces, each with the position of its entry."""
    for position, event in _system_entries(bundle, "log_key_introduced"):
        key = parse_key(str(event.get("key")))
        if key.name == bundle.last.origin:
            yield position, key


def _forks(bundle: Bundle) -> dict[str, Params]:
    """The recorded forks: by former origin, the parameters of their messages."""
    return {
        str(event.get("origin")): {
            "theirs": str(event.get("origin"))[:100],
            "size": str(event.get("size"))[:20],
            "authority": str(event.get("authority"))[:500],
            "reason": str(event.get("reason"))[:2000],
        }
        for _, event in _system_entries(bundle, "log_forked")
    }


def _check_anchor(bundle: Bundle, old: TrustAnchor, trusted: list[Key], report: VerifyReport) -> None:
    """Check that a bundle extends what the auditor kept. Raises `Unclear`, `Broken`."""
    last = bundle.last
    if isinstance(old, MinutesLine):
        stream = next((one for one in bundle.streams if one.plan == old.plan), None)
        if stream is None:
            raise Unclear("other_plan", theirs=old.plan)
        if not 1 <= old.version <= len(stream.hashes):
            raise Broken("line_cut_off", plan=old.plan, own=len(stream.hashes), version=old.version)
        if not stream.hashes[old.version - 1].hex().startswith(old.hash):
            raise Broken("line_differs", plan=old.plan, version=old.version)
        report.add("line_holds", plan=old.plan, version=old.version)
        return
    own = bundle.plan_stream
    if old.origin != last.origin and old.origin in (forks := _forks(bundle)):
        if bundle.roots.get(old.size) != old.root:
            raise Broken("forked_away", **forks[old.origin] | {"size": old.size, "ours": last.origin[:100]})
    elif old.origin != last.origin:
        raise Unclear("other_log", theirs=old.origin[:100], ours=last.origin[:100])
    signed = _signers_of_own(old, trusted)
    if old.size > last.size:
        raise Broken("cut_off", own=last.size, size=old.size)
    if bundle.roots[old.size] != old.root:
        raise Broken("two_histories") if signed else Broken("rewritten", size=old.size)
    if not signed:
        report.add("old_unsigned")
    report.add("extends", size=old.size)
    before = sum(position < old.size for position in own.positions)
    if before:
        report.add("covers", plan=own.plan, count=before, all=len(own.positions))
    else:
        report.add("not_covered", plan=own.plan, size=old.size)


def _signers_of_own(old: Checkpoint, trusted: list[Key]) -> list[tuple[Key, bytes]]:
    """The signers of the auditor's own checkpoint. An invalid signature there is a fault of the copy, not of the file."""
    try:
        return signers(old, trusted)
    except Broken as broken:
        raise Unclear("bad_old", **broken.params) from None


def require_signed(checkpoint: Checkpoint, trusted: list[Key], report: VerifyReport) -> None:
    """Require that a trusted key of this log signed a checkpoint. Raises `Unclear`, `Broken`."""
    own = [key for key, _ in signers(checkpoint, trusted) if key.name == checkpoint.origin]
    if not own:
        names = ", ".join(f"{name}+{id_.hex()}" for name, id_, _ in checkpoint.signatures[:8])
        raise Unclear("unknown_signer", size=checkpoint.size, names=names)
    report.add("signed", origin=checkpoint.origin, size=checkpoint.size, key=own[0].id.hex())


def require_witnessed(checkpoint: Checkpoint, expected: Expectations, trusted: list[Key], report: VerifyReport) -> None:
    """Require that enough witnesses cosigned a checkpoint. Raises `Unclear`, `Broken`."""
    found = {key: signature for key, signature in signers(checkpoint, expected.witnesses)}
    for key, signature in found.items():
        report.add("witnessed", name=key.name, time=_utc(time_of(signature)))
    wanted = len(set(expected.witnesses)) if expected.quorum is None else expected.quorum
    if len(found) < wanted:
        raise Unclear("no_quorum", found=len(found), wanted=wanted)
    if not expected.witnesses:
        report.add("no_witness")
    known = {(key.name, key.id) for key in (*trusted, *expected.witnesses)}
    unknown = [one for one in checkpoint.signatures if one[:2] not in known]
    if unknown:
        report.add("unknown_signatures", count=len(unknown))


def _utc(seconds: int) -> str:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 (needed only with a witness)

    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S UTC")
    except OverflowError:
        return str(seconds)


# ---------------------------------------------------------------- a receipt


def check_receipt(lines: LineReader, expected: Expectations, report: VerifyReport) -> None:
    """Check a receipt: the proof that entries are in a signed log. Raises `Unclear`, `Broken`."""
    _, rest = lines.heading("keys")
    if (count := lines.count(rest, 44)) > MOST_KEYS:
        raise lines.wrong()
    brought = [_exact_key(lines) for _ in range(count)]
    _, rest = lines.heading("checkpoint")
    checkpoint = lines.note(lines.count(rest, 1))
    trusted = expected.keys or brought
    require_signed(checkpoint, trusted, report)
    if not expected.keys:
        report.add("no_key")
    require_witnessed(checkpoint, expected, trusted, report)
    proven: dict[tuple[str, int], bytes] = {}
    """The hash of each entry that its own proof, or the next entry's ``prev``, binds."""
    latest: dict[str, tuple[int, int]] = {}
    name, rest = lines.heading("entry")
    while name == "entry":
        one = _read_proof(lines, rest, checkpoint, report)
        stands = one.version, one.index
        before = latest.get(one.plan, (0, -1))
        follows = stands[0] > before[0] and stands[1] > before[1] and (one.version > 1 or not any(one.prev))
        if not follows or proven.setdefault((one.plan, one.version - 1), one.prev) != one.prev:
            raise Broken("bad_chain", plan=one.plan[:80], version=one.version)
        latest[one.plan], proven[one.plan, one.version] = stands, one.hash
        name, rest = lines.heading("entry", "end")
    if rest:
        raise lines.wrong()
    lines.end()
    for old in expected.anchors:
        if isinstance(old, MinutesLine):
            hash_ = proven.get((old.plan, old.version), b"")
            if not hash_:
                report.add("other_entry", plan=old.plan, version=old.version)
            elif not hash_.hex().startswith(old.hash):
                raise Broken("line_differs", plan=old.plan, version=old.version)
            else:
                report.add("line_holds", plan=old.plan, version=old.version)
        elif old.size != checkpoint.size:
            report.add("other_size", size=old.size, own=checkpoint.size)
        elif old.origin != checkpoint.origin:
            raise Unclear("other_log", theirs=old.origin[:100], ours=checkpoint.origin[:100])
        elif old.root != checkpoint.root:
            signed = _signers_of_own(old, trusted)
            raise Broken("two_histories") if signed else Broken("rewritten", size=old.size)
        else:
            report.add("extends", size=old.size)
    if not expected.anchors:
        report.add("no_checkpoint")


def _exact_key(lines: LineReader) -> Key:
    """A line with a key in canonical form."""
    line = lines.next()
    key = parse_key(line.decode(errors="replace"))
    if str(key).encode() != line:
        raise lines.wrong()
    return key


@dataclass(frozen=True)
class ProvenEntry:
    """An entry that a receipt proves: log position, plan, version, and the hashes of the previous entry and its own."""

    index: int
    plan: str
    version: int
    prev: bytes
    hash: bytes


def _read_proof(lines: LineReader, fields: list[str], checkpoint: Checkpoint, report: VerifyReport) -> ProvenEntry:
    """One entry of a receipt, checked against the checkpoint's root. Raises `Unclear`, `Broken`."""
    if (
        len(fields) != 4
        or not re.fullmatch(r"0|[1-9][0-9]{0,17}", fields[0])
        or not re.fullmatch("[1-9][0-9]{0,8}", fields[2])
    ):
        raise lines.wrong()
    index, plan, version, hashes = int(fields[0]), fields[1], int(fields[2]), lines.count(fields[3:], 65)
    if hashes > 64:
        raise lines.wrong()
    prev = lines.hash()
    envelope, _, of_envelope, of_data = read_entry(lines)
    path = [lines.hash() for _ in range(hashes)]
    hash_ = entry_hash(plan, version, prev, of_envelope, of_data)
    if not included(hash_, index, checkpoint.size, path, checkpoint.root):
        raise Broken("bad_proof", plan=plan[:80], version=version)
    named = _object(envelope) if envelope else {}
    kind, cause = str(named.get("kind", "-"))[:80], str(named.get("cause", "-"))[:100]
    report.add("entry_holds", plan=plan[:80], version=version, kind=kind, cause=cause, index=index)
    return ProvenEntry(index, plan, version, prev, hash_)


# ---------------------------------------------------------------- the program


def verify(path: str, expected: Expectations, fold: Fold | None = None) -> VerifyReport:
    """Verify a file. Never raises because of its content: the report has the verdict and the findings."""
    try:
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return VerifyReport([("unreadable", {"file": path[:200], "reason": "no regular file"})], UNCLEAR)
            return examine(file, status.st_size, expected, fold)
    except OSError as error:
        return VerifyReport([("unreadable", {"file": path[:200], "reason": error.strerror or "-"})], UNCLEAR)


def examine(file: BinaryIO, size: int, expected: Expectations, fold: Fold | None = None) -> VerifyReport:
    """Verify an open file of ``size`` bytes. Raises only what reading raises."""
    report = VerifyReport()
    try:
        first = file.readline(len(RECEIPT) + 1)
        lines = LineReader(file, size - len(first))
        if first not in (_FIRST_OF_BUNDLE, _FIRST_OF_RECEIPT):
            raise Unclear("not_ours")
        if size > MOST_BYTES:
            raise Unclear("too_large", size=size, most=MOST_BYTES)
        if first == _FIRST_OF_BUNDLE:
            check_bundle(read_bundle(lines, expected), expected, report, fold)
        else:
            check_receipt(lines, expected, report)
    except CheckFailed as found:
        report.add(found.code, **found.params)
        report.verdict = found.verdict
    return report


def parse_expectations(
    keys: Sequence[str], anchors: Sequence[str], witnesses: Sequence[str], quorum: int | None
) -> Expectations:
    """Parse the options of a command line. Raises `Unclear`."""
    return Expectations(
        [key for given in keys for key in read_key(given)],
        [parse_anchor(given) for given in anchors],
        [key for given in witnesses for key in read_key(given, COSIGNATURE)],
        quorum,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check a bundle or a receipt of Rumbo, offline.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--key", action="append", default=[], help="the log's verification key, or a file of keys")
    parser.add_argument("--checkpoint", action="append", default=[], help="your own: a file, or a line from minutes")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness you trust, or a file")
    parser.add_argument("--quorum", type=_positive, help="how many witnesses must have cosigned; all that are named")
    parser.add_argument("--lang", choices=["en", "es"], default="es" if _spanish() else "en")
    given = parser.parse_args(arguments)
    try:
        report = verify(given.file, parse_expectations(given.key, given.checkpoint, given.witness, given.quorum))
    except Unclear as unclear:
        report = VerifyReport([(unclear.code, unclear.params)], UNCLEAR)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may lack a character
        sys.stdout.reconfigure(errors="backslashreplace")
    for line in report.lines(given.lang):
        sys.stdout.write(line + "\n")
    return report.verdict


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def _spanish() -> bool:
    """Whether the environment asks for Spanish, in gettext's order of precedence."""
    locale = next(
        (os.environ[name] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return locale.startswith("es")


if __name__ == "__main__":
    raise SystemExit(main())
