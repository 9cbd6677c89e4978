"""Watching delivery from outside it: a courier that logs, and tells, what becomes of each post.

A message is named in the log by its key and nothing else; what it says is never there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from db.store import Reading, Store
from governance.errors import DulyError
from scheduler.courier import Courier, Couriers, Letter, NotDelivered, Recalled, each
from scheduler.health import lateness

log = logging.getLogger("duly.delivery")


class Outcome(Enum):
    """How one attempt at one message ended."""

    POSTED = "posted"
    FOUND = "found"
    """It had arrived at an earlier attempt, whose answer was lost."""
    PUT_OFF = "put off"
    """It was not delivered, and will be attempted again."""
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Attempt:
    """One claim of one message, and what came of it."""

    key: str
    platform: str
    outcome: Outcome
    taken_over: bool
    """An earlier post, of this process or of one that died, was never answered."""
    repeat: bool
    """It went out marked as one that may have arrived before."""

    @property
    def sent(self) -> bool:
        return self.outcome in (Outcome.POSTED, Outcome.FOUND)


class Witness(Protocol):
    """Whoever counts what the scheduler does. Called from any thread; never to raise."""

    def attempted(self, attempt: Attempt) -> None: ...

    def delivered(self, late: Sequence[timedelta]) -> None:
        """So long after their moments reminders went out."""
        ...


@contextmanager
def witnessed(
    store: Store, couriers: Couriers, witness: Witness | None
) -> Iterator[tuple[Courier, ...]]:
    """The couriers for one tick of a store: each attempt is logged, and `witness` hears of it,
    and at the end of how late what was delivered is."""
    sent: list[str] = []

    def tell(attempt: Attempt) -> None:
        if attempt.sent:
            sent.append(attempt.key)
        if witness is not None:
            witness.attempted(attempt)

    try:
        yield tuple(WatchedCourier(courier, tell) for courier in each(couriers))
    finally:
        if witness is not None and sent:
            witness.delivered(_late(store, sent))


def _late(store: Store, keys: Sequence[str]) -> list[timedelta]:
    try:
        with store.read() as reading:
            return lateness(reading, keys)
    except DulyError as error:
        log.warning("lateness not known", extra={"reason": error.sentence})
        return []


class WatchedCourier(Courier):
    """A courier that hands on to another, and logs and tells each attempt."""

    def __init__(self, within: Courier, tell: Callable[[Attempt], None]) -> None:
        self.name = within.name
        self.pace = within.pace
        self.in_flight = within.in_flight
        self._within = within
        self._tell = tell
        self._looked_for: set[str] = set()

    def reaches(self, reading: Reading, destination: str) -> bool:
        return self._within.reaches(reading, destination)

    async def resolve(self, destination: str) -> None:
        await self._within.resolve(destination)

    async def recall(self, destination: str, since: datetime) -> Recalled:
        return await self._within.recall(destination, since)

    async def find(self, letter: Letter) -> str | None:
        # A platform that can never look leaves the message to be posted once more, so that the
        # attempt has only begun; else it ends here, or with the post that follows.
        self._looked_for.add(letter.key)
        try:
            found = await self._within.find(letter)
        except NotDelivered as error:
            if not error.for_good:
                self._ended(letter, Outcome.PUT_OFF, error)
            raise
        if found is not None:
            self._ended(letter, Outcome.FOUND)
        return found

    async def post(self, letter: Letter) -> str:
        try:
            posted = await self._within.post(letter)
        except NotDelivered as error:
            self._ended(letter, Outcome.GIVEN_UP if error.for_good else Outcome.PUT_OFF, error)
            raise
        except Exception:  # a surprise, which whoever asked for the post deals with
            self._ended(letter, Outcome.PUT_OFF)
            raise
        self._ended(letter, Outcome.POSTED)
        return posted

    async def edit(self, letter: Letter, platform_id: str) -> None:
        try:
            await self._within.edit(letter, platform_id)
        except NotDelivered as error:
            log.warning("not shown anew", extra=self._said(letter, error))
            raise

    def _ended(self, letter: Letter, outcome: Outcome, error: NotDelivered | None = None) -> None:
        over = letter.key in self._looked_for
        self._looked_for.discard(letter.key)
        level = logging.INFO if error is None else logging.WARNING
        log.log(level, outcome.value, extra=self._said(letter, error))
        self._tell(Attempt(letter.key, self.name, outcome, over, letter.repeat))

    def _said(self, letter: Letter, error: NotDelivered | None) -> dict[str, object]:
        said: dict[str, object] = {"key": letter.key, "platform": self.name}
        if letter.repeat:
            said["repeat"] = True
        if error is not None:
            said["reason"] = error.sentence
        return said
