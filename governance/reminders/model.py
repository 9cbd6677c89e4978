"""The values that the reminder rules take and give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from governance.directory import Board, Directory
from governance.states import RecommendationState, ReportState
from governance.subject import ORGANISATION, Subject
from governance.words import Rule

SubjectState = RecommendationState | ReportState | Board | Directory
"""The state of a subject with reminders; the organisation's is its directory."""


def subject_key(subject: SubjectState) -> Subject:
    """A subject's key in `schedule` and the ledger."""
    match subject:
        case RecommendationState():
            return Subject.recommendation(subject.id)
        case ReportState():
            return Subject.report(subject.id)
        case Board():
            return Subject.board(subject.key)
        case Directory():
            return ORGANISATION


@dataclass(frozen=True)
class Schedule:
    """One subject and what its timetable depends on."""

    directory: Directory
    subject: SubjectState


@dataclass(frozen=True)
class Snapshot:
    """One subject with everything that decides its rows at a moment.

    `recommendations` are those a board's or the organisation's rows are about (all open ones do;
    the rules pick); it is not read for a recommendation's or a report's own rows.
    """

    directory: Directory
    subject: SubjectState
    recommendations: Iterable[RecommendationState] = ()


@dataclass(frozen=True)
class Addressee:
    """A post that a reminder is for, whoever stands in for it on the day it is sent."""

    post: str | None
    items: tuple[int, ...] = ()
    """What the reminder lists for it, where it lists several."""
    board: str | None = None
    """The board whose secretary stands in when the post's people are away."""


@dataclass(frozen=True)
class Row:
    """One reminder. `at` is aware, in the organisation's zone."""

    at: datetime
    rule: Rule
    subject: Subject
    occurrence: str
    to: str
    """The key of the post that receives it, or the channel with its #."""
    person: str | None
    """The person who receives it; None for a channel."""
    why: str
    days: int | None = None
    """Calendar days from the local date of `at` to the date it is about; negative once past."""
    recommendation: int | None = None
    report: int | None = None
    board: str | None = None
    items: tuple[int, ...] = ()
    """The recommendations it lists, for rules that list several."""
    addressees: tuple[Addressee, ...] = field(default=(), compare=False)
    """The posts it is for, the first of them first; none where it is posted in a channel."""

    @property
    def recipient(self) -> str:
        return self.person or self.to

    @property
    def recommendation_ids(self) -> tuple[int, ...]:
        """The recommendation it is about, or those it lists."""
        return (self.recommendation,) if self.recommendation is not None else self.items
