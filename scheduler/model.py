"""What the scheduler hands to a face, and what one pass of it reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from messages.digest import Digest


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


class Courier(Protocol):
    """A face's side of delivery: one attempt at one message, no retries of its own."""

    name: str

    def post(self, letter: Letter) -> str:
        """Deliver, and give the platform's id. Raises NotDelivered when it was not."""
        ...


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
    held: int = 0
    """How many of the messages were held for want of a platform."""
    note: str | None = None
