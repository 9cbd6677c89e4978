"""The courier protocol: a chat platform's side of delivery, and what passes through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from db.store import Reading
from governance.errors import DulyError
from messages.digest import Digest


class NotDelivered(DulyError):
    """An attempt at a message that failed; the message stays in the ledger and is tried again.

    `retry_after` is how many seconds the platform asks to wait, where it said so. `for_good`:
    trying again would not help. `uncertain`: the platform may have taken it all the same, so it
    is looked for before it is posted again.
    """

    def __init__(
        self,
        sentence: str,
        *,
        retry_after: float | None = None,
        for_good: bool = False,
        uncertain: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.for_good = for_good
        self.uncertain = uncertain


@dataclass(frozen=True)
class Letter:
    """One message to deliver. `key` names it for good, so that a platform can look for it."""

    key: str
    destination: str
    """A person key, or a channel with its #."""
    person: str | None
    kind: str
    """digest | channel | notice"""
    day: date
    text: str
    digest: Digest | None = None
    """A digest's lines, for platforms that put a button on each; `text` has them too."""
    repeat: bool = False
    """It may have arrived before; `text` and `digest` say so."""
    since: datetime | None = None
    """It was posted no earlier, by the machine's clock; None where a pretended one gathered it."""
    holds: tuple[str, ...] = ()
    """The identity of each reminder in it, the same in any copy of the store (`identity`)."""


@dataclass(frozen=True)
class Posted:
    """A message of Duly's as a platform keeps it."""

    key: str
    platform_id: str
    at: datetime
    holds: tuple[str, ...]


@dataclass(frozen=True)
class Recalled:
    """The messages posted to one destination. `whole`: nothing older was left unread."""

    posted: tuple[Posted, ...]
    whole: bool


class Courier(Protocol):
    """A chat platform's side of delivery: one attempt at one message, without retries.

    A subclass inherits the answers of a platform that keeps no pace, and can neither look for a
    message nor change one.
    """

    name: str
    pace: timedelta = timedelta(0)
    """The least time between two messages to one destination."""
    in_flight: int = 16
    """The most attempts that may wait for the platform's answers at once."""

    def reaches(self, reading: Reading, destination: str) -> bool:
        """True where a person (key) or channel (with its #) is reached, as far as is known."""
        ...

    async def resolve(self, destination: str) -> None:
        """Find out where a destination is, so that the post begun next is quick; what is wrong
        with it is left for `post` to say."""
        del destination

    async def post(self, letter: Letter) -> str:
        """Deliver, and give the platform's id. Raises NotDelivered when it was not."""
        ...

    async def find(self, letter: Letter) -> str | None:
        """The platform's id of a letter that may have been posted; None when it was not.

        Raises NotDelivered when that cannot be said, `for_good` when it never can.
        """
        raise NotDelivered(f"{self.name} cannot say whether {letter.key} arrived.", for_good=True)

    async def edit(self, letter: Letter, platform_id: str) -> None:
        """Show a letter anew where it was posted. Raises NotDelivered."""
        raise NotDelivered(
            f"{self.name} cannot change {letter.key} ({platform_id}).", for_good=True
        )

    async def recall(self, destination: str, since: datetime) -> Recalled:
        """The messages that Duly posted there since then. Raises NotDelivered as `find` does."""
        raise NotDelivered(
            f"{self.name} cannot say what {destination} was sent since {since}.", for_good=True
        )


Couriers = Courier | Sequence[Courier] | None
"""One, several (a message goes to the first that reaches its reader), or none."""


def each(couriers: Couriers) -> tuple[Courier, ...]:
    """The couriers one by one."""
    if couriers is None:
        return ()
    return tuple(couriers) if isinstance(couriers, Sequence) else (couriers,)


def route(reading: Reading, couriers: Sequence[Courier], destination: str) -> Courier | None:
    """The first courier that reaches a destination."""
    return next((c for c in couriers if c.reaches(reading, destination)), None)
