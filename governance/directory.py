"""The directory of an organisation: posts, the people who hold them, boards, calendar settings.

Plain values, built by `db` from the store and read by every rule. Days are local dates;
moments are time-zone-aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from governance.words import Role


@dataclass(frozen=True)
class Absence:
    """Somebody is away from `start` to `end`, both days included."""

    start: date
    end: date


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    identities: Mapping[str, str] = field(default_factory=dict)
    """Their ids on chat platforms, by platform: {"slack": "U01JANE"}."""
    away: tuple[Absence, ...] = ()

    def is_away(self, day: date) -> bool:
        return any(a.start <= day <= a.end for a in self.away)


@dataclass(frozen=True)
class Tenure:
    """`person` holds a post from `start` to `end`, both included; None is open-ended."""

    person: str
    start: date | None = None
    end: date | None = None

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Post:
    """A seat in the force. Ownership belongs to posts, so it survives a move."""

    key: str
    title: str
    role: Role
    tenures: tuple[Tenure, ...] = ()
    deputy: str | None = None
    """The key of the person who may always act for this post."""

    def holder(self, day: date) -> str | None:
        """The person key that holds the post on `day`, None while it is vacant."""
        return next((t.person for t in self.tenures if t.covers(day)), None)


@dataclass(frozen=True)
class Cadence:
    """An iCalendar RRULE in local wall time; `first` is a naive local date and time.

    `every_months` is set instead of `rule` for "every N months", where the 29th–31st mean
    the month's last day.
    """

    first: datetime
    rule: str | None = None
    every_months: int | None = None


@dataclass(frozen=True)
class EarlierCadence:
    """A cadence that a board had until a moment (naive, local); meetings were held by it."""

    cadence: Cadence
    until: datetime


@dataclass(frozen=True)
class Board:
    """A recurring meeting. `moved` and `cancelled` are keyed by original naive local start."""

    key: str
    name: str
    chair: str | None
    secretary: str | None
    channel: str | None
    cadence: Cadence
    minutes: int = 120
    moved: Mapping[datetime, datetime] = field(default_factory=dict)
    cancelled: frozenset[datetime] = frozenset()
    changed: Mapping[datetime, datetime] = field(default_factory=dict)
    """The moments (aware) at which meetings, by original start, were last moved, cancelled or put
    back."""
    applied_at: datetime | None = None
    """The moment of its first apply; what fell due until then is never sent."""
    earlier: tuple[EarlierCadence, ...] = ()
    """The cadences it had before, oldest first."""


@dataclass(frozen=True)
class Overrides:
    """Changes to the reminder rules: {rule: {enabled, days, every, working_days, minutes}}.

    A recommendation's entry beats its board's, which beats the organisation's.
    `recommendations` is keyed by recommendation id (the file's references, resolved).
    """

    organisation: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boards: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    recommendations: Mapping[int, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)


class WorkedOut(dict[tuple[Any, ...], Any]):
    """Cache of pure functions' answers, the newest few thousand.

    Hundreds of recommendations fall due at one moment with the same few deadlines and owners.
    """

    MOST = 4096

    def __setitem__(self, key: tuple[Any, ...], answer: Any) -> None:
        if len(self) >= self.MOST:
            self.clear()
        super().__setitem__(key, answer)


@dataclass(frozen=True)
class Directory:
    """One organisation: everything the rules need to know that is not a recommendation."""

    force_key: str
    force_name: str
    zone: ZoneInfo
    nation: str
    """The bank-holiday calendar: GB-ENG or GB-WLS."""
    applied_at: datetime
    """The moment at which the organisation came into being in this store."""
    go_live: date | None = None
    default_board: str | None = None
    boards: Mapping[str, Board] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    """In the file's order: the lead is the first post with role lead."""
    people: Mapping[str, Person] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=Overrides)

    @cached_property
    def worked_out(self) -> WorkedOut:
        """Cache of what the rules worked out from it; a directory never changes."""
        return WorkedOut()

    def board_of(self, board: str | None) -> Board | None:
        """The named board, or the default one; None when the organisation has no boards."""
        key = board or self.default_board
        return self.boards.get(key) if key else None

    def first_post(self, role: Role) -> Post | None:
        return next((p for p in self.posts.values() if p.role is role), None)

    def holder(self, post: str | None, day: date) -> str | None:
        held = self.posts.get(post) if post else None
        return held.holder(day) if held else None

    def posts_of(self, person: str, day: date) -> tuple[Post, ...]:
        """The posts a person may act for on `day`, as holder or as deputy."""
        return tuple(
            p for p in self.posts.values() if p.holder(day) == person or p.deputy == person
        )

    def posts_from(self, person: str, day: date) -> tuple[Post, ...]:
        """The posts a person may act for on `day` or on a later one."""
        return tuple(
            post
            for post in self.posts.values()
            if post.deputy == person
            or any(t.person == person and (t.end is None or t.end >= day) for t in post.tenures)
        )

    def person_name(self, key: str | None) -> str:
        """A person's name; the key itself for somebody the file does not describe."""
        person = self.people.get(key) if key else None
        return person.name if person else (key or "nobody")

    def post_title(self, key: str | None) -> str:
        post = self.posts.get(key) if key else None
        return post.title if post else (key or "nobody")
