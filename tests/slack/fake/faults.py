"""Faults of calls, in the order in which a test queues them."""

from __future__ import annotations

from dataclasses import dataclass

EVERY = "*"
"""In the place of a method's name: whichever is called next."""


@dataclass(frozen=True)
class Limited:
    """429 with Retry-After, in seconds; nothing is done."""

    seconds: int = 1


@dataclass(frozen=True)
class Broken:
    """A 5xx page without JSON; nothing is done."""

    status: int = 500


@dataclass(frozen=True)
class Refused:
    """200 with ok false and this error; nothing is done."""

    error: str


@dataclass(frozen=True)
class Reset:
    """The connection is reset before anything is done."""


@dataclass(frozen=True)
class Silent:
    """No answer for so many seconds. With `done`, what was asked has been done all the same."""

    seconds: float = 60
    done: bool = False


@dataclass(frozen=True)
class Lost:
    """The call is done, and the connection reset before the answer."""


@dataclass(frozen=True)
class Late:
    """The call is done only after so many seconds, and never answered."""

    seconds: float


Fault = Limited | Broken | Refused | Reset | Silent | Lost | Late


class Faults:
    """Queues of faults by method; each call takes one from its queue."""

    def __init__(self) -> None:
        self._queued: dict[str, list[Fault]] = {}

    def queue(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` ("chat.postMessage", "response_url", EVERY) go so."""
        self._queued.setdefault(method, []).extend(faults)

    def take(self, method: str) -> Fault | None:
        for name in (method, EVERY):
            if queued := self._queued.get(name):
                return queued.pop(0)
        return None

    def left(self) -> dict[str, list[Fault]]:
        """The faults that were queued and never happened."""
        return {name: queued for name, queued in self._queued.items() if queued}
