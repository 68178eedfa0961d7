"""The verifier against files, checkpoints and keys that are wrong in every way: a clear verdict, and quickly."""

import base64
import contextlib
import io
import itertools
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import verify as verifier
from audit.checkpoint import head, log_key, sign
from audit.folding import fold
from audit.verify import (
    BROKEN,
    BUNDLE,
    COSIGNATURE,
    ENGLISH,
    HOLDS,
    LONGEST_LINE,
    MOST_BYTES,
    RECEIPT,
    SPANISH,
    UNCLEAR,
    Expectations,
    Key,
    MinutesLine,
    Unclear,
    VerifyReport,
    entry_hash,
    examine,
    main,
    parse_anchor,
    parse_checkpoint,
    parse_expectations,
    parse_key,
    printable,
    signers,
    verify,
)
from ledger.envelope import digest
from tests.unit.audit.making import ORIGIN, SALT, Log, Watcher

LOG = Log()


def check(content: bytes, asked: Expectations | None = None, log: Log = LOG) -> VerifyReport:
    return examine(io.BytesIO(content), len(content), asked or Expectations([log.key]))


def found(report: VerifyReport) -> tuple[int, str]:
    return report.verdict, report.findings[-1][0]


def test_a_note_signed_by_another_program_is_read() -> None:
    """The example of golang.org/x/mod/sumdb/note."""
    key = parse_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signature = base64.b64decode(line)
    assert signature[:4] == key.id
    assert key.holds(text, signature[4:])
    assert not key.holds(text.replace(b"answer", b"anzwer"), signature[4:])


def test_a_valid_bundle_verifies() -> None:
    assert check(LOG.bundle()).verdict == HOLDS


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_a_bundle_extends_every_older_checkpoint(size: int) -> None:
    report = check(LOG.bundle(), Expectations([LOG.key], [LOG.checkpoint(size)]))
    assert report.verdict == HOLDS
    assert ("extends", {"size": size}) in report.findings


def test_a_plan_that_begins_after_the_checkpoint_is_reported_as_not_covered() -> None:
    """So whoever writes a plan's history anew, after what somebody holds, cannot have it pass for the first."""
    log = Log(own=[(b'{"kind":"said"}', b"{}")] * 3)
    for size, said in ((3, "not_covered"), (4, "covers"), (8, "covers")):
        report = check(log.bundle(), Expectations([log.key], [log.checkpoint(size)]), log)
        assert (report.verdict, [code for code, _ in report.findings if "cover" in code]) == (HOLDS, [said])


ODD = {
    "data that is no object": (b'{"kind":"log_key_introduced"}', b"7"),
    "data that is no JSON": (b'{"kind":"log_key_introduced"}', b"{"),
    "data nested without end": (b'{"kind":"log_forked"}', b"[" * 100_000),
    "an envelope that is no object": (b"[]", b"{}"),
    "a key that is none": (b'{"kind":"log_key_introduced"}', b'{"key":7}'),
    "no key": (b'{"kind":"log_key_introduced"}', b"{}"),
}


@pytest.mark.parametrize("odd", ODD)
def test_any_malformed_system_stream_entry_gives_a_verdict(odd: str) -> None:
    log = Log(own=[ODD[odd]])
    assert check(log.bundle(), log=log).verdict == UNCLEAR


def test_a_log_that_introduces_too_many_keys_is_refused() -> None:
    said = b'{"key":"%s"}' % str(LOG.key).encode()
    log = Log(own=[(b'{"kind":"log_key_introduced"}', said)] * 2000)
    assert found(check(log.bundle(), log=log)) == (UNCLEAR, "not_ours")


