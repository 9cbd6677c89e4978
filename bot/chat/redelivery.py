"""Which of a platform's events are in hand or answered, and which presses are one."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256

from bot.chat.dispatch import request_id
from db.store import Store
from db.tables import Seen

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
    """Which act a press of a button belongs to: both halves of a double click to one.

    What was acted on is in the store, so that it holds in whichever process the second half
    arrives.
    """

    def __init__(self, store: Store, face: str) -> None:
        self._store = store
        self._face = face
        self._spoke: OrderedDict[str, datetime] = OrderedDict()

    def id(self, who: str, press: str, at: datetime) -> str:
        """The id with which the core is asked.

        `press` tells the button, its message and who presses, and `at` is when, by the platform:
        a delivery that is made again has the same. Once they said something else, or later, a
        press of the same button acts anew.
        """
        name = sha256(press.encode()).hexdigest()
        number = 0
        with self._store.read() as reading:
            while True:
                id = f"press:{name}:{number}"
                seen = reading.session.get(Seen, (reading.key, request_id(self._face, id)))
                if seen is None or self._is_one(who, seen.at, at):
                    return id
                number += 1

    def spoke(self, who: str) -> None:
        """They said something in between."""
        self._spoke.pop(who, None)
        self._spoke[who] = self._store.clock.machine()
        if len(self._spoke) > REMEMBERED:
            self._spoke.popitem(last=False)

    def _is_one(self, who: str, acted: datetime, pressed: datetime) -> bool:
        """Whether a press belongs to what was acted on then."""
        if pressed <= acted:
            return True  # it was made before that, and is delivered late, or again
        spoke = self._spoke.get(who)
        return pressed - acted < DOUBLE and (spoke is None or spoke < acted)
