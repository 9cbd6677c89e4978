"""What the scheduler hands to a face, and what one pass of it reports."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from db.store import Reading
from messages.digest import Digest

T = TypeVar("T")


@dataclass(frozen=True)
class Letter:
    """One message to deliver. `key` names it for good, so that a face can look for it."""

    key: str
    destination: str
    """A person key, or a channel with its #."""
    person: str | None
    kind: str
    """digest | channel | notice"""
    day: date
    text: str
    digest: Digest | None = None
    """A digest's lines, for faces that put a button on each; `text` has them too."""
    repeat: bool = False
    """It may have arrived before; `text` and `digest` say so."""
    since: datetime | None = None
    """It was posted no earlier, by the machine's clock; None where a pretended one gathered it."""
    holds: tuple[str, ...] = ()
    """What each reminder in it is for good, in whatever store it is planned (`identity`)."""


class Courier(Protocol):
    """A face's side of delivery: one attempt at one message, no retries of its own.

    What it does may be coroutine functions, of which any number wait for their answers at once,
    or ordinary ones, each in a thread while it lasts. `asked` and `waited` take either.
    """

    name: str

    def post(self, letter: Letter) -> str | Awaitable[str]:
        """Deliver, and give the platform's id. Raises NotDelivered when it was not."""
        ...


@runtime_checkable
class Platform(Courier, Protocol):
    """A courier to somewhere outside this process, where answers get lost."""

    pace: timedelta
    """The least time between two messages to one destination."""

    def reaches(self, reading: Reading, destination: str) -> bool:
        """Whether a person (key) or channel (with its #) is reached here, as far as is known."""
        ...

    def find(self, letter: Letter) -> str | Awaitable[str | None] | None:
        """The platform's id of a letter that may have been posted; None when it was not.

        Raises NotDelivered when that cannot be said, `for_good` when it never can.
        """
        ...

    def edit(self, letter: Letter, platform_id: str) -> Awaitable[None] | None:
        """Show a letter anew where it was posted. Raises NotDelivered."""
        ...


@runtime_checkable
class Foreseeing(Platform, Protocol):
    """A platform that can find out where a destination is before anything is posted there."""

    async def foresee(self, destination: str) -> None:
        """What `post` would ask first; what is wrong is left for that to say."""
        ...


@dataclass(frozen=True)
class Posted:
    """A message of Duly's as a platform keeps it."""

    key: str
    platform_id: str
    at: datetime
    holds: tuple[str, ...]


@dataclass(frozen=True)
class Recalled:
    """What was posted to one destination. `whole`: nothing older was left unread."""

    posted: tuple[Posted, ...]
    whole: bool


@runtime_checkable
class Recalling(Platform, Protocol):
    """A platform on which what was posted can be read again, reminder by reminder."""

    def recall(self, destination: str, since: datetime) -> Recalled | Awaitable[Recalled]:
        """What Duly posted there since then. Raises NotDelivered as `find` does."""
        ...


async def asked(act: Callable[..., T | Awaitable[T]], *given: Any) -> T:
    """What a courier's `post`, `find`, `edit` or `recall` answers, for whoever is on a loop."""
    if inspect.iscoroutinefunction(act):
        return cast("T", await act(*given))
    return await asyncio.to_thread(cast("Callable[..., T]", act), *given)


def waited(answer: T | Awaitable[T]) -> T:
    """The same for whoever is on none, of what was called already."""
    if not isinstance(answer, Awaitable):
        return answer

    async def given() -> T:
        return await answer

    return asyncio.run(given())


def is_prompt(courier: Courier) -> bool:
    """Whether its posts wait for their answers without a thread each. One that hands on to
    another says to which in `within`."""
    return inspect.iscoroutinefunction(getattr(courier, "within", courier).post)


Couriers = Courier | Sequence[Courier] | None
"""One, several (a message goes to the first that reaches its reader), or none."""


def each(couriers: Couriers) -> tuple[Courier, ...]:
    if couriers is None:
        return ()
    return tuple(couriers) if isinstance(couriers, Sequence) else (couriers,)


@dataclass(frozen=True)
class RowView:
    """A reminder in the shape that `forecast` and `tick` print (DESIGN: JSON shapes)."""

    at: str
    """ISO 8601 with seconds and the zone's offset."""
    rule: str
    ref: str | None
    recommendation: str | None
    """"recommendation 16"; None for board rules."""
    board: str | None
    to: str
    person: str | None
    days: int | None
    why: str


@dataclass(frozen=True)
class Delivered:
    to: str
    person: str | None
    text: str
    reminders: tuple[RowView, ...]


@dataclass(frozen=True)
class Skipped:
    reminder: RowView
    reason: str


@dataclass
class TickReport:
    """What one pass did. `note` says why nothing was planned, where that needs saying."""

    messages: list[Delivered] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    waiting: int = 0
    """How many messages wait for their readers after it."""
    held: int = 0
    """How many of the messages were held for want of a platform."""
    note: str | None = None
