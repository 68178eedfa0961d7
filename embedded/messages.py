"""The messages of the stack: events while it runs, and faults when it cannot start or go on.

Each has a stable code, an English sentence and separate parameters: the command line translates the sentence
(``translate=gettext``) before it inserts the parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from language import N_

EVENTS: Final = {
    "starting": N_("Starting {service}."),
    "ready": N_("{service} is ready."),
    "ended": N_("{service} ended unexpectedly ({status}); starting it again in {delay:g} s. Its log: {log}"),
    "back": N_("{service} is back."),
    "stopping": N_("Stopping {service}."),
    "leftover": N_("Ended {service} (process {pid}), left over from an earlier run that was killed."),
    "port_chosen": N_("Port {usual} is taken; {service} uses {port}."),
    "profile_replaced": N_("From now on the other commands find this Rumbo, and no longer the one on {folder}."),
    "copied": N_("The database runs as {account}, which cannot reach its programs; copied them to {folder}."),
}
"""The sentence of each event, by code."""

FAULTS: Final = {
    "folder_in_use": N_(
        "{folder} is in use by another Rumbo (process {pid}). "
        "Stop that one first, or choose another folder with --data."
    ),
    "folder_unusable": N_("{folder} cannot be used: {reason}. Choose another folder with --data."),
    "port_taken": N_("Port {port} is taken. Choose another with --port, or leave --port out to use any free one."),
    "other_version": N_(
        "{folder} was made by PostgreSQL {theirs}, but this is PostgreSQL {ours}. "
        "Start it with the Rumbo that made it, or move the data with pg_dump."
    ),
    "no_program": N_("There is no {program} for this machine in the package {package}. On Windows, use WSL 2."),
    "root_on_this_system": N_(
        "PostgreSQL refuses to run as root, and on this system Rumbo cannot lend it another account. "
        "Run it as an ordinary user."
    ),
    "no_account": N_("PostgreSQL refuses to run as root, and there is no account {account} to run it as. Create it."),
    "does_not_start": N_("{service} does not start ({status}). Its log, {log}, ends with:\n{tail}"),
    "step_failed": N_("{service} failed ({status}). Its log, {log}, ends with:\n{tail}"),
    "rehearsal_failed": N_("The rehearsal failed ({status}). Its log ends with:\n{tail}"),
    "not_running": N_("No Rumbo runs on {folder}. Start it with `rumbo up`, or, while it is stopped, copy the folder."),
    "backup_there": N_("{folder} exists already, and a backup never overwrites anything. Choose another folder."),
    "backup_unusable": N_("{folder} is no whole backup: {reason}"),
    "ledger_there": N_(
        "{folder} holds a ledger already, and a restored one never overwrites it. "
        "Choose another folder with --data, or move {folder} away."
    ),
    "socket_folder_taken": N_("{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own."),
}
"""The sentence of each fault, by code."""


@dataclass(frozen=True)
class StackEvent:
    """Something that happened while the stack runs. ``code`` is a key of `EVENTS`."""

    code: str
    params: dict[str, object] = field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        return translate(EVENTS[self.code]).format(**self.params)


class StackFault(Exception):
    """The stack cannot start or go on. ``code`` is a key of `FAULTS`; the sentence says what to do."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(self.sentence())

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        return translate(FAULTS[self.code]).format(**self.params)


Listener = Callable[[StackEvent], None]


def ignore_event(_event: StackEvent) -> None:
    """The default listener."""
