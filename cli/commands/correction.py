"""`rumbo correction`: the life of a course correction."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from telling.values import day, trigger, zone_of

from cli import exit_codes, output, sending
from cli.command import NounGroup
from cli.errors import CliError
from cli.invocation import Invocation, pass_invocation
from cli.meeting import meeting_options, take_meeting
from cli.verb import SendCommand
from language import _
from telling import edited_copy as text
from telling.corrections import body, full, status

command = NounGroup("correction")

Function = Callable[..., Any]


def proposal_options(function: Function) -> Function:
    """What a draft says: why, resting on what, which changes, from when."""
    options = (
        click.option("--trigger", metavar=_("WORD"), help=_("What set it off: roadblock, new_information, …")),
        click.option("--rationale", metavar=_("TEXT"), help=_("Why.")),
        click.option(
            "--rests-on", multiple=True, metavar="ID", help=_("The id of what it rests on; may be given again.")
        ),
        click.option(
            "--set",
            "sets",
            nargs=4,
            multiple=True,
            metavar=_("ITEM FIELD FROM TO"),
            help=_(
                "Set a field from what it is to what it shall be. = stands for what it is now, - for nothing; "
                "objects and lists are written as JSON."
            ),
        ),
        click.option("--drop", "drops", multiple=True, metavar=_("ITEM"), help=_("Drop an item; it stays, marked.")),
        click.option(
            "--changes",
            "file",
            type=click.File("rb"),
            metavar=_("FILE"),
            help=_(
                "A JSON list of changes, additions among them; `rumbo plan schema propose_correction` has the form."
            ),
        ),
        click.option("--takes-effect", metavar=_("WHEN"), help=_("now, next_cycle, or a date; now unless said.")),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command.command(
    "draft",
    help=_(
        "Write a form for whoever proposes a course correction, with an account here or without.\n\n"
        "It holds the plan as it stands; they fill in the marked lines, change the rest to what it should be, and send "
        "it back for `rumbo correction propose PLAN FILE`."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.option(
    "--output",
    "file",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar=_("FILE"),
    help=_("Where to write it; - for standard output."),
)
@pass_invocation
def draft(invocation: Invocation, plan: str, file: Path) -> None:
    lines = (
        "\n".join(text.form(invocation.client.get("plans", plan, "copy"), invocation.client.get("plans", plan))) + "\n"
    )
    if str(file) == "-":
        click.echo(lines, nl=False)
        return
    with output.atomic_file(file, to_fill_in=True) as opened:
        opened.write(lines.encode())
    output.result(invocation, {"file": str(file)}, lambda _told: [_("Written: {file}").format(file=file)])
    output.next_step(invocation, f"rumbo correction propose {plan} {file}")


@command.command(
    "propose",
    cls=SendCommand,
    help=_(
        "Propose a course correction. Its id becomes the course correction's.\n\n"
        "  rumbo correction propose PLAN --id cr-1 --trigger roadblock --rationale TEXT --set 3.1 due 2020-06-30 "
        "2020-07-31\n\n"
        "FILE is a form that `rumbo correction draft` wrote and somebody filled in, or an edited copy of `rumbo plan "
        "show PLAN -o yaml`: what was changed in it is what is proposed. The options given go before what a form says. "
        "Sent twice it is proposed once."
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("copy", type=click.File("rb"), metavar=_("[FILE]"), required=False)
@proposal_options
@pass_invocation
def propose(invocation: Invocation, /, plan: str, **said: Any) -> int:
    once = said["copy"] is not None
    return sending.send(invocation, plan, "propose_correction", _proposal(invocation, plan, **said), once=once)


@command.command(
    "redraft",
    cls=SendCommand,
    help=_("Send the next draft of a course correction of yours. Positions on the last one do not carry over."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("correction", metavar="ID")
@click.argument("copy", type=click.File("rb"), metavar=_("[FILE]"), required=False)
@proposal_options
@pass_invocation
def redraft(invocation: Invocation, /, plan: str, correction: str, **said: Any) -> int:
    proposal = _proposal(invocation, plan, **said)
    return sending.send(invocation, plan, "redraft_correction", {"correction": correction, **proposal})


def _position(name: str, kind: str, text: str) -> None:
    """A verb for a position of a body on a draft."""

    @command.command(name, cls=SendCommand, help=text)
    @click.argument("plan", metavar="PLAN")
    @click.argument("correction", metavar="ID")
    @click.option(
        "--draft", type=click.IntRange(1), metavar="N", help=_("The draft that is meant; the first unless said.")
    )
    @click.option("--reason", metavar=_("TEXT"), help=_("Why."))
    @pass_invocation
    def position(invocation: Invocation, plan: str, correction: str, draft: int | None, reason: str | None) -> int:
        said = {"correction": correction, "draft": draft, "reason": reason}
        return sending.send(invocation, plan, kind, said)


_position("endorse", "endorse_correction", _("Endorse a course correction."))
_position("oppose", "oppose_correction", _("Oppose a course correction; say why."))
_position("abstain", "abstain_correction", _("Abstain on a course correction."))
_position("return", "return_correction", _("Give a draft back to its author for another; say why."))


@command.command("withdraw", cls=SendCommand, help=_("Withdraw a course correction of yours."))
@click.argument("plan", metavar="PLAN")
@click.argument("correction", metavar="ID")
@click.option("--reason", metavar=_("TEXT"), help=_("Why."))
@pass_invocation
def withdraw(invocation: Invocation, plan: str, correction: str, reason: str | None) -> int:
    return sending.send(invocation, plan, "withdraw_correction", {"correction": correction, "reason": reason})


@command.command(
    "decide",
    cls=SendCommand,
    help=_(
        "Adopt or decline a course correction, with a reasoned response and its authority.\n\n"
        "A session decides by the bodies present, and its positions are theirs on this draft.\n\n"
        "  rumbo correction decide PLAN ID adopted --response TEXT --authority TEXT --session session.yaml "
        "--minutes minutes.pdf"
    ),
)
@click.argument("plan", metavar="PLAN")
@click.argument("correction", metavar="ID")
@click.argument("decision", type=click.Choice(["adopted", "declined"]))
@click.option("--response", metavar=_("TEXT"), help=_("The reasoned response."))
@click.option("--authority", metavar=_("TEXT"), help=_("The document by whose authority it is decided."))
@click.option("--authority-number", metavar=_("TEXT"), help=_("The document's number."))
@click.option("--authority-date", metavar=_("DATE"), help=_("The document's date."))
@click.option("--draft", type=click.IntRange(1), metavar="N", help=_("The draft that is meant; the first unless said."))
@meeting_options
@click.option(
    "--position",
    "positions",
    nargs=2,
    multiple=True,
    metavar=_("BODY POSITION"),
    help=_("A body's position in the session: endorse, oppose or abstain; may be given again."),
)
@pass_invocation
def decide(
    invocation: Invocation,
    /,
    plan: str,
    correction: str,
    decision: str,
    response: str | None,
    authority: str | None,
    authority_number: str | None,
    authority_date: str | None,
    draft: int | None,
    **meeting: Any,
) -> int:
    named = output.non_empty({"document": authority, "number": authority_number, "date": authority_date})
    said = {
        "correction": correction,
        "decision": decision,
        "response": response,
        "authority": named,
        "draft": draft,
        "session": take_meeting(**meeting),
    }
    return sending.send(invocation, plan, "decide_correction", said)


@command.command(
    "explain",
    cls=SendCommand,
    help=_("Give the reason for a course correction whose reason was published later than the decision."),
)
@click.argument("plan", metavar="PLAN")
@click.argument("correction", metavar="ID")
@click.option("--rationale", metavar=_("TEXT"), help=_("Why."))
@click.option(
    "--covers", multiple=True, metavar=_("ITEM"), help=_("An item whose change it explains; all unless said.")
)
@pass_invocation
def explain(invocation: Invocation, plan: str, correction: str, rationale: str | None, covers: tuple[str, ...]) -> int:
    said = {"correction": correction, "rationale": rationale, "covers": list(covers)}
    return sending.send(invocation, plan, "explain_correction", said)


@command.command("list", help=_("List a plan's course corrections."))
@click.argument("plan", metavar="PLAN")
@pass_invocation
def list_(invocation: Invocation, plan: str) -> None:
    view = invocation.client.get("plans", plan)

    def text(corrections: list[Any]) -> Iterable[str]:
        if not corrections:
            output.note(_("No course correction was proposed yet."))
            return ()
        return output.table(
            [_("course correction"), _("proposed"), _("by"), _("because of"), _("changes"), _("status")],
            [
                [
                    one["id"],
                    day(one["proposed_at"], zone_of(view)),
                    body(one["proposed_by"], view),
                    trigger(one["trigger"], view),
                    str(len(one["changes"])),
                    status(one),
                ]
                for one in corrections
            ],
        )

    output.rows(invocation, "corrections", view["corrections"], text)


@command.command("show", help=_("Show a course correction: what it changes, why, who said what, and its fate."))
@click.argument("plan", metavar="PLAN")
@click.argument("correction", metavar="ID")
@pass_invocation
def show(invocation: Invocation, plan: str, correction: str) -> None:
    view = invocation.client.get("plans", plan)
    found = invocation.client.get("plans", plan, "corrections", correction)
    output.result(invocation, found, lambda one: full(one, view, zone_of(view)))
    if found["status"] == "open":
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
    form = _edited(invocation, plan, copy) if copy is not None else {}
    changes = [*form.get("changes", ()), *(_listed(file) if file is not None else ())]
    now: Mapping[str, Any] | None = None
    for item, field, was, shall_be in sets:
        if was == "=":
            now = now or invocation.client.get("plans", plan)
            before = _as_it_is(now, item, field)
        else:
            before = _value(was)
        changes.append({"item": item, "field": field, "from": before, "to": _value(shall_be)})
    changes += [{"drop": item} for item in drops]
    typed = {"trigger": trigger, "rationale": rationale, "rests_on": list(rests_on), "takes_effect": takes_effect}
    said = {name: form.get(name) for name in typed} | output.non_empty(typed)
    return said | {"on_behalf_of": form.get("proposed_by"), "changes": changes}


def _edited(invocation: Invocation, plan: str, copy: Any) -> dict[str, Any]:
    """What a form or an edited copy asks for, as the gateway reads it."""
    read: dict[str, Any] = invocation.client.post_file(
        "plans", plan, "copy", content=copy.read(), media_type="application/yaml"
    )
    return read


def _listed(file: Any) -> list[Any]:
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
    """A value as typed: text, JSON where it begins like it, or nothing."""
    if typed == "-":
        return None
    if typed[:1] not in ("{", "["):
        return typed
    try:
        return json.loads(typed)
    except ValueError as error:
        raise CliError(_("{value} is not JSON: {reason}").format(value=typed, reason=error), exit_codes.USAGE) from None


def _as_it_is(plan: Mapping[str, Any], item: str, field: str) -> Any:
    """What a field holds now, as the plan file writes it."""
    parts = {one: plan[one] for one in ("problem", "policy")} | {"plan": plan}
    for commitment in plan["commitments"]:
        parts[commitment["id"]] = commitment
        # A view's `due` is the day that was worked out; the rule itself stands in `deadline`.
        parts |= {one["id"]: one | {"due": one.get("deadline")} for one in commitment["milestones"]}
    parts |= {one["id"]: one for name in ("indicators", "assumptions") for one in plan[name]}
    if item not in parts:
        raise CliError(
            _("The plan has no {item}.").format(item=item),
            exit_codes.NOT_FOUND,
            _("`rumbo plan show {plan}` lists what it has.").format(plan=plan["id"]),
        )
    value: Any = parts[item]
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
