"""Posting to many destinations at once, and to each of them one after another."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Generic, TypeVar

from db.clock import Clock
from scheduler.rounds import PATIENCE, WAITING

AT_ONCE = 16
"""So many destinations are posted to at one moment."""
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
        attempt: Callable[[T], datetime | None],
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
        # When each lane is free, by the monotonic clock; those in hand are not in it.
        self._free = [(0.0, number, name) for number, name in enumerate(self._lanes)]
        self._in_hand = 0
        self._changed = threading.Condition()
        self._error: BaseException | None = None

    def run(self) -> None:
        """Attempt all; returns when nothing is in hand. Raises what the first attempt raised that
        failed unexpectedly; what others had in hand is finished before."""
        helpers = [
            threading.Thread(target=self._work, name=f"posting-{number}")
            for number in range(1, min(AT_ONCE, len(self._lanes)))
        ]
        try:
            for helper in helpers:
                helper.start()
            self._work()
        except BaseException as error:  # noqa: BLE001  Ctrl-C, which comes to this thread alone
            self._fail(error)
        for helper in helpers:
            if helper.ident is not None:
                helper.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (found := self._next()) is not None:
            number, name = found
            lane = self._lanes[name]
            wait = 0.0
            try:
                again = self._attempt(lane[0])
                wait = self._settled(lane, again)
            except BaseException as error:  # noqa: BLE001  raised again by `run`
                self._fail(error)
            with self._changed:
                self._in_hand -= 1
                if lane:
                    heapq.heappush(self._free, (monotonic() + wait, number, name))
                self._changed.notify_all()

    def _settled(self, lane: deque[T], again: datetime | None) -> float:
        """For how many seconds a lane is to rest after an attempt at its first."""
        wait = again - self._clock.machine() if again is not None else None
        if wait is None or wait > PATIENCE:
            lane.popleft()
            wait = self._pace(lane[0]) if lane else timedelta(0)
        # However the clock is set meanwhile.
        return max(0.0, min(wait, PATIENCE).total_seconds())

    def _next(self) -> tuple[int, str] | None:
        """The lane that is free first, once it is; None when nothing is left to begin."""
        with self._changed:
            while not self._is_over():
                now = monotonic()
                if self._free and self._free[0][0] <= now:
                    _, number, name = heapq.heappop(self._free)
                    self._in_hand += 1
                    return number, name
                wait = self._free[0][0] - now if self._free else GLANCE
                self._changed.wait(min(wait, GLANCE))
            return None

    def _is_over(self) -> bool:
        if self._error is not None or self._stopping.is_set():
            return True
        if not self._free:
            return self._in_hand == 0
        return max(monotonic(), self._free[0][0]) > self._end

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()
