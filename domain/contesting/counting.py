"""What of an entry counts once some of the bodies that it speaks for have contested it.

An entry is about one subject, and the facts of a subject are derived from its entries alone. So if one of them stops
counting, the facts that held before it hold again. Decisions are facts of their own: what was decided on such an entry
stays decided, and the draft that was decided on stays that draft.
"""

from collections.abc import Collection, Iterable

from domain.corrections.messages import CorrectionDecided, CorrectionRedrafted
from domain.kernel.entry import Entry
from domain.kernel.meeting import DecidingMeeting, Meeting


def bodies_of(entry: Entry) -> tuple[str, ...]:
    """The bodies that an entry speaks for: one, or all that were present in its meeting."""
    present = entry.event.bodies_present if entry.may_hold("session") else ()
    return tuple(dict.fromkeys([*filter(None, [entry.on_behalf_of]), *present]))


def entered_for(entry: Entry) -> tuple[str, ...]:
    """The bodies that somebody else spoke for in an entry: an operator, or a meeting. They may contest it."""
    return bodies_of(entry) if entry.kind_of_event.IS_STATEMENT and entry.role == "operator" else ()


def counting(entry: Entry, contested_by: Collection[str], thread: Iterable[Entry]) -> Entry | None:
    """An entry without the bodies that contest it; ``None`` if none is left and no other entry depends on it.

    ``thread``: all entries about its subject.
    """
    left = [body for body in bodies_of(entry) if body not in contested_by]
    if not left and not entry.kind_of_event.STAYS_IF_CONTESTED and not _is_decided(entry, thread):
        return None
    meeting: Meeting | None = getattr(entry.event, "session", None) if entry.may_hold("session") else None
    if meeting is None:
        return entry
    reduced: dict[str, object] = {"present": tuple(left)}
    if isinstance(meeting, DecidingMeeting):
        reduced["positions"] = {body: position for body, position in meeting.positions.items() if body in left}
    session = meeting.model_copy(update=reduced)
    return entry.with_event(lambda event: event.model_copy(update={"session": session}))


def _is_decided(entry: Entry, thread: Iterable[Entry]) -> bool:
    """Whether it wrote a draft that was decided on."""
    event = entry.event
    decided = (one.event for one in thread if one.kind_of_event is CorrectionDecided)
    return isinstance(event, CorrectionRedrafted) and event.draft in {getattr(one, "draft", None) for one in decided}
