"""Which of a platform's events are in hand or answered in this process."""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 10_000


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
