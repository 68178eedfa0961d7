"""A first plan file, commented in the reader's language. Open questions become marked lines to fill in."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from language import N_, _

TO_FILL: Final = "←"
"""Marks every line that has to be filled in before the plan can start."""

_ISO: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@dataclass(frozen=True, slots=True)
class Question:
    """One of the eight questions: the name of its answer, its text, and whether a plan needs the answer to start."""

    name: str
    text: str
    needed: bool = False


QUESTIONS: Final = (
    Question("problem", N_("What is the problem?"), needed=True),
    Question("who_suffers", N_("Who suffers from it?")),
    Question("cause", N_("Why does it persist? One cause; more can be added in the file.")),
    Question("solved_when", N_("How can one tell that it is solved?")),
    Question(
        "partners", N_("Which bodies take part? Bodies and offices, never persons; a ; between them."), needed=True
    ),
    Question("commitment", N_("What does the first of them promise?"), needed=True),
    Question("deliverable", N_("What is its first deliverable?")),
    Question("due", N_("By when? A date, a month, or your own words, such as: before the rains.")),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers about a plan that is to be written. An empty one is an open question."""

    plan: str
    title: str
    timezone: str
    problem: str = ""
    who_suffers: str = ""
    cause: str = ""
    solved_when: str = ""
    partners: tuple[str, ...] = ()
    commitment: str = ""
    deliverable: str = ""
    due: str = ""
    """``2027-06-30``, ``2027-06``, or words, which become the deadline in the plan's own words."""


def plan_file_text(answers: Answers, file: str) -> str:
    """The plan file as YAML. Lines with `TO_FILL` have no value yet, so `rumbo plan check` lists them."""
    lines = [
        *_comment(_("An action plan for Rumbo. Check it with: rumbo plan check {file}").format(file=file)),
        *_comment(_("Fill in the lines marked {mark}. Commented-out lines are optional.").format(mark=TO_FILL)),
        *_comment(_("No names, addresses or telephone numbers of persons: a plan names bodies and offices.")),
        "",
        f"plan: {answers.plan}    # " + _("its permanent short name: small letters, digits, hyphens"),
        *_needed("title", answers.title, _("its full title")),
        f"timezone: {answers.timezone}    # " + _("its time zone"),
        "",
        *_comment(_("The problem comes first: the plan is there to solve it.")),
        "problem:",
        *_needed("  statement", answers.problem, _(QUESTIONS[0].text)),
        *_optional("  who_suffers", answers.who_suffers, _(QUESTIONS[1].text)),
        *(["  causes:", "    - id: c1", *_needed("      text", answers.cause, "")] if answers.cause else []),
        *([] if answers.cause else _off("  ", ["causes:", "  - {id: c1, text: …}    # " + _(QUESTIONS[2].text)])),
        *_optional("  solved_when", answers.solved_when, _(QUESTIONS[3].text)),
        "",
        *_comment(_("The partners. The rest of the plan refers to each by its id.")),
        "partners:",
        *_partners(answers.partners),
        "",
        *_comment(_("The commitments, each with its deliverables.")),
        "commitments:",
        "  - id: 1",
        *_needed("    title", answers.commitment, _("the commitment")),
        *_needed("    lead", _ids(answers.partners)[0] if answers.partners else "", _("the id of the body that leads")),
        *(["    addresses: [c1]"] if answers.cause else _off("    ", ["addresses: [c1]"])),
        *_milestones(answers),
        "",
        *_comment(_("The rules of the plan. Without a cycle, you open each phase with `rumbo plan convene`.")),
        *_off("", _POLICY),
    ]
    return "\n".join(lines) + "\n"


def lines_to_fill(text: str) -> list[int]:
    """The numbers of the lines to fill in, from 1."""
    return [number for number, line in enumerate(text.splitlines(), 1) if f"# {TO_FILL}" in line]


def slug(name: str, otherwise: str, longest: int = 40) -> str:
    """An id made from a name: small letters, digits and hyphens. ``otherwise`` if nothing is left."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = re.sub(r"[^a-z0-9]+", "-", "".join(one for one in apart if not unicodedata.combining(one))).strip("-")
    made = plain[:longest].strip("-")
    return otherwise if made in ("", "null") else made  # YAML reads null as no value


_POLICY: Final = (
    "policy:",
    "  cycle: {every: 3 months, reflection: 10 working_days, adaptation: 5 working_days}",
    "  closed_days: [2027-12-20/2028-01-06]",
    "  decisions: {quorum: 2, adopts: majority}",
    "  done_needs: evidence",
)


def _comment(text: str) -> list[str]:
    return [f"# {text}"]


def _needed(key: str, value: str, asked: str) -> list[str]:
    return [f"{key}: {_quoted(value)}" if value else f"{key}:    # {TO_FILL} {asked}"]


def _optional(key: str, value: str, asked: str) -> list[str]:
    margin = " " * (len(key) - len(key.lstrip()))
    return [f"{key}: {_quoted(value)}"] if value else [f"{margin}# {key.strip()}: …    # {asked}"]


def _off(margin: str, lines: Sequence[str]) -> list[str]:
    """Lines, commented out."""
    return [f"{margin}# {line}" for line in lines]


def _partners(names: Sequence[str]) -> Iterator[str]:
    for id_, name in zip(_ids(names), names, strict=True):
        yield f"  - {{id: {id_}, name: {_quoted(name)}}}"
    if not names:
        yield f"  - id:    # {TO_FILL} " + _("a short id: letters without accents, digits, hyphens")
        yield f"    name:    # {TO_FILL} " + _("the name of the body")


def _ids(names: Sequence[str]) -> list[str]:
    ids: list[str] = []
    for number, name in enumerate(names, 1):
        made = slug(name, f"body-{number}")
        ids.append(f"{made}-{number}" if made in ids else made)
    return ids


def _milestones(answers: Answers) -> list[str]:
    asked = _(QUESTIONS[6].text)
    proof = "    # proof: …    # " + _("how to check that it exists")
    if _ISO.fullmatch(answers.due):
        due = f"    due: {answers.due}"
    elif answers.due:
        due = f"    stated: {_quoted(answers.due)}"
    else:
        due = "    # due: 2027-06-30    # " + _("or 2027-06, the month's last day")
    if answers.commitment and not answers.deliverable:  # the question was left open
        bare = [line.replace("# ", "", 1) for line in (due, proof)]
        return _off("    ", ["milestones:", "  - id: 1.1", f"    deliverable: …    # {asked}", *bare])
    named = _needed("    deliverable", answers.deliverable, asked)
    return [f"    {line}" for line in ("milestones:", "  - id: 1.1", *named, due, proof)]


def _quoted(text: str) -> str:
    """Any text as a YAML scalar; every JSON string is one."""
    return json.dumps(text, ensure_ascii=False)
