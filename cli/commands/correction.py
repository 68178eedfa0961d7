"""`rumbo correction`: propose a course correction, take positions on it, decide it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import exit_codes, output, sending
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.meeting import meeting_options, take_meeting
from cli.verb import (
    SendCommand,
    argument,
    authority_field,
    authority_options,
    draft_option,
    list_verb,
    option,
    reason_option,
    rests_on_option,
    send_verb,
)
from language import _
from telling.corrections import body, full, status
from telling.edited_copy import correction_form
from telling.values import day, trigger, zone_of

if TYPE_CHECKING:
    from domain.views.models.plan import PlanView
    from domain.views.models.view import View


def _table(plan: "PlanView") -> Iterable[str]:
    return output.table(
        [_("course correction"), _("proposed"), _("by"), _("because of"), _("changes"), _("status")],
        [
            [
                one.id,
                day(one.proposed_at, zone_of(plan)),
                body(one.proposed_by, plan),
                trigger(one.trigger, plan),
                str(len(one.changes)),
                status(one),
            ]
            for one in plan.corrections
        ],
    )


def _position(name: str, help_text: str) -> SendCommand:
    """A verb for a body's position on a draft."""
    return send_verb(
        name, f"{name}_correction", help_text, argument("correction", metavar="ID"), draft_option(), reason_option()
    )


def _decision(values: dict[str, Any]) -> Mapping[str, Any]:
    document, meeting = authority_field(values), take_meeting(values)
    return values | {"authority": document, "session": meeting}


command = NounGroup(
    "correction",
    order=("draft", "propose", "redraft"),
    commands=[
        _position("endorse", _("Endorse a course correction.")),
        _position("oppose", _("Oppose a course correction; give the reason.")),
        _position("abstain", _("Abstain on a course correction.")),
        _position("return", _("Return a draft to its author for another one; give the reason.")),
        send_verb(
            "withdraw",
            "withdraw_correction",
            _("Withdraw a course correction that your body proposed."),
            argument("correction", metavar="ID"),
            reason_option(),
        ),
        send_verb(
            "decide",
            "decide_correction",
            _(
                "Adopt or decline a course correction, with a reasoned response and its authority.\n\n"
                "In a session, the bodies present decide, and their positions count for this draft.\n\n"
                "  rumbo correction decide PLAN ID adopted --response TEXT --authority TEXT --session session.yaml "
                "--minutes minutes.pdf"
            ),
            argument("correction", metavar="ID"),
            argument("decision", type=click.Choice(["adopted", "declined"])),
            option("--response", metavar=_("TEXT"), help=_("The reasoned response.")),
            *authority_options(_("The document by whose authority it is decided.")),
            draft_option(),
            *meeting_options(),
            option(
                "--position",
                "positions",
                nargs=2,
                multiple=True,
                metavar=_("BODY POSITION"),
                help=_("A body's position in the session: endorse, oppose or abstain; repeat it for several."),
            ),
            fields=_decision,
        ),
        send_verb(
            "explain",
            "explain_correction",
            _("Record the reason for a course correction, if it was published after the decision."),
            argument("correction", metavar="ID"),
            option("--rationale", metavar=_("TEXT"), help=_("Why.")),
            option(
                "--covers",
                multiple=True,
                metavar=_("ITEM"),
                help=_("An item whose change it explains; by default, all."),
            ),
        ),
        list_verb(
            "corrections",
            _("List a plan's course corrections."),
            _("No course correction was proposed yet."),
            _table,
        ),
    ],
)


def _proposal_params() -> list[click.Parameter]:
    """The parameters of a draft: an optional edited copy, and options for trigger, reason, grounds, changes (``--set``,
    ``--drop``, ``--changes``) and when it takes effect."""
    return [
        argument("copy", type=click.File("rb"), metavar=_("[FILE]"), required=False),
        option("--trigger", metavar=_("WORD"), help=_("What caused it: roadblock, new_information, …")),
        option("--rationale", metavar=_("TEXT"), help=_("Why.")),
        rests_on_option(),
        option(
            "--set",
            "sets",
            nargs=4,
            multiple=True,
            metavar=_("ITEM FIELD FROM TO"),
            help=_(
                "Change a field from its present value to a new one. = stands for the present value, - for no value; "
                "objects and lists are written as JSON."
            ),
        ),
        option(
            "--drop", "drops", multiple=True, metavar=_("ITEM"), help=_("Drop an item; it stays visible as dropped.")
        ),
        option(
            "--changes",
            "file",
            type=click.File("rb"),
            metavar=_("FILE"),
            help=_("A JSON list of changes and additions, as `rumbo plan schema propose_correction` describes it."),
        ),
        option("--takes-effect", metavar=_("WHEN"), help=_("now, next_cycle, or a date; now by default.")),
    ]


@command.command(
    "draft",
    help=_(
        "Write a form with which anybody can propose a course correction, with or without an account here.\n\n"
        "It holds the plan as it is. They fill in the marked lines, change the rest to what it should be, and send it "
        "back for `rumbo correction propose PLAN FILE`."
    ),
)
@click.argument("plan", metavar="PLAN")
@output.file_option
@pass_invocation
def draft(invocation: Invocation, plan: str, file: Path) -> None:
    copy, now = invocation.client.copy(plan), invocation.client.plan(plan)
    text = "\n".join(correction_form(copy.view, now.view)) + "\n"
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    with output.atomic_file(file, to_fill_in=True) as opened:
        opened.write(text.encode())
    output.result(invocation, {"file": str(file)}, lambda _written: [_("Written: {file}").format(file=file)])
    output.next_step(invocation, f"rumbo correction propose {plan} {file}")