def test_many_keys_and_checkpoints_are_checked_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of a megabyte that would take minutes if each key were looked for at each checkpoint."""
    keys = [LOG.key, *(log_key(ORIGIN, Ed25519PrivateKey.generate()) for _ in range(999))]
    own = [(b'{"kind":"log_key_introduced"}', b'{"key":"%s"}' % str(key).encode()) for key in keys]
    log = Log(1, private=LOG.private, own=own)
    notes = b"".join(_checkpoint(log.note(size)) for size in range(800, 1001))
    whole = log.bundle().replace(_checkpoint(log.note()), notes + _checkpoint(log.note()))
    compared = itertools.count()
    same = Key.__eq__

    def compare(one: Key, other: object) -> bool:
        next(compared)
        return same(one, other)

    monkeypatch.setattr(Key, "__eq__", compare)
    assert check(whole, log=log).verdict == HOLDS
    assert check(whole, Expectations()).verdict == HOLDS
    assert next(compared) < 10_000


def test_later_system_stream_entries_are_reported_as_not_checked() -> None:
    assert ("no_ledger_tail", {"count": 0}) in check(LOG.bundle()).findings


def test_a_log_that_claims_to_be_forked_from_itself_still_shows_two_histories() -> None:
    said = b'{"origin":"%s","size":3,"authority":"x","reason":"y"}' % ORIGIN.encode()
    log = Log(private=LOG.private, own=[(b'{"kind":"log_forked"}', said)])
    assert found(check(log.bundle(), Expectations([LOG.key], [LOG.checkpoint(3)]), log)) == (BROKEN, "two_histories")


def test_a_plan_without_entries_is_reported_as_empty_and_not_covered() -> None:
    log = Log(0, own=[(b'{"kind":"said"}', b"{}")])
    report = check(log.bundle(), Expectations([log.key], [log.checkpoint(1)]), log)
    assert {"no_entries", "not_covered"} <= {code for code, _ in report.findings}


FORGED = Log(private=LOG.private, said="oil").entries
DECOY = entry_hash("canal", 4, LOG.hashes[2], digest(FORGED[3][0]), digest(SALT + FORGED[3][1]))
SIGNED = Log(private=LOG.private)
SIGNED.hashes = [*LOG.hashes, DECOY]
TRUE_4, TRUE_5 = (3, 4, LOG.hashes[2], LOG.entries[3]), (4, 5, LOG.hashes[3], LOG.entries[4])
FORGED_4 = (5, 4, LOG.hashes[2], FORGED[3])


def test_receipt_entries_that_do_not_chain_are_a_break() -> None:
    """Though a log has signed each of them: that it did is what the receipt proves then."""
    minuted = MinutesLine("canal", 4, LOG.hashes[3].hex()[:32])
    for shown, verdict, code in (
        ([TRUE_4, TRUE_5], HOLDS, "line_holds"),
        ([TRUE_5], HOLDS, "line_holds"),
        ([FORGED_4], BROKEN, "line_differs"),
        ([FORGED_4, TRUE_4], BROKEN, "bad_chain"),
        ([TRUE_4, FORGED_4], BROKEN, "bad_chain"),
        ([TRUE_5, TRUE_4], BROKEN, "bad_chain"),
        ([TRUE_4, TRUE_4], BROKEN, "bad_chain"),
        ([FORGED_4, TRUE_5], BROKEN, "bad_chain"),
    ):
        assert found(check(SIGNED.receipt(*shown), Expectations([LOG.key], [minuted]))) == (verdict, code)
    first = entry_hash("canal", 1, DECOY, digest(b"{}"), digest(SALT + b"{}"))
    SIGNED.hashes.append(first)
    whole = SIGNED.receipt((6, 1, DECOY, (b"{}", b"{}")))
    SIGNED.hashes.pop()
    assert found(check(whole)) == (BROKEN, "bad_chain"), "a first entry follows none"


def test_a_receipt_names_what_was_not_checked_and_limits_the_form_and_number_of_its_keys() -> None:
    assert "no_checkpoint" in [code for code, _ in check(SIGNED.receipt(TRUE_4)).findings]
    one = str(LOG.key).encode()
    for keys in (b"keys 1\n %s\n" % one, b"keys 1\n%s\r\n" % one, b"keys 2000\n" + (one + b"\n") * 2000):
        assert found(check(SIGNED.receipt(TRUE_4, keys=keys))) == (UNCLEAR, "malformed")


def test_a_character_that_the_terminal_lacks_does_not_suppress_the_verdict(tmp_path: Path) -> None:
    said = '{"origin":"old.example","size":3,"authority":"漢字","reason":"ñ"}'
    log = Log(own=[(b'{"kind":"log_forked"}', said.encode())])
    (tmp_path / "b").write_bytes(log.bundle().replace(b"water 2", b"wine. 2"))
    (tmp_path / "whole").write_bytes(log.bundle())
    for file, verdict in (("b", BROKEN), ("whole", HOLDS)):
        done = subprocess.run(
            [sys.executable, verifier.__file__, str(tmp_path / file), "--key", str(log.key), "--lang", "es"],
            capture_output=True, check=False, timeout=60, env=os.environ | {"PYTHONIOENCODING": "ascii"},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (verdict, b"")


FOLD = fold
REFUSED = (
    LOG.entries[0][0].replace(b'"said"', b'"command_refused"'),
    b'{"code":"closed","command":"close","kind":"command_refused"}',
)
NO_ENTRY = {
    "a moment without a zone": (b"00.000000Z", b"00.000000"),
    "a moment that is none": (b"2026-03-02T", b"2026-13-40T"),
    "a cause that is a list": (b'"c1"', b"[[]]"),
    "a cycle that is a text": (b'"cycle":1', b'"cycle":"1"'),
    "a source that is a number": (b'"source":null', b'"source":7'),
    "no actor": (b'"actor":"ana",', b""),
    "no JSON": (b'"actor"', b"actor"),
}


@pytest.mark.parametrize("odd", NO_ENTRY)
def test_folding_a_malformed_entry_gives_a_verdict_and_no_traceback(odd: str) -> None:
    envelope, data = REFUSED
    doctored = envelope.replace(*NO_ENTRY[odd])
    assert doctored != envelope
    assert FOLD("canal", [REFUSED, REFUSED])
    with contextlib.suppress(Unclear):
        FOLD("canal", [REFUSED, (doctored, data)])


def test_data_that_does_not_fit_its_kind_is_reported_as_odd() -> None:
    with pytest.raises(Unclear) as unclear:
        FOLD("canal", [REFUSED, (REFUSED[0], b'{"kind":"plan_started"}')])
    assert (unclear.value.code, unclear.value.params["version"]) == ("odd_entry", 2)


def test_the_state_of_an_old_plan_may_be_longer_than_any_entry() -> None:
    state = b'{"named":"' + b"x" * LONGEST_LINE + b'"}'
    content = LOG.bundle().removesuffix(b"end\n") + b"state\n" + state + b"\nend\n"
    report = examine(io.BytesIO(content), len(content), Expectations([LOG.key]), lambda _plan, _entries: state)
    assert report.verdict == HOLDS
    assert "state_holds" in [code for code, _ in report.findings]


def test_a_log_that_shrank_is_detected() -> None:
    later = Log(9, private=LOG.private).checkpoint()
    assert found(check(LOG.bundle(), Expectations([LOG.key], [later]))) == (BROKEN, "cut_off")


def test_two_histories_under_one_key_are_reported_as_such() -> None:
    other = Log(private=LOG.private, said="oil").checkpoint(3)
    assert found(check(LOG.bundle(), Expectations([LOG.key], [other]))) == (BROKEN, "two_histories")
    forged = parse_checkpoint(sign(ORIGIN, other.text, [Ed25519PrivateKey.generate()]))
    assert found(check(LOG.bundle(), Expectations([LOG.key], [forged]))) == (BROKEN, "rewritten")


def test_an_old_checkpoint_of_another_log_gives_no_verdict() -> None:
    other = parse_checkpoint(LOG.note(3, "other.example/log"))
    assert found(check(LOG.bundle(), Expectations([LOG.key], [other]))) == (UNCLEAR, "other_log")


def test_a_doctored_old_checkpoint_gives_no_verdict_on_the_file() -> None:
    doctored = parse_checkpoint(LOG.note(3).replace(b"\n3\n", b"\n4\n"))
    assert found(check(LOG.bundle(), Expectations([LOG.key], [doctored]))) == (UNCLEAR, "bad_old")


def test_a_key_that_is_not_the_logs_gives_no_verdict() -> None:
    assert found(check(LOG.bundle(), Expectations([Log().key]))) == (UNCLEAR, "unknown_signer")


def test_a_checkpoint_under_another_origin_is_not_accepted() -> None:
    note = LOG.note(origin="other.example/log")
    assert found(check(LOG.bundle(note=note))) == (UNCLEAR, "unknown_signer")


def test_extra_signatures_change_nothing_and_are_reported_as_unchecked() -> None:
    strangers = [Watcher(f"stranger-{n}.example") for n in range(40)]
    note = LOG.note() + b"".join(one.line(LOG.note()) for one in strangers)
    report = check(LOG.bundle(note=note))
    assert report.verdict == HOLDS
    assert ("unknown_signatures", {"count": 40}) in report.findings
    many = LOG.note() + strangers[0].line(LOG.note()) * 100
    assert found(check(LOG.bundle(note=many))) == (UNCLEAR, "not_a_note")


def test_only_named_witnesses_count_and_each_counts_once() -> None:
    ana, bea, cid = (Watcher(f"{name}.example") for name in ("ana", "bea", "cid"))
    note = LOG.note()
    whole = LOG.bundle(note=note + ana.line(note) + ana.line(note, 1_800_000_001) + cid.line(note))
    for witnesses, quorum, verdict in (
        ([ana.key], None, HOLDS),
        ([ana.key, bea.key], None, UNCLEAR),
        ([ana.key, bea.key], 1, HOLDS),
        ([ana.key, bea.key], 2, UNCLEAR),
        ([ana.key, ana.key], None, HOLDS),
        ([bea.key], None, UNCLEAR),
        ([], 1, UNCLEAR),
    ):
        assert check(whole, Expectations([LOG.key], [], witnesses, quorum)).verdict == verdict, (witnesses, quorum)


def test_a_cosignature_on_another_text_is_detected() -> None:
    ana = Watcher("ana.example")
    whole = LOG.bundle(note=LOG.note() + ana.line(LOG.note(3)))
    assert found(check(whole, Expectations([LOG.key], [], [ana.key]))) == (BROKEN, "bad_signature")


NOTE = LOG.note()
WRONG_NOTES = {
    "with CRLF": NOTE.replace(b"\n", b"\r\n"),
    "with one CR": NOTE.replace(b"\n", b"\r\n", 1),
    "without signatures": NOTE.partition(b"\n\n")[0] + b"\n",
    "without its last newline": NOTE[:-1],
    "with a size that is no number": NOTE.replace(b"\n5\n", b"\nfive\n"),
    "with a negative size": NOTE.replace(b"\n5\n", b"\n-5\n"),
    "with a zero before its size": NOTE.replace(b"\n5\n", b"\n05\n"),
    "with an endless size": NOTE.replace(b"\n5\n", b"\n" + b"9" * 5000 + b"\n"),
    "with an Arabic five": NOTE.replace(b"\n5\n", "\n\u0665\n".encode()),
    "with a short root": sign(ORIGIN, f"{ORIGIN}\n5\nAAAA\n".encode(), [LOG.private]),
    "with a blank line": NOTE.replace(b"\n5\n", b"\n\n5\n"),
    "with a tab": NOTE.replace(b" ", b"\t"),
    "with bytes that are no text": NOTE.replace(ORIGIN.encode(), b"\xff\xfe"),
    "with a signature that is no base64": NOTE.replace(b"=\n", b"!\n"),
    "with a hyphen for the dash": NOTE.replace("—".encode(), b"-"),
    "that is empty": b"",
    "that is a mebibyte": NOTE + b"x" * 2**20,
    "that is a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_NOTES)
def test_a_malformed_checkpoint_is_refused(wrong: str, tmp_path: Path) -> None:
    assert WRONG_NOTES[wrong] != NOTE
    with pytest.raises(Unclear):
        parse_checkpoint(WRONG_NOTES[wrong])
    file = tmp_path / "note"
    file.write_bytes(WRONG_NOTES[wrong])
    with pytest.raises(Unclear):
        parse_anchor(str(file))


def test_a_key_of_the_wrong_type_or_form_is_refused() -> None:
    own, witness = str(LOG.key), str(Watcher("ana.example").key)
    assert parse_key(own) == LOG.key
    assert parse_key(witness, COSIGNATURE).name == "ana.example"
    ml_dsa = str(Key("pq.example", 6, bytes(1312)))
    wrong_id = own.replace(LOG.key.id.hex(), "00000000")
    for given_key, algorithm in (
        (witness, 1), (own, COSIGNATURE), (ml_dsa, 1), (wrong_id, 1), (own + "A", 1), (own[:-4], 1), ("", 1),
        ("a+b", 1), ("+" * 90, 1), (own.replace(ORIGIN, "a b"), 1), (own.replace(ORIGIN, ""), 1), ("ñ" * 10**6, 1),
    ):  # fmt: skip
        with pytest.raises(Unclear):
            parse_key(given_key, algorithm)


def test_a_public_key_that_is_no_curve_point_verifies_nothing() -> None:
    key = Key(ORIGIN, 1, b"\xff" * 32)
    assert signers(LOG.checkpoint(), [parse_key(str(key))]) == []


SMALL = [
    "00" * 32, "00" * 31 + "80", "01" + "00" * 31, "01" + "00" * 30 + "80", "ec" + "ff" * 30 + "7f", "ec" + "ff" * 31,
    "ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f", "ed" + "ff" * 31, "ee" + "ff" * 31,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]  # fmt: skip


@pytest.mark.parametrize("public", SMALL)
def test_a_weak_key_is_refused(public: str) -> None:
    """Points of small order: under the first of them a signature of zeros holds on one text in four."""
    with pytest.raises(Unclear):
        parse_key(str(Key(ORIGIN, 1, bytes.fromhex(public))))


def _checkpoint(note: bytes) -> bytes:
    return b"checkpoint %d\n%s" % (note.count(b"\n"), note)


WHOLE = LOG.bundle()
HEX = b"".join(one.hex().encode() + b"\n" for one in LOG.hashes)
WRONG_FILES = {
    "of ten million leaves in a few bytes": (LOG.bundle(count=10_000_000), UNCLEAR, "cut_short"),
    "of endless leaves": (WHOLE.replace(b"leaves 5", b"leaves " + b"9" * 5000), UNCLEAR, "malformed"),
    "of a few leaves too few": (LOG.bundle(leaves=HEX[:-65], count=4), BROKEN, "bad_root"),
    "of a leaf too many": (LOG.bundle(leaves=HEX + b"0" * 64 + b"\n", count=6), BROKEN, "bad_root"),
    "of leaves in another order": (
        LOG.bundle(leaves=HEX[65:130] + HEX[:65] + HEX[130:]), BROKEN, "not_in_log"),
    "of ten million entries in a few bytes": (
        WHOLE.replace(b"stream canal 5", b"stream canal 10000000"), UNCLEAR, "cut_short"),
    "of a negative count": (WHOLE.replace(b"leaves 5", b"leaves -5"), UNCLEAR, "malformed"),
    "with CRLF": (WHOLE.replace(b"\n", b"\r\n"), UNCLEAR, "not_ours"),
    "with upper case hashes": (WHOLE.replace(HEX, HEX.upper()), UNCLEAR, "malformed"),
    "with spaces in its hashes": (WHOLE.replace(HEX, HEX.replace(b"a", b" ")), UNCLEAR, "malformed"),
    "with something after its end": (WHOLE + b"more", UNCLEAR, "malformed"),
    "with a line without end": (WHOLE.replace(b'{"actor"', b'{"actor"' + b" " * (5 << 20)), UNCLEAR, "malformed"),
    "with JSON nested without end": (
        WHOLE.replace(LOG.entries[0][0], b"[" * 1_000_000), BROKEN, "not_in_log"),
    "with an entry that is a number": (WHOLE.replace(LOG.entries[0][0], b"7"), BROKEN, "not_in_log"),
    "without the ledger's own stream": (WHOLE.replace(b"stream _ledger 0\n", b""), UNCLEAR, "malformed"),
    "with the ledger's own stream alone": (
        WHOLE.replace(b"stream canal 5", b"checkpoint 5"), UNCLEAR, "malformed"),
    "with the ledger's own stream last": (
        WHOLE.replace(b"_ledger 0\n", b"roads 0\n").replace(b"stream canal", b"stream _ledger"), UNCLEAR, "malformed"),
    "with two streams of a plan": (
        WHOLE.replace(b"stream canal 5", b"stream canal 0\nstream canal 5"), UNCLEAR, "malformed"),
    "with more checkpoints than a log has keys": (
        WHOLE.replace(b"checkpoint 5\n", b"".join(_checkpoint(LOG.note(0)) for _ in range(2)) + b"checkpoint 5\n"),
        UNCLEAR, "malformed"),
    "without streams": (f"{BUNDLE}\nleaves 0\nend\n".encode(), UNCLEAR, "malformed"),
    "with words beside its state": (WHOLE.replace(b"end\n", b"state words\n{}\nend\n"), UNCLEAR, "malformed"),
    "of a newer kind": (WHOLE.replace(b"/v1", b"/v2", 1), UNCLEAR, "not_ours"),
    "that is a receipt of nothing": (f"{RECEIPT}\nkeys 0\n".encode(), UNCLEAR, "cut_short"),
    "that is empty": (b"", UNCLEAR, "not_ours"),
    "that is nothing but newlines": (b"\n" * 1_000_000, UNCLEAR, "not_ours"),
    "that is a checkpoint": (NOTE, UNCLEAR, "not_ours"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_FILES)
def test_each_malformed_file_gets_a_specific_finding(wrong: str) -> None:
    content, verdict, code = WRONG_FILES[wrong]
    assert found(check(content)) == (verdict, code)


def test_a_file_over_the_size_limit_is_not_read() -> None:
    report = examine(io.BytesIO(WHOLE), MOST_BYTES + 1, Expectations([LOG.key]))
    assert found(report) == (UNCLEAR, "too_large")


def test_archives_are_never_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("../../climbed", bytes(10_000_000))
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "bomb.zip", "/etc/climbed")
    for name in ("bomb.zip", "bomb.tar.gz"):
        assert found(verify(str(tmp_path / name), Expectations())) == (UNCLEAR, "not_ours")
    assert found(verify(str(tmp_path), Expectations())) == (UNCLEAR, "unreadable")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bomb.tar.gz", "bomb.zip"]


@given(st.data())
def test_no_mutation_of_a_bundle_verifies_or_crashes_the_verifier(
    data: st.DataObject,
) -> None:
    changed = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        cut = data.draw(st.integers(0, 40))
        changed[at : at + cut] = data.draw(st.binary(max_size=40))
    assert (check(bytes(changed)).verdict == HOLDS) == (bytes(changed) == WHOLE)


@given(st.binary(max_size=300))
def test_no_bytes_after_a_valid_first_line_crash_the_verifier(rest: bytes) -> None:
    for first in (BUNDLE, RECEIPT):
        assert check(f"{first}\n".encode() + rest).verdict in (UNCLEAR, BROKEN)


def test_text_from_a_file_cannot_control_the_terminal() -> None:
    log = Log(plan="canal\x1b[2J\u202e")
    report = check(log.bundle(), log=log)
    assert all(printable(line) == line for line in report.lines())


def test_an_introduced_key_is_trusted_only_under_a_trusted_signature() -> None:
    stranger = log_key(ORIGIN, Ed25519PrivateKey.generate())
    assert found(check(LOG.bundle(), Expectations([stranger]))) == (UNCLEAR, "unknown_signer")


def test_the_program_returns_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, keys = tmp_path / "b", tmp_path / "keys"
    keys.write_text(f"# the log's\n{LOG.key} since 2026\n")
    file.write_bytes(WHOLE)
    assert main([str(file), "--key", str(keys), "--lang", "en"]) == HOLDS
    assert capsys.readouterr().out.endswith("HOLDS: everything that was checked holds.\n")
    file.write_bytes(WHOLE.replace(b"water 2", b"wine. 2"))
    assert main([str(file), "--key", str(LOG.key), "--lang", "es"]) == BROKEN
    assert "RUPTURA" in capsys.readouterr().out
    assert main([str(file), "--key", "nothing", "--lang", "en"]) == UNCLEAR
    assert main([str(file), "--checkpoint", str(tmp_path / "none"), "--lang", "en"]) == UNCLEAR
    for quorum in ("many", "0", "-1"):
        with pytest.raises(SystemExit) as ended:
            main([str(file), "--quorum", quorum])
        assert ended.value.code == 2
    keys.write_text("# none yet\n\n")
    for option in ("--key", "--witness"):
        assert main([str(file), option, str(keys), "--lang", "en"]) == UNCLEAR
        assert "holds no key" in capsys.readouterr().out
    keys.write_text(f"{LOG.key}\n")
    assert parse_expectations([str(keys)], [], [], None).keys == [LOG.key]
    assert head(ORIGIN, 5, LOG.checkpoint().root) == LOG.checkpoint().text


def test_every_finding_exists_in_both_languages_with_the_same_parameters() -> None:
    import string  # noqa: PLC0415

    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert set(ENGLISH) == set(SPANISH)
    for code, said in ENGLISH.items():
        assert places(said) == places(SPANISH[code]), code
