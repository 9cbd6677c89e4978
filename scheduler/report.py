"""The report of one tick: what was delivered and what was skipped, as data."""

from __future__ import annotations

from dataclasses import dataclass, field


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
