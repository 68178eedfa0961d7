"""Many callers, few calls: while one call is under way the next items gather, and the next call takes them together.

In the order in which they came. What a call refuses as a whole is asked again one by one, so that an item that cannot
be taken fails for its own caller alone.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Self, TypeVar

from ledger.connection import is_transient

GROUP: Final = 64
"""The most items in one call. Of many callers some make their next items ready while Postgres stores the others'."""
GROUP_BYTES: Final = 1024 * 1024
"""About how many bytes one call carries; a single item may be larger."""
WAITING: Final = 1000
"""How many items may wait; further callers wait to be let in."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class GroupCommitClosed(ConnectionError):
    """Nothing is taken any more: whoever took it is about to end."""


@dataclass(slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    size: int
    answer: "asyncio.Future[Answer]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class GroupCommit(Generic[Item, Answer]):
    """Groups what concurrent callers ask for, while its block runs; at the end what waits is still asked for.

    ``call`` gives one answer an item, in their order; an exception among them is raised to its caller. Where it raises
    what may well not be raised again (`is_transient`), that goes to every caller; else each item is asked for alone.
    ``size`` is an item's, in bytes.
    """

    def __init__(
        self, call: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]], size: Callable[[Item], int]
    ) -> None:
        self._call = call
        self._size = size
        self._queue: asyncio.Queue[_Waiting[Item, Answer]] = asyncio.Queue(WAITING)
        self._held: list[_Waiting[Item, Answer]] = []
        """At most one, taken from the queue for the next group."""
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

    async def ask(self, item: Item) -> Answer:
        """An item's answer. Raises what the call said of it, what the call itself raised, or `GroupCommitClosed`."""
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
        """What waits right now, up to the limits of a group; one that no longer goes in is held for the next."""
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
