"""How much of an entry counts after some of the bodies that it speaks for contested it.

The facts of a subject are derived from the entries that count, so if an entry counts no more, the earlier facts apply
again. Decisions stay: a decision that rests on a contested entry stands, and so does a draft that was decided on.
"""

from collections.abc import Collection, Iterable

from domain.corrections.messages import CorrectionDecided, CorrectionRedrafted
from domain.kernel.entry import Entry
from domain.kernel.meeting import DecidingMeeting, Meeting


def bodies_of(entry: Entry) -> tuple[str, ...]:
    """The bodies that an entry speaks for: its own, and all bodies present in its meeting."""
    present = entry.event.bodies_present if entry.may_hold("session") else ()
    return tuple(dict.fromkeys([*filter(None, [entry.on_behalf_of]), *present]))


def entered_for(entry: Entry) -> tuple[str, ...]:
    """The bodies for which an operator entered an entry, alone or from a meeting. They may contest it."""
    return bodies_of(entry) if entry.kind_of_event.IS_STATEMENT and entry.role == "operator" else ()


def without_contesting_bodies(entry: Entry, contested_by: Collection[str], thread: Iterable[Entry]) -> Entry | None:
    """The entry without the bodies that contest it; ``None`` if no body is left and no other entry depends on it.

    ``thread``: all entries about its subject.
    """
    remaining = [body for body in bodies_of(entry) if body not in contested_by]
    if not remaining and not entry.kind_of_event.STAYS_IF_CONTESTED and not _is_decided(entry, thread):
        return None
    meeting: Meeting | None = getattr(entry.event, "session", None) if entry.may_hold("session") else None
    if meeting is None:
        return entry
    reduced: dict[str, object] = {"present": tuple(remaining)}
    if isinstance(meeting, DecidingMeeting):
        reduced["positions"] = {body: position for body, position in meeting.positions.items() if body in remaining}
    session = meeting.model_copy(update=reduced)
    return entry.with_event(lambda event: event.model_copy(update={"session": session}))


def _is_decided(entry: Entry, thread: Iterable[Entry]) -> bool:
    """Whether the entry is a draft that was decided on."""
    event = entry.event
    decided = (one.event for one in thread if one.kind_of_event is CorrectionDecided)
    return isinstance(event, CorrectionRedrafted) and event.draft in {getattr(one, "draft", None) for one in decided}
