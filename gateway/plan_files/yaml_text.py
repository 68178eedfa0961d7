"""Strict YAML for plan files: every scalar is text, and a construct that could silently change the meaning is a fault.

``1.10`` stays ``1.10`` and ``no`` stays ``no``. Duplicate keys, anchors, aliases, tags and merge keys are refused, and
so is an unquoted comma in ``{es: …}``, which YAML reads as a separator. JSON is read by the same parser, so that its
faults have lines too.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import yaml

from domain.kernel.faults import Fault, Path
from language import N_

MAX_FILE_BYTES: Final = 1024 * 1024
"""1 MiB, the largest plan file."""
MAX_DEPTH: Final = 24
"""Levels of nesting at most; a plan needs nine."""

Tree = str | list["Tree"] | dict[str, "Tree"]

YAML_FAULTS: Final[dict[str, str]] = {
    "file_too_large": N_(
        "The file is larger than {limit} bytes. Long texts belong in documents that the plan points to."
    ),
    "not_utf8": N_("The file is not UTF-8 text. Save it as UTF-8."),
    "empty_file": N_("The file says nothing."),
    "not_json": N_("This is not JSON from here on ({why})."),
    "not_yaml": N_(
        "From here on this is not YAML. Look at the indentation, the quotation marks and the brackets just above."
    ),
    "tab": N_("A tab cannot indent YAML. Use spaces."),
    "colon_in_text": N_("A colon followed by a space begins a value. Put the text between quotation marks."),
    "forbidden_character": N_("There is a character here that cannot be stored ({given}). Remove it."),
    "several_documents": N_("The file holds several documents (---). One plan is one document."),
    "anchor": N_("Anchors and aliases (& and *) are not taken in a plan file. Write it out."),
    "tag": N_("Tags such as {given} are not taken in a plan file: every value is read as text. Remove it."),
    "merge_key": N_("Merge keys (<<) are not taken in a plan file. Write it out."),
    "duplicate_key": N_("{key} is given twice here."),
    "key_expected": N_("A key has to be a word."),
    "empty_value": N_("{key} has no value. Give one, or leave the key out."),
    "not_storable": N_(
        "This cannot be stored: it holds a NUL, half a surrogate pair, a whole number beyond 2^53 - 1, a number that "
        "is not finite, or is nested too deep. Write large numbers as text and leave the rest out."
    ),
    "sealed_not_allowed": N_("Only Rumbo seals. Send the value itself; it is sealed where the plan's rules say so."),
    "other_plan": N_("This was sent to the plan {plan}, but the file is another plan's. Send it to its own."),
    "too_deep": N_("This is nested more than {limit} levels deep."),
}


@dataclass(frozen=True, slots=True)
class TextFault(Fault):
    """A fault of the text itself, found before its keys and values are checked."""

    def sentence(self) -> str:
        return YAML_FAULTS[self.code].format_map(self.params)


@dataclass
class ParsedText:
    """A parsed text: its tree, the line of each part, and its faults as text."""

    tree: Tree = ""
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of a part, or of the nearest part around it; counted from 1."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)

    def with_lines(self, faults: Sequence[Fault]) -> list[Fault]:
        """The faults in the order of the text, each with its line."""
        lined = [fault if fault.line else replace(fault, line=self.line(fault.path)) for fault in faults]
        return sorted(lined, key=lambda fault: fault.line or 0)


def read_text(body: bytes, *, is_json: bool = False) -> ParsedText:
    """Read YAML or JSON. Never raises: problems are in ``faults``."""
    parsed = ParsedText()
    if len(body) > MAX_FILE_BYTES:
        parsed.faults.append(TextFault("file_too_large", (), {"limit": str(MAX_FILE_BYTES)}))
        return parsed
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        parsed.faults.append(TextFault("not_utf8", line=line))
        return parsed
    if is_json:
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            parsed.faults.append(json_fault(error))
            return parsed
        except (ValueError, RecursionError):
            parsed.faults.append(TextFault("not_json", (), {"why": "nesting"}, 1))
            return parsed
        text = _TAB_BETWEEN.sub(lambda found: " " if found[0] == "\t" else found[0], text)
    try:
        _Walk(text, parsed).document()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        parsed.faults.append(
            TextFault("forbidden_character", (), {"given": f"U+{ord(text[error.position]):04X}"}, line)
        )
    except yaml.MarkedYAMLError as error:
        parsed.faults.append(_not_yaml(error))
    except _TooDeep as error:
        parsed.faults.append(TextFault("too_deep", (), {"limit": str(MAX_DEPTH)}, error.line))
    return parsed


def json_fault(error: json.JSONDecodeError) -> TextFault:
    """What is wrong with a JSON text and in which line: the same on every Python.

    Since Python 3.13 the standard library names a comma before a closing bracket by the comma's own line, where it is
    to be removed. Before, it named the bracket, which may stand lines below.
    """
    before = error.doc[: error.pos].rstrip(" \t\r\n")
    closed = {"}": "object", "]": "array"}.get(error.doc[error.pos : error.pos + 1])
    if closed and before.endswith(","):
        error = json.JSONDecodeError(f"Illegal trailing comma before end of {closed}", error.doc, len(before) - 1)
    return TextFault("not_json", (), {"why": error.msg}, error.lineno)


_TAB_BETWEEN = re.compile(r'"(?:[^"\\]|\\.)*"|\t')
"""A JSON string, or a tab outside a string: JSON allows it as white space, YAML does not."""


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def _not_yaml(error: yaml.MarkedYAMLError) -> Fault:
    problem, mark = error.problem or "", error.problem_mark
    line = mark.line + 1 if mark else None
    if "\\t" in problem:
        return TextFault("tab", line=line)
    if problem.startswith("mapping values"):
        return TextFault("colon_in_text", line=line)
    return TextFault("not_yaml", line=line)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Walk:
    """Walks over the parser's events. It resolves no aliases or types, so nothing can grow or change its meaning."""

    def __init__(self, text: str, parsed: ParsedText) -> None:
        self.text = text
        self.parsed = parsed
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> None:
        found = False
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    self.fault("several_documents", (), _line(event))
                    return
                found = True
                self.parsed.lines[()] = 1
                self.parsed.tree = self.value(next(self.events), (), ())
        if not found:
            self.fault("empty_file", (), 1)

    def fault(self, code: str, path: Path, line: int, **params: str) -> None:
        self.parsed.faults.append(TextFault(code, path, params, line))

    def value(self, event: yaml.Event, path: Path, depth: tuple[int, ...]) -> Tree:
        if len(depth) > MAX_DEPTH:
            raise _TooDeep(_line(event))
        self.parsed.lines.setdefault(path, _line(event))
        self.require_plain(event, path)
        match event:
            case yaml.MappingStartEvent():
                return self.mapping(event, path, depth)
            case yaml.SequenceStartEvent():
                return self.sequence(path, depth)
            case yaml.ScalarEvent():
                return self.scalar(event, path)
            case _:
                return ""

    def require_plain(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self.fault("anchor", path, _line(event))
        if (tag := getattr(event, "tag", None)) is not None:
            self.fault("tag", path, _line(event), given=str(tag).replace("tag:yaml.org,2002:", "!!")[:60])

    def scalar(self, event: yaml.ScalarEvent, path: Path) -> str:
        # JSON writes a character beyond the first plane as two escapes (a surrogate pair); one alone is no character.
        text = event.value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if "\0" in text or ("\ufffd" in text and "\ufffd" not in event.value):
            self.fault("forbidden_character", path, _line(event), given="U+0000" if "\0" in text else "U+D800")
        return text

    def sequence(self, path: Path, depth: tuple[int, ...]) -> Tree:
        items: list[Tree] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            at = (*path, len(items))
            if _is_empty(event):
                self.parsed.lines[at] = _line(event)
                self.fault("empty_value", at, _line(event), key=str(path[-1]) if path else "-")
            items.append(self.value(event, at, (*depth, 0)))
        return items

    def mapping(self, opening: yaml.MappingStartEvent, path: Path, depth: tuple[int, ...]) -> Tree:
        tree: dict[str, Tree] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                self.fault("key_expected", path, _line(key))
                self.skip(key, depth)
                self.skip(next(self.events), depth)
                continue
            self.require_plain(key, path)
            name = self.scalar(key, path)
            at = (*path, name)
            event = next(self.events)
            if name == "<<" and key.style is None:
                self.fault("merge_key", path, _line(key))
            elif name in tree:
                self.fault("duplicate_key", at, _line(key), key=name)
            elif opening.flow_style and _is_empty(event) and not self.has_colon(key):
                self.parsed.faults.append(Fault("comma_in_text", path, line=_line(key)))
            elif _is_empty(event):
                self.parsed.lines[at] = _line(key)
                self.fault("empty_value", at, _line(key), key=name)
            else:
                self.parsed.lines[at] = _line(key)
                tree[name] = self.value(event, at, (*depth, 0))
                continue
            self.skip(event, depth)
        return tree

    def has_colon(self, key: yaml.ScalarEvent) -> bool:
        """Whether a colon follows the key. In ``{es: one, two}`` the parser reports *two* as a key without a value."""
        return key.end_mark is not None and self.text[key.end_mark.index :].lstrip().startswith(":")

    def skip(self, event: yaml.Event, depth: tuple[int, ...]) -> None:
        """Skip a part that is not taken, with all that is nested in it."""
        open_ = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                open_ += 1
                if open_ + len(depth) > MAX_DEPTH:
                    raise _TooDeep(_line(event))
            elif isinstance(event, yaml.CollectionEndEvent):
                open_ -= 1
            if open_ == 0:
                return
            event = next(self.events)


def _is_empty(event: yaml.Event) -> bool:
    """Whether the value is missing or null. A quoted empty text is a value."""
    return isinstance(event, yaml.ScalarEvent) and event.style is None and event.value in ("", "~", "null")
