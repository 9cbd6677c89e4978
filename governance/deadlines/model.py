"""Values read from a recommendation's text about time: its deadline and milestones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from governance.words import DeadlineKind


@dataclass(frozen=True)
class Milestone:
    """A date stated after the deadline; `text` is the words that state it, as typed."""

    day: date
    text: str


@dataclass(frozen=True)
class Deadline:
    """The deadline a text states, and what it states besides.

    `kind` is NONE where no date is or can be taken. `day` is None for those, and for a
    relative, immediate or no-year one while the publication date is unknown. `text` is the
    words that state the deadline, as typed, vague and impossible ones included; None where
    there are none. Each warning quotes the words it is about.
    """

    kind: DeadlineKind = DeadlineKind.NONE
    day: date | None = None
    text: str | None = None
    milestones: tuple[Milestone, ...] = ()
    warnings: tuple[str, ...] = ()
