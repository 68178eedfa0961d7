"""Group commit: items that arrive while one call runs are sent together in the next call, in order of arrival.

If a call fails as a whole with a permanent error, its items are sent again one by one, so that an invalid item fails
for its own caller alone.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Self, TypeVar

from ledger.connection import is_transient

GROUP: Final = 64
"""Most items in one call. With many callers, some prepare their next items while Postgres stores this group."""
GROUP_BYTES: Final = 1024 * 1024
"""Bytes in one call, roughly; a single item may be larger."""
WAITING: Final = 1000
"""Most items in the queue; further callers wait for room."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class GroupCommitClosed(ConnectionError):
    """The group commit has ended or is ending; the item was not sent."""


@dataclass(slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    size: int
    answer: "asyncio.Future[Answer]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class GroupCommit(Generic[Item, Answer]):
    """Groups the items of concurrent callers while its block runs. Leaving the block first sends the waiting items.

    ``call`` returns one answer for each item, in order; an answer that is an exception is raised to its caller. If
    ``call`` raises a transient error (`is_transient`), every caller gets it; after any other error each item is sent
    alone. ``size`` gives the bytes of an item.
    """

    def __init__(
        self, call: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]], size: Callable[[Item], int]
    ) -> None:
        self._call = call
        self._size = size
        self._queue: asyncio.Queue[_Waiting[Item, Answer]] = asyncio.Queue(WAITING)
        self._held: list[_Waiting[Item, Answer]] = []
        """At most one item, taken from the queue but too large for the last group; it begins the next one."""
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        task, self._task = self._task, None
        try:
            await self._queue.join()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            for one in (*self._held, *(self._queue.get_nowait() for _ in range(self._queue.qsize()))):
                _answer(one, GroupCommitClosed())

    async def submit(self, item: Item) -> Answer:
        """Send an item; returns its answer. Raises its answer if that is an exception, the error of the whole call, or
        `GroupCommitClosed`.
        """
        if self._task is None:
            raise GroupCommitClosed
        waiting: _Waiting[Item, Answer] = _Waiting(item, self._size(item))
        await self._queue.put(waiting)
        return await waiting.answer

    async def _run(self) -> None:
        while True:
            group = self._gather(self._held.pop() if self._held else await self._queue.get())
            try:
                await self._serve(group)
            finally:
                for one in group:
                    self._queue.task_done()
                    _answer(one, GroupCommitClosed())

    def _gather(self, first: _Waiting[Item, Answer]) -> list[_Waiting[Item, Answer]]:
        """The items that wait now, up to the limits of a group. One that does not fit is held for the next group."""
        group, size = [first], first.size
        while len(group) < GROUP and not self._queue.empty():
            following = self._queue.get_nowait()
            size += following.size
            if size > GROUP_BYTES:
                self._held.append(following)
                break
            group.append(following)
        return group

    async def _serve(self, group: list[_Waiting[Item, Answer]]) -> None:
        try:
            answers: Sequence[Answer | Exception] = await self._call([one.item for one in group])
            assert len(answers) == len(group)
        except Exception as error:
            if len(group) > 1 and not is_transient(error):
                for one in group:
                    await self._serve([one])
                return
            answers = [error] * len(group)
        for one, answer in zip(group, answers, strict=True):
            _answer(one, answer)


def _answer(one: _Waiting[Any, Any], answer: Any) -> None:
    if one.answer.done():
        return
    if isinstance(answer, Exception):
        one.answer.set_exception(answer)
    else:
        one.answer.set_result(answer)
