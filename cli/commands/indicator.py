"""`rumbo indicator`: record measurements."""

from collections.abc import Mapping
from typing import Any

import click

from cli.command import NounGroup
from cli.verb import argument, as_at_option, option, send_verb, text_option
from language import _
from telling.values import ABSENT


def _fields(values: dict[str, Any]) -> Mapping[str, Any]:
    """The command's fields: ``--absent`` takes the place of the value."""
    absent = values.pop("absent")
    return values | {"value": {"absent": absent} if absent else values["value"]}


command = NounGroup(
    "indicator",
    commands=[
        send_verb(
            "measure",
            "measure_indicator",
            _("Record a measurement of an indicator."),
            argument("indicator", metavar=_("INDICATOR")),
            argument("value", metavar=_("VALUE"), required=False),
            option(
                "--absent",
                type=click.Choice([reason for reason in ABSENT if reason != "not_applicable"]),
                help=_("Why there is no value."),
            ),
            as_at_option(),
            text_option(_("Remarks.")),
            fields=_fields,
        )
    ],
)
