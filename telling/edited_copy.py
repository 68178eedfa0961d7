"""A copy of a plan to be edited, and a form for whoever proposes a course correction: YAML with comments."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from language import N_, _
from telling.plan_file import TO_FILL
from telling.values import localized, named, trigger

COMMENTS: Final = {
    "timezone": N_("What stands from here to the problem is not changed by a course correction, except the title."),
    "problem": N_("The problem"),
    "partners": N_("Who takes part is changed by `rumbo partner`, not here."),
    "awaited": N_("Awaited events; more can be added."),
    "indicators": N_("Indicators"),
    "assumptions": N_("Assumptions"),
    "commitments": N_("Commitments and milestones"),
    "policy": N_("The rules that the plan lives by"),
}


def edited_copy(copy: Mapping[str, Any]) -> Iterator[str]:
    """The copy: a plan file that says which entry it was made from."""
    yield _(
        "# A copy of {plan}, to be edited. Change what should be otherwise, take out what should be dropped,"
    ).format(plan=copy["plan"])
    yield _("# and add what is new under an id of its own. Then: `rumbo correction propose {plan} FILE`").format(
        plan=copy["plan"]
    )
    yield from _plan(copy)


def correction_form(copy: Mapping[str, Any], view: Mapping[str, Any]) -> Iterator[str]:
    """The copy, and above it what a proposal has to say."""
    bodies = ", ".join(f"{one['id']} ({named(one)})" for one in view["partners"] if not one.get("group"))
    triggers = ", ".join(f"{word} ({trigger(word, view)})" for word in view["triggers"])
    lessons = ", ".join(one["id"] for one in view["lessons"][-20:]) or "-"
    yield "# " + _("A course correction of the plan “{title}”.").format(title=localized(view["title"]))
    yield "# " + _("1. Fill in the lines with {mark}.").format(mark=TO_FILL)
    yield "# " + _("2. Below, change what should be otherwise, take out what should be dropped, and add what is new.")
    yield "# " + _("   Whatever you leave as it is stays as it is.")
    yield "# " + _("3. Send this file back to whoever sent it to you.")
    yield ""
    yield "course_correction:"
    yield f"  # {_('The body that proposes it, one of:')} {bodies}"
    yield f"  proposed_by:    # {TO_FILL}"
    yield f"  # {_('What set it off, one of:')} {triggers}"
    yield f"  trigger:    # {TO_FILL}"
    yield f"  # {_('Why; between quotation marks.')}"
    yield f"  rationale:    # {TO_FILL}"
    yield f"  # {_('The ids of what it rests on: reports, evidence, lessons. Lessons so far:')} {lessons}"
    yield f"  rests_on:    # {TO_FILL}"
    yield f"  # {_('From when: now, next_cycle, or a date.')}"
    yield "  takes_effect: now"
    yield ""
    yield from _plan(copy)


def _plan(copy: Mapping[str, Any]) -> Iterator[str]:
    version = _("entry {number}").format(number=copy["made_from"])
    revision = _("version {revision} of the plan").format(revision=copy["revision"])
    yield f"made_from: {copy['made_from']}    # {version}, {revision}"
    for key, part in copy["definition"].items():
        if key in COMMENTS:
            yield ""
            yield f"# {_(COMMENTS[key])}"
        yield from _yaml({key: part}).removesuffix("\n").split("\n")


def _yaml(part: Any) -> str:
    """YAML in which every text keeps to its line: a line that is one thing is safer to edit."""
    import yaml  # noqa: PLC0415  (needed by few commands)

    class OneLine(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, localized: str) -> yaml.ScalarNode:
        # Among what cannot be printed are the line breaks of which Unicode has several.
        return dumper.represent_scalar(
            "tag:yaml.org,2002:str", localized, style=None if localized.isprintable() else '"'
        )

    OneLine.add_representer(str, text)
    written: str = yaml.dump(
        part, Dumper=OneLine, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000
    )
    return written