@command.command(
    "propose",
    cls=SendCommand,
    help=_(
        "Propose a course correction. The command's id becomes the course correction's.\n\n"
        "  rumbo correction propose PLAN --id cr-1 --trigger roadblock --rationale TEXT --set 3.1 due 2020-06-30 "
        "2020-07-31\n\n"
        "FILE is a filled-in form from `rumbo correction draft`, or an edited copy from `rumbo plan show PLAN -o "
        "yaml`: the edits are the proposed changes. Options take precedence over the form. The same file sent twice is "
        "proposed once."
    ),
    params=[argument("plan", metavar="PLAN"), *_proposal_params()],
)
@pass_invocation
def propose(invocation: Invocation, /, plan: str, **values: Any) -> int:
    once = values["copy"] is not None
    return sending.send(invocation, plan, "propose_correction", _proposal(invocation, plan, **values), once=once)


@command.command(
    "redraft",
    cls=SendCommand,
    help=_(
        "Send the next draft of a course correction that your body proposed. "
        "Positions on the previous draft do not carry over."
    ),
    params=[argument("plan", metavar="PLAN"), argument("correction", metavar="ID"), *_proposal_params()],
)
@pass_invocation
def redraft(invocation: Invocation, /, plan: str, correction: str, **values: Any) -> int:
    proposal = _proposal(invocation, plan, **values)
    return sending.send(invocation, plan, "redraft_correction", {"correction": correction, **proposal})


@command.command("show", help=_("Show a course correction: its changes, reasons, positions and outcome."))
@click.argument("plan", metavar="PLAN")
@click.argument("correction", metavar="ID")
@pass_invocation
def show(invocation: Invocation, plan: str, correction: str) -> None:
    answer, found = invocation.client.plan(plan), invocation.client.correction(plan, correction)
    output.view(invocation, found, lambda one: full(one, answer.view, zone_of(answer.view)))
    if invocation.is_text and found.view.status == "open":
        output.next_step(invocation, f"rumbo correction endorse {plan} {correction}")


def _proposal(
    invocation: Invocation,
    plan: str,
    *,
    copy: Any,
    trigger: str | None,
    rationale: str | None,
    rests_on: tuple[str, ...],
    sets: tuple[tuple[str, str, str, str], ...],
    drops: tuple[str, ...],
    file: Any,
    takes_effect: str | None,
) -> dict[str, Any]:
    """The fields of a draft: those of the form or edited copy, then those of the options."""
    form = _edited(invocation, plan, copy) if copy is not None else {}
    changes = [*form.get("changes", ()), *(_change_list(file) if file is not None else ())]
    view: PlanView | None = None
    for item, field, before, after in sets:
        if before == "=":
            view = view or invocation.client.plan(plan).view
            present = _present_value(view, item, field)
        else:
            present = _value(before)
        changes.append({"item": item, "field": field, "from": present, "to": _value(after)})
    changes += [{"drop": item} for item in drops]
    typed = {"trigger": trigger, "rationale": rationale, "rests_on": list(rests_on), "takes_effect": takes_effect}
    fields = {name: form.get(name) for name in typed} | output.non_empty(typed)
    return fields | {"on_behalf_of": form.get("proposed_by"), "changes": changes}


def _edited(invocation: Invocation, plan: str, copy: Any) -> dict[str, Any]:
    """The proposal that the gateway reads from a form or an edited copy."""
    read: dict[str, Any] = invocation.client.post_file(
        "plans", plan, "copy", content=copy.read(), media_type="application/yaml"
    )
    return read


def _change_list(file: Any) -> list[Any]:
    try:
        changes = json.loads(file.read().decode("utf-8"))
    except ValueError as error:
        raise CliError(
            _("{file} is not JSON: {reason}").format(file=file.name, reason=error), exit_codes.USAGE
        ) from None
    if not isinstance(changes, list):
        raise CliError(_("{file} must hold a JSON list of changes.").format(file=file.name), exit_codes.USAGE)
    return changes


def _value(typed: str) -> Any:
    """A typed value: `None` for ``-``, JSON for an object or a list, otherwise text."""
    if typed == "-":
        return None
    if typed[:1] not in ("{", "["):
        return typed
    try:
        return json.loads(typed)
    except ValueError as error:
        raise CliError(_("{value} is not JSON: {reason}").format(value=typed, reason=error), exit_codes.USAGE) from None


def _present_value(plan: "PlanView", item: str, field: str) -> Any:
    """The present value of a field, in the form in which a plan file has it."""
    parts: dict[str, View] = {"problem": plan.problem, "policy": plan.policy, "plan": plan}
    parts |= {one.id: one for one in plan.commitments}
    parts |= {one.id: one for one in plan.indicators}
    parts |= {one.id: one for one in plan.assumptions}
    milestones = {one.id for commitment in plan.commitments for one in commitment.milestones}
    parts |= {one.id: one for commitment in plan.commitments for one in commitment.milestones}
    if item not in parts:
        raise CliError(
            _("The plan has no {item}.").format(item=item),
            exit_codes.NOT_FOUND,
            _("`rumbo plan show {plan}` lists the items of the plan.").format(plan=plan.id),
        )
    value: Any = parts[item].as_json()
    if item in milestones:
        # In a view, `due` is the computed day; the rule of the plan file is in `deadline`.
        value["due"] = value["deadline"]
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
