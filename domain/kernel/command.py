"""The base of every command. Its name is also the name of its signal, and is never changed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.kernel.event import Source, Visibility
from domain.kernel.faults import Path
from domain.kernel.meeting import Meeting
from domain.kernel.text import Absent, CommandId, Id, Sealed
from domain.kernel.visibility import Fixed, VisibilityRule
from domain.plan_file.calendar import Day, Moment

CommandClass = Literal["steering", "telling", "correcting", "administering"]
"""What a command does to a plan. The gateway decides by this class which roles may send it."""

COMMANDS: Final[dict[str, type["Command"]]] = {}
"""Every command by its name. A class adds itself when it is defined."""


class Command(BaseModel):
    """A request to a plan. The same id sent twice is executed once."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)

    id: CommandId
    on_behalf_of: Id | None = None
    """The body that speaks."""
    source: Source | None = None
    effective: Day | Moment | None = None
    """When it took effect, if that was before it was sent; a date means the end of that day."""
    visibility: Visibility | None = None

    if TYPE_CHECKING:
        command: str
        """The name: in every subclass a ``Literal`` with that name as the default."""

    CLASS: ClassVar[CommandClass] = "telling"
    VISIBILITY: ClassVar[VisibilityRule] = Fixed("public")
    """The rule for the visibility of its events."""
    MAY_BE_EARLIER: ClassVar[bool] = False
    """Whether it may take effect before it was sent. In a live plan, other commands take effect when recorded."""
    CHECKS_ITSELF: ClassVar[bool] = False
    """Whether its rule itself checks the plan, the speaker and the moment. Every other command is checked before."""
    WORDS: ClassVar[tuple[str, ...]] = ()
    """Fields with the sender's own words, sealed when the command is restricted. ``*``: each item of a list."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        name = cls.model_fields["command"].default if "command" in cls.model_fields else None
        if name is not None and COMMANDS.setdefault(name, cls) is not cls:
            raise TypeError(f"two commands are called {name}: {COMMANDS[name].__name__} and {cls.__name__}")

    def words(self) -> Iterator[Path]:
        """The paths of its texts that have a value. Nothing else of a restricted command can be sealed or erased."""
        if self.WORDS:
            for place in dict.fromkeys((*self.WORDS, "source.document", "source.url")):
                yield from _filled(self, place.split("."), ())

    @property
    def meeting(self) -> Meeting | None:
        """The meeting that speaks in this command, for all bodies present in it."""
        return getattr(self, "session", None)


def _filled(value: Any, steps: list[str], path: Path) -> Iterator[Path]:
    match value:
        case None | Absent() | Sealed():
            return
        case _ if not steps:
            yield path
        case tuple():
            for index, item in enumerate(value):
                yield from _filled(item, steps[1:], (*path, index))
        case dict():
            for key, item in value.items():
                yield from _filled(item, steps[1:], (*path, key))
        case _:
            yield from _filled(getattr(value, steps[0]), steps[1:], (*path, steps[0]))


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16 else value


EntryName = Annotated[Annotated[int, Field(ge=1)] | CommandId, BeforeValidator(_number)]
"""An entry by its number, or by the id of the command that caused it."""
