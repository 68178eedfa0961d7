"""Two YAML files with comments: a copy of a plan for editing, and a form that proposes a course correction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from language import N_, _
from telling.plan_file import TO_FILL
from telling.values import localized, named, trigger

if TYPE_CHECKING:
    from domain.views.models.copies import CopyView
    from domain.views.models.plan import PlanView

COMMENTS: Final = {
    "timezone": N_("From here to the problem, a course correction can change only the title."),
    "problem": N_("The problem"),
    "partners": N_("Partners are changed with `rumbo partner`, not here."),
    "awaited": N_("Awaited events; more can be added."),
    "indicators": N_("Indicators"),
    "assumptions": N_("Assumptions"),
    "commitments": N_("Commitments and milestones"),
    "policy": N_("The rules of the plan"),
}


def edited_copy(copy: CopyView) -> Iterator[str]:
    """The copy: a plan file with the number of the entry it was made from."""
    yield _("# A copy of {plan} for editing. Change values, remove what should be dropped,").format(plan=copy.plan)
    yield _("# and add new parts under new ids. Then: `rumbo correction propose {plan} FILE`").format(plan=copy.plan)
    yield from _plan(copy)


def correction_form(copy: CopyView, view: PlanView) -> Iterator[str]:
    """The copy, preceded by the fields of a proposal."""
    bodies = ", ".join(f"{one.id} ({named(one.id, one.name)})" for one in view.partners if not one.group)
    triggers = ", ".join(f"{word} ({trigger(word, view)})" for word in view.triggers)
    lessons = ", ".join(one.id for one in view.lessons[-20:]) or "-"
    yield "# " + _("A course correction of the plan “{title}”.").format(title=localized(view.title))
    yield "# " + _("1. Fill in the lines marked {mark}.").format(mark=TO_FILL)
    yield "# " + _("2. Below, change values, remove what should be dropped, and add new parts under new ids.")
    yield "# " + _("   Everything else stays unchanged.")
    yield "# " + _("3. Return this file to its sender.")
    yield ""
    yield "course_correction:"
    yield f"  # {_('The body that proposes it, one of:')} {bodies}"
    yield f"  proposed_by:    # {TO_FILL}"
    yield f"  # {_('The trigger, one of:')} {triggers}"
    yield f"  trigger:    # {TO_FILL}"
    yield f"  # {_('The reason, between quotation marks.')}"
    yield f"  rationale:    # {TO_FILL}"
    yield f"  # {_('The ids of what it rests on: reports, evidence, lessons. Lessons so far:')} {lessons}"
    yield f"  rests_on:    # {TO_FILL}"
    yield f"  # {_('When it takes effect: now, next_cycle, or a date.')}"
    yield "  takes_effect: now"
    yield ""
    yield from _plan(copy)


def _plan(copy: CopyView) -> Iterator[str]:
    version = _("entry {number}").format(number=copy.made_from)
    revision = _("version {revision} of the plan").format(revision=copy.revision)
    yield f"made_from: {copy.made_from}    # {version}, {revision}"
    for key, part in copy.definition.items():
        if key in COMMENTS:
            yield ""
            yield f"# {_(COMMENTS[key])}"
        yield from _yaml({key: part}).removesuffix("\n").split("\n")


def _yaml(part: Any) -> str:
    """YAML with every text on one line, which is safer to edit."""
    import yaml  # noqa: PLC0415  (needed by few commands)

    class OneLine(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        # Unprintable characters include the several line breaks of Unicode.
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if value.isprintable() else '"')

    OneLine.add_representer(str, text)
    written: str = yaml.dump(
        part, Dumper=OneLine, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000
    )
    return written
