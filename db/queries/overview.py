"""Queries of one person's overview (the Home tab), in one reading of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col

from db.mapping import recommendation_state
from db.store import Reading
from db.tables import Recommendation
from governance.directory import Board
from governance.meetings import Meeting, next_meeting, previous_meeting
from governance.reminders.relevance import owes_update


@dataclass(frozen=True)
class Owed:
    """A board's next meeting, and what the person must say before it."""

    board: Board
    meeting: Meeting
    rows: tuple[Recommendation, ...]


def owned(reading: Reading, person: str | None) -> list[Recommendation]:
    """The open recommendations of the posts that a person holds or deputises for, by deadline."""
    if person is None:
        return []
    posts = [post.key for post in reading.directory.posts_of(person, reading.today)]
    return reading.all(
        reading.select(Recommendation)
        .where(col(Recommendation.owner).in_(posts), col(Recommendation.closure).is_(None))
        .order_by(
            col(Recommendation.deadline).is_(None),
            col(Recommendation.deadline),
            col(Recommendation.id),
        )
    )


def coming(reading: Reading) -> list[tuple[Board, Meeting]]:
    """Each board with its next meeting, the soonest first; a board without one is left out."""
    directory = reading.directory
    found = [
        (board, meeting)
        for board in directory.boards.values()
        if (meeting := next_meeting(board, directory, reading.now)) is not None
    ]
    return sorted(found, key=lambda pair: pair[1].start)


def owed(reading: Reading, rows: Iterable[Recommendation]) -> list[Owed]:
    """The `rows` whose update a board's next meeting still waits for, by board: those that its
    update requests ask about."""
    directory = reading.directory
    states = [(row, recommendation_state(row)) for row in rows]
    found = []
    for board, meeting in coming(reading):
        previous = previous_meeting(board, directory, meeting.start)
        wanted = tuple(
            row for row, state in states if owes_update(directory, board, previous, state)
        )
        if wanted:
            found.append(Owed(board, meeting, wanted))
    return found
