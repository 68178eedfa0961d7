"""Verbs declared as data: `send_verb` for a verb that sends one command to a plan, `list_verb` for a list of its view.

A new kind of command gets its verb with one module in `cli/commands/`, which is found without being listed anywhere.
`cli/commands/rainfall.py` with the following text is the whole of ``rumbo rainfall record PLAN MILLIMETRES``::

    \"\"\"`rumbo rainfall`: how much it rained.\"\"\"

    from cli.command import NounGroup
    from cli.verb import argument, option, send_verb
    from language import _

    command = NounGroup(
        "rainfall",
        help=_("Record how much it rained."),
        commands=[
            send_verb(
                "record",
                "record_rainfall",
                _("Record the rain of one day. Name the weather bulletin with --source."),
                argument("millimetres", metavar=_("MILLIMETRES")),
                option("--as-at", metavar=_("DATE"), help=_("The day that it is about.")),
            )
        ],
    )

To add a verb to a noun that exists, `cli/commands/plan_rainfall.py` holds ``command = send_verb("rainfall", …)`` alone.
Arguments and options have the names of the command's fields; a field that was not given is not sent. Every message
inside ``_()`` needs an entry in `locale/es/LC_MESSAGES/rumbo.po`, which a test checks. A command kind without a verb is
sent with ``rumbo plan send``, which knows no kinds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from cli import output, sending
from cli.command import CliCommand
from cli.invocation import Invocation, pass_invocation
from cli.options import MAX_WAIT, storing
from language import _
from telling.values import VISIBILITIES

if TYPE_CHECKING:
    from domain.views.models.plan import PlanView

VISIBILITY: Final = click.Choice(list(VISIBILITIES))


class SendCommand(CliCommand):
    """A verb that sends one command to a plan: it also takes the fields of the command's envelope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.envelope = envelope_options()
        self.params += self.envelope

    def sections(self) -> list[tuple[str, list[click.Parameter]]]:
        return [(_("What is sent"), self.envelope)]


def send_verb(
    name: str,
    kind: str,
    help_text: str,
    *params: click.Parameter,
    fields: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None,
) -> SendCommand:
    """The verb ``name``, which sends a command of ``kind`` to the plan that its first argument names.

    The values of ``params`` are the command's fields, by their names. ``fields`` makes the fields from the values where
    they differ.
    """

    @pass_invocation
    def send(invocation: Invocation, /, plan: str, **values: Any) -> int:
        return sending.send(invocation, plan, kind, fields(values) if fields else values)

    return SendCommand(name, callback=send, params=[argument("plan", metavar="PLAN"), *params], help=help_text)


def list_verb(part: str, help_text: str, empty: str, text: "Callable[[PlanView], Iterable[str]]") -> CliCommand:
    """The verb ``list``, which writes the list ``part`` of a plan's view, or the note ``empty`` if it has no items."""

    @pass_invocation
    def show(invocation: Invocation, plan: str) -> None:
        answer = invocation.client.plan(plan)

        def lines(values: list[Any]) -> Iterable[str]:
            if not values:
                output.note(empty)
                return ()
            return text(answer.view)

        output.rows(invocation, part, answer.json[part], lines)

    return CliCommand("list", callback=show, params=[argument("plan", metavar="PLAN")], help=help_text)


def argument(name: str, **settings: Any) -> click.Argument:
    return click.Argument([name], **settings)


def option(*flags: str, **settings: Any) -> click.Option:
    return click.Option(flags, **settings)


def text_option(help_text: str) -> click.Option:
    return option("--text", metavar=_("TEXT"), help=help_text)


def reason_option(*, required: bool = False) -> click.Option:
    return option("--reason", metavar=_("TEXT"), required=required, help=_("Why."))


def rests_on_option() -> click.Option:
    return option(
        "--rests-on", multiple=True, metavar="ID", help=_("The id of what it is based on; repeat it for several.")
    )


def as_at_option() -> click.Option:
    return option("--as-at", metavar=_("DATE"), help=_("The day that it is about."))


def draft_option() -> click.Option:
    return option("--draft", type=click.IntRange(1), metavar="N", help=_("The number of the draft; 1 by default."))


def members_option() -> click.Option:
    return option(
        "--members",
        type=click.IntRange(0),
        metavar="N",
        help=_("For a body that is a group: how many of its members this comes from; never their names."),
    )


def authority_options(help_text: str, *, required: bool = False) -> list[click.Option]:
    """The document by whose authority something is done; `authority_field` reads the three options."""
    return [
        option("--authority", metavar=_("TEXT"), required=required, help=help_text),
        option("--authority-number", metavar=_("TEXT"), help=_("The document's number.")),
        option("--authority-date", metavar=_("DATE"), help=_("The document's date.")),
    ]


def authority_field(values: dict[str, Any]) -> dict[str, Any]:
    """Take the values of `authority_options` out of ``values``, as the command's field ``authority``."""
    document = {"document": "authority", "number": "authority_number", "date": "authority_date"}
    return output.non_empty({field: values.pop(name) for field, name in document.items()})


def envelope_options() -> list[click.Parameter]:
    """The options of every command that is sent, whatever its kind; `sending.send` reads them."""
    return [
        _envelope("--id", "id", metavar="ID", help=_("The command's id. Sent twice with one id, it is done once.")),
        _envelope("--on-behalf-of", "on_behalf_of", metavar=_("BODY"), help=_("The body in whose name it is sent.")),
        _envelope(
            "--source", "source", metavar=_("TEXT"), help=_("The document that shows it: minutes, letter, e-mail.")
        ),
        _envelope("--source-date", "source_date", metavar=_("DATE"), help=_("The source's own date.")),
        _envelope("--source-url", "source_url", metavar="URL", help=_("Where the source can be read.")),
        _envelope(
            "--effective",
            "effective",
            metavar=_("DATE|TIME"),
            help=_("When it took effect, if that was earlier; a date means the end of that day."),
        ),
        _envelope(
            "--visibility",
            "visibility",
            type=VISIBILITY,
            help=_("Who may see it; by default, as the plan's rules say."),
        ),
        _envelope(
            "--from-file",
            "from_file",
            type=click.File("rb"),
            metavar=_("FILE"),
            help=_("A JSON object with the command's fields; options take precedence. - reads standard input."),
        ),
        _envelope(
            "--wait",
            "wait",
            type=click.IntRange(0, MAX_WAIT),
            metavar=_("SECONDS"),
            help=_("How long to wait for the outcome; 10 seconds by default."),
        ),
    ]


def _envelope(flag: str, name: str, **settings: Any) -> click.Option:
    def store(invocation: Invocation, value: Any) -> None:
        invocation.envelope[name] = value

    return click.Option([flag, name], expose_value=False, callback=storing(store), **settings)
