"""Faults of a plan file or a command: a stable code, the place, and a sentence that says what to write.

A fault refuses the file or command; a warning only says what is missing. The reader of the text adds the line.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import ValidationError

from domain.plan_file.suggestions import meant_date, meant_key, meant_month, meant_number

Path = tuple[str | int, ...]

FAULTS: Final[dict[str, str]] = {
    "unknown_key": "{key} is not a known field here.{hint}",
    "missing": "{key} is missing.",
    "text_expected": "Text is expected here: one string, or one per language ({{es: …, en: …}}).",
    "comma_in_text": "A comma inside {{es: …}} ends the text there. Put the text between quotation marks.",
    "not_a_language": "{given} is not a language; write its code: es, en.",
    "too_long": "This is too long: at most {limit} characters.",
    "bad_id": "{given} is not a valid id. Use letters without accents, digits, dots and hyphens, beginning with a letter or digit.",
    "not_a_number": "{given} is not a number. Write 12.5, with a point and no separators.{hint}",
    "not_a_date": "{given} is not a date. Write it as 2027-06-30.{hint}",
    "not_a_moment": "{given} is not a time. Write a date, or a time with its offset from UTC: 2027-06-30T18:00:00-06:00.{hint}",
    "impossible_date": "{given} is not a day of the calendar.",
    "not_a_span": "{given} is not a length of time. Write 3 months, 10 working days, 1 week or PT30S.",
    "not_a_deadline": "{given} is not a deadline. Write a date, a month, {{every: month}}, {{after: …, days: 90}} or {{absent: not_stated}}.{hint}",
    "recurs_by_days": "A deadline recurs by days, weeks, months or years.",
    "days_or_working_days": "Give either days or working_days, not both.",
    "ends_before_it_begins": "{given} ends before it begins.",
    "yes_or_no": "{given} is neither yes nor no.",
    "unknown_time_zone": "{given} is not a time zone. Write one such as America/Mexico_City.",
    "one_of": "Give exactly one of: {names}.",
    "milestone_of": 'Name the commitment of the milestone: {{commitment: "1", milestone: {{…}}}}.',
    "reason_needed": "Give the reason, in `challenge`.",
    "changes_nothing": "from and to are equal, so this changes nothing.",
    "value_needed": "Give both the value in the entry and the right value; an erratum neither adds nor removes anything.",
    "not_one_of": "{given} is not one of: {known}.",
    "too_few": "At least {limit} is required here.",
    "too_many": "At most {limit} are allowed here.",
    "out_of_range": "{given} is outside the allowed range.",
    "list_expected": "A list is expected here.",
    "mapping_expected": "Fields with values are expected here.",
    "not_readable": "This value cannot be read here ({why}).",
    "duplicate_id": "The id {id} is used twice; an id never names two things.",
    "unknown_body_named": "{body} is not one of the partners.{hint}",
    "unknown_cause": "{cause} is not one of the problem's causes.{hint}",
    "unknown_awaited_named": "{given} is neither a milestone nor an awaited event.{hint}",
    "unknown_indicator": "{given} is not one of the indicators.{hint}",
    "unknown_commitment": "{given} is not one of the commitments.{hint}",
    "waits_for_itself": "{given} waits for itself, directly or through others.",
    "quorum_cannot_be_met": "A quorum of {quorum} is impossible: only {bodies} may take a position.",
    "adoption_cannot_be_met": "{adopts} endorsements are impossible: only {bodies} may take a position.",
    "group_cannot_decide": "{body} is a group and cannot take a position as one body.",
    "windows_do_not_fit": "Reflection and adaptation do not fit into a cycle of {every}.",
    "reports_overlap": "Reports requested every {every} cannot stay open for {within}: one window has to close before the next opens.",
    "commitment_without_cause": "{id} addresses no cause of the problem.",
    "cause_unaddressed": "No commitment addresses the cause {id}.",
    "no_causes": "The problem has no causes yet.",
    "commitment_without_milestones": "{id} has no milestones yet.",
    "nobody_leads": "{id} has no lead, so no body will be asked to report on it.",
    "no_proof": "{id} has no means of verification.",
    "one_body_decides": "Only {body} may decide, so no body can decide on what {body} itself proposes.",
    "no_due": "{id} has no deadline.",
    "copy_changes_nothing": "This copy is identical to the plan, so there is nothing to propose.",
    "not_by_correction": "A course correction cannot change {key}. Restore its value.",
    "partners_by_their_own": "Partners are changed with `rumbo partner`, and not by a course correction. Restore them.",
    "not_dropped": "{id} is an awaited event and cannot be dropped. Put it back.",
    "id_renamed": "{old} is called {new} here, and ids never change. Call it {old} again.",
    "moved": "{id} belongs to {was} and stands under {now} here. Move it back; to have it there, drop it and add another one under its own id.",
    "changed_since": "{item} has changed since this copy was made: {field} is now {now}. Make a new copy, or enter the present value.",
    "dropped_since": "{item} was dropped after this copy was made. Remove it, and the changes to it.",
    "looks_like_email": "{given} looks like an e-mail address. If it belongs to a person, remove it: a plan names bodies and offices, never persons.",
    "looks_like_phone": "{given} looks like a telephone number. If it belongs to a person, remove it: a plan names bodies and offices, never persons.",
    "looks_like_curp": "{given} looks like a person's CURP. Remove it: a plan names bodies and offices, never persons.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    code: str
    path: Path = ()
    params: dict[str, str] = field(default_factory=dict)
    line: int | None = None

    def sentence(self) -> str:
        return FAULTS[self.code].format_map(self.params)


class Malformed(Exception):
    """A plan file or command is malformed; with all faults found."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.sentence() for fault in faults))


