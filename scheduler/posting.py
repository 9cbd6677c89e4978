"""Posting to many destinations at once, and to each of them one after another."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Generic, TypeVar

from db.clock import Clock
from scheduler.rounds import PATIENCE, WAITING

GLANCE = 0.1
"""Seconds after which whoever waits looks whether the process is to end."""

T = TypeVar("T")


class Lanes(Generic[T]):
    """Attempts, of which those with the same `lane` follow each other in the order given.

    `attempt` gives when to try the same one again, where that is soon; the next one of a lane is
    tried its `pace` after the one before it. A pass begins no attempt after `WAITING` seconds:
    what is left is for a later one.
    """

    def __init__(
        self,
        queue: Sequence[T],
        attempt: Callable[[T], Awaitable[datetime | None]],
        clock: Clock,
        stopping: threading.Event,
        *,
        lane: Callable[[T], str],
        pace: Callable[[T], timedelta],
    ) -> None:
        self._attempt = attempt
        self._clock = clock
        self._stopping = stopping
        self._pace = pace
        self._end = monotonic() + WAITING
        self._lanes: dict[str, deque[T]] = {}
        for one in queue:
            self._lanes.setdefault(lane(one), deque()).append(one)
        self._resting: set[asyncio.Future[bool]] = set()
        self._error: BaseException | None = None

    async def run(self) -> None:
        """Attempt all; returns when nothing is in hand. Raises what the first attempt raised that
        failed unexpectedly; what others had in hand is finished before."""
        if not self._lanes:
            return
        watch = asyncio.create_task(self._watch())
        followed = asyncio.gather(*(self._follow(lane) for lane in self._lanes.values()))
        try:
            await asyncio.shield(followed)
        except asyncio.CancelledError as error:  # Ctrl-C, which comes to this task alone
            self.fail(error)
            await followed
        finally:
            watch.cancel()
        self.check()

    def check(self) -> None:
        """Raise what failed first, if anything did."""
        if self._error is not None:
            raise self._error

    async def rest(self, seconds: float) -> bool:
        """Wait for so long; False at once where nothing is to be begun after it, and as soon as
        that is so."""
        if self._is_over(seconds):
            return False
        if seconds <= 0:
            return True
        loop = asyncio.get_running_loop()
        rested = loop.create_future()
        self._resting.add(rested)
        # However the clock is set meanwhile.
        alarm = loop.call_later(seconds, _wake, rested, True)
        try:
            return bool(await rested) and not self._is_over(0)
        finally:
            alarm.cancel()
            self._resting.discard(rested)

    def fail(self, error: BaseException) -> None:
        """Begin nothing more; `run` raises the first error it was told of."""
        self._error = self._error or error
        self._wake_all()

    async def _follow(self, lane: deque[T]) -> None:
        wait = 0.0
        try:
            while lane and await self.rest(wait):
                again = await self._attempt(lane[0])
                wait = self._settled(lane, again)
        except BaseException as error:  # noqa: BLE001  raised again by `run`
            self.fail(error)

    def _settled(self, lane: deque[T], again: datetime | None) -> float:
        """For how many seconds a lane is to rest after an attempt at its first."""
        wait = again - self._clock.machine() if again is not None else None
        if wait is None or wait > PATIENCE:
            lane.popleft()
            wait = self._pace(lane[0]) if lane else timedelta(0)
        return max(0.0, min(wait, PATIENCE).total_seconds())

    def _is_over(self, seconds: float) -> bool:
        over = self._error is not None or self._stopping.is_set()
        return over or monotonic() + seconds > self._end

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            await asyncio.sleep(GLANCE)
        self._wake_all()

    def _wake_all(self) -> None:
        for rested in tuple(self._resting):
            _wake(rested, False)


def _wake(rested: asyncio.Future[bool], on: bool) -> None:
    if not rested.done():
        rested.set_result(on)
