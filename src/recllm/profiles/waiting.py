"""Work that a turn waits a little for: what is late still counts when the turn asks again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import perf_counter
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Result = TypeVar("Result")
_KEPT = 200


class Unhurried(Generic[Question, Result]):
    """Has work done once for each question, and keeps what came of it.

    Args:
        seconds: how long a turn waits.
        patience: whoever was late so many times in a row is asked, and not waited for, until
            something is done in time.
    """

    def __init__(self, seconds: float, patience: int = 1) -> None:
        self._seconds = seconds
        self._patience = patience
        self._late = 0
        self._begun: OrderedDict[Question, asyncio.Task[Result]] = OrderedDict()

    async def result(
        self, question: Question, work: Callable[[], Awaitable[Result]], *, wait: bool = True
    ) -> Result | None:
        """Return what came of the work on ``question``, None if it is not done.

        Args:
            question: what tells this work from other work.
            work: does it; what it raises is raised to whoever asks.
            wait: begin, and wait a little; else only look.
        """
        task = self._begun.get(question)
        if task is not None and task.get_loop() is not asyncio.get_running_loop():
            task = None
        if task is None and wait:
            task = self._begin(question, work)
        if task is None:
            return None
        if wait and not task.done() and self._late < self._patience:
            await asyncio.wait([task], timeout=self._seconds)
            self._late += not task.done()
        return task.result() if task.done() and not task.cancelled() else None

    async def close(self) -> None:
        """Stop what was begun and is still to be done."""
        tasks = [t for t in self._begun.values() if not t.done()]
        self._begun.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(
        self, question: Question, work: Callable[[], Awaitable[Result]]
    ) -> asyncio.Task[Result]:
        task = asyncio.ensure_future(self._timed(work))
        self._begun[question] = task
        while len(self._begun) > _KEPT:
            self._begun.popitem(last=False)[1].cancel()
        return task

    async def _timed(self, work: Callable[[], Awaitable[Result]]) -> Result:
        began = perf_counter()
        try:
            return await work()
        finally:
            if perf_counter() - began <= self._seconds:
                self._late = 0
