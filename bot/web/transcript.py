"""What was said on the page and what was answered, beside the messages the scheduler sent.

The spoken half is kept in the process (a chat platform would keep it); the sent half is read
from the store, so both survive in the order in which they came.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Lock

from db.tables import Message
from messages.reply import Reply, Visibility

KEPT = 300
"""Exchanges kept in one conversation."""


@dataclass
class Exchange:
    """Something said and its answer; pressing a button may put a newer answer in its place."""

    id: int
    person: str
    said: str
    reply: Reply
    at: datetime
    """Field time."""
    after: int
    """The last message of the scheduler's that was there before it."""

    @property
    def private(self) -> bool:
        return self.reply.visibility is Visibility.PRIVATE


class Transcript:
    """The exchanges of every conversation, by destination."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[Exchange]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._ids = count(1)
        self._lock = Lock()

    def add(
        self, destination: str, person: str, said: str, reply: Reply, at: datetime, after: int
    ) -> Exchange:
        with self._lock:
            exchange = Exchange(next(self._ids), person, said, reply, at, after)
            self._kept[destination].append(exchange)
            return exchange

    def find(self, destination: str, id: int | None) -> Exchange | None:
        with self._lock:
            return next((e for e in self._kept[destination] if e.id == id), None)

    def seen_by(self, destination: str, person: str) -> list[Exchange]:
        """A private answer in a channel is seen only by whoever asked."""
        with self._lock:
            kept = list(self._kept[destination])
        return [e for e in kept if e.person == person or not e.private]

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


def in_order(sent: Iterable[Message], exchanges: Iterable[Exchange]) -> list[Message | Exchange]:
    """Both halves as they came: an exchange stands after the last message it followed."""
    placed: list[tuple[int, int, Message | Exchange]] = [(m.id or 0, 0, m) for m in sent]
    placed += [(e.after, e.id, e) for e in exchanges]
    return [found for _, _, found in sorted(placed, key=lambda p: p[:2])]


def takes_its_place(old: Reply, new: Reply) -> bool:
    """Whether a button's answer stands where the card it was pressed on stood.

    So it does for the new state of the same card, the next page of a list, and the outcome of a
    choice or confirmation; anything else is a new answer below.
    """
    if not new.ok:
        return False
    if not old.ok:
        return True
    cards = {card.title for card in old.cards}
    return bool(cards & {card.title for card in new.cards}) or bool(old.lines and new.lines)
