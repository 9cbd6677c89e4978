"""Observability of delivery: a courier that logs each attempt and passes it to a witness (metrics).

The log names a message by its key and nothing else; its text is never there.
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
    """The outcome of one attempt at one message."""

    POSTED = "posted"
    FOUND = "found"
    """It had arrived at an earlier attempt, whose answer was lost."""
    PUT_OFF = "put off"
    """It was not delivered, and will be attempted again."""
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Attempt:
    """One claim of one message, and its outcome."""

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
    """A counter of what the scheduler does. Called from any thread; must not raise."""

    def attempted(self, attempt: Attempt) -> None: ...

    def delivered(self, late: Sequence[timedelta]) -> None:
        """Receive how long after their moments reminders went out."""
        ...


@contextmanager
def witnessed(
    store: Store, couriers: Couriers, witness: Witness | None
) -> Iterator[tuple[Courier, ...]]:
    """The couriers for one tick of a store. Each attempt is logged and passed to `witness`, and at
    the end the lateness of what was delivered."""
    sent: list[str] = []

    def pass_on(attempt: Attempt) -> None:
        if attempt.sent:
            sent.append(attempt.key)
        if witness is not None:
            witness.attempted(attempt)

    try:
        yield tuple(WatchedCourier(courier, pass_on) for courier in each(couriers))
    finally:
        if witness is not None and sent:
            witness.delivered(_lateness(store, sent))


def _lateness(store: Store, keys: Sequence[str]) -> list[timedelta]:
    try:
        with store.read() as reading:
            return lateness(reading, keys)
    except DulyError as error:
        log.warning("lateness not known", extra={"reason": error.sentence})
        return []


class WatchedCourier(Courier):
    """A courier that delegates to another, logs each attempt and passes it to a witness."""

    def __init__(self, within: Courier, report: Callable[[Attempt], None]) -> None:
        self.name = within.name
        self.pace = within.pace
        self.in_flight = within.in_flight
        self._within = within
        self._report = report
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
            platform_id = await self._within.find(letter)
        except NotDelivered as error:
            if not error.for_good:
                self._ended(letter, Outcome.PUT_OFF, error)
            raise
        if platform_id is not None:
            self._ended(letter, Outcome.FOUND)
        return platform_id

    async def post(self, letter: Letter) -> str:
        try:
            platform_id = await self._within.post(letter)
        except NotDelivered as error:
            self._ended(letter, Outcome.GIVEN_UP if error.for_good else Outcome.PUT_OFF, error)
            raise
        except Exception:  # the caller deals with it
            self._ended(letter, Outcome.PUT_OFF)
            raise
        self._ended(letter, Outcome.POSTED)
        return platform_id

    async def edit(self, letter: Letter, platform_id: str) -> None:
        try:
            await self._within.edit(letter, platform_id)
        except NotDelivered as error:
            log.warning("not shown anew", extra=self._fields(letter, error))
            raise

    def _ended(self, letter: Letter, outcome: Outcome, error: NotDelivered | None = None) -> None:
        over = letter.key in self._looked_for
        self._looked_for.discard(letter.key)
        level = logging.INFO if error is None else logging.WARNING
        log.log(level, outcome.value, extra=self._fields(letter, error))
        self._report(Attempt(letter.key, self.name, outcome, over, letter.repeat))

    def _fields(self, letter: Letter, error: NotDelivered | None) -> dict[str, object]:
        fields: dict[str, object] = {"key": letter.key, "platform": self.name}
        if letter.repeat:
            fields["repeat"] = True
        if error is not None:
            fields["reason"] = error.sentence
        return fields