def hint(given: str, known: list[str]) -> str:
    """A hint at the word that was probably meant."""
    return _arrow(meant_key(given, known))


def _arrow(meant: str | None) -> str:
    return f" → {meant}?" if meant else ""


def explain(error: ValidationError) -> list[Fault]:
    """All faults in a validation error, without duplicates."""
    faults: list[Fault] = []
    seen: set[tuple[str, Path]] = set()
    errors = error.errors(include_url=False)
    for found in errors:
        if found["type"] == "too_short" and any(lies_within(found["loc"], other["loc"]) for other in errors):
            continue  # items with faults of their own were left out of the count
        fault = _meant(_fault(found["type"], tuple(found["loc"]), found.get("ctx") or {}, found.get("input")))
        if (fault.code, fault.path) not in seen:
            seen.add((fault.code, fault.path))
            faults.append(fault)
    return faults


def lies_within(outer: Path, inner: Path) -> bool:
    """Whether the path ``inner`` lies below ``outer``."""
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _meant(fault: Fault) -> Fault:
    """A fault of a date or a number, with what was probably meant."""
    given = fault.params.get("given", "")
    match fault.code:
        case "not_a_number":
            return replace(fault, params=fault.params | {"hint": _arrow(meant_number(given))})
        case "not_a_deadline":
            return replace(fault, params=fault.params | {"hint": _arrow(meant_date(given) or meant_month(given))})
        case "not_a_date" | "not_a_moment":
            return replace(fault, params=fault.params | {"hint": _arrow(meant_date(given))})
        case _:
            return fault


def _fault(kind: str, path: Path, context: dict[str, Any], given: Any) -> Fault:
    shown = str(given)[:60]
    match kind:
        case "extra_forbidden":
            if given in ("", None):
                return Fault("comma_in_text", path)
            return Fault("unknown_key", path, {"key": str(path[-1]), "hint": ""})
        case "missing":
            return Fault("missing", path, {"key": str(path[-1])})
        case "not_a_language" if (
            given and isinstance(given, dict) and any(wording in ("", None) for wording in given.values())
        ):
            return Fault("comma_in_text", path)
        case "string_too_long":
            return Fault("too_long", path, {"limit": str(context.get("max_length"))})
        case "string_pattern_mismatch":
            return Fault("bad_id", path, {"given": shown})
        case "literal_error" | "enum" | "union_tag_invalid":
            known = context.get("expected") or context.get("expected_tags") or ""
            shown = str(context.get("tag", shown))
            return Fault("not_one_of", path, {"given": shown, "known": str(known).replace("'", "")})
        case "union_tag_not_found":
            return Fault("missing", path, {"key": str(context.get("discriminator", "")).strip("'")})
        case "not_a_deadline":
            return Fault("not_a_deadline", path, {"given": shown})
        case "too_short":
            return Fault("too_few", path, {"limit": str(context.get("min_length"))})
        case "too_long":
            return Fault("too_many", path, {"limit": str(context.get("max_length"))})
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return Fault("out_of_range", path, {"given": shown})
        case "int_parsing" | "int_type" | "int_from_float" | "decimal_parsing":
            return Fault("not_a_number", path, {"given": shown})
        case "datetime_parsing" | "datetime_from_date_parsing" | "datetime_type":
            return Fault("not_a_moment", path, {"given": shown})
        case "date_type" | "date_from_datetime_inexact" | "date_from_datetime_parsing":
            return Fault("not_a_date", path, {"given": shown})
        case "bool_parsing" | "bool_type":
            return Fault("yes_or_no", path, {"given": shown})
        case "tuple_type" | "list_type":
            return Fault("list_expected", path)
        case "model_type" | "dict_type" | "model_attributes_type":
            return Fault("mapping_expected", path)
        case "string_type":
            return Fault("text_expected", path)
        case _ if kind in FAULTS:
            return Fault(kind, path, {name: str(value)[:200] for name, value in context.items()})
        case _:
            return Fault("not_readable", path, {"why": kind})
