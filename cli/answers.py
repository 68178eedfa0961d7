"""An answer of the gateway: its JSON as it was sent, for programs, and the typed view in it, for texts."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cli import exit_codes
from cli.errors import CliError
from language import _

if TYPE_CHECKING:
    from domain.views.models.view import View

V = TypeVar("V", bound="View")


@dataclass(frozen=True)
class Answer(Generic[V]):
    """An answer and the model of its view. ``-o json`` writes the JSON as it came."""

    json: Any
    model: type[V]

    @cached_property
    def view(self) -> V:
        """The view, read once. Raises `CliError` if the answer is not of this model."""
        from pydantic import ValidationError  # noqa: PLC0415  (loaded, since there is a model)

        try:
            return self.model.read(self.json)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise not_rumbo(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def not_rumbo(reason: str) -> CliError:
    """The error for an answer that this version cannot read."""
    return CliError(
        _("The answer is not from Rumbo, or from another version of it ({reason}).").format(reason=reason[:200]),
        exit_codes.FAILED,
        _("Check the address, and that `rumbo --version` is the same here and on the server."),
    )
