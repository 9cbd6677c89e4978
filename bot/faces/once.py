"""Which of a platform's events are in hand or answered in this process."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

REMEMBERED = 10_000
DOUBLE = timedelta(seconds=5)
"""Two presses of one button within it are the halves of a double click."""


class Once:
    """Which events are in hand or answered, so that one delivered again is answered once."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, None] = OrderedDict()

    def take(self, id: str) -> bool:
        """True for the first who asks."""
        if id in self._taken:
            return False
        self._taken[id] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return True

    def give_back(self, id: str) -> None:
        """It was not done after all: the next delivery may."""
        self._taken.pop(id, None)


class Presses:
    """Which delivery a press of a button belongs to: both halves of a double click to the first."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, tuple[str, str, datetime]] = OrderedDict()

    def first(self, who: str, press: str, delivery: str, at: datetime) -> str:
        """The delivery that acts for this one; once they did something else, or later, a press of
        the same button acts anew."""
        known = self._last.pop(who, None)
        if known is None or known[0] != press or at - known[2] >= DOUBLE:
            known = (press, delivery, at)
        self._last[who] = known
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        return known[1]

    def forget(self, who: str) -> None:
        self._last.pop(who, None)
