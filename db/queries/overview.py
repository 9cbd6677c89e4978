"""What one person's front page is made of, read from the store in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col

from db.mapping import recommendation_state
from db.store import Reading
from db.tables import Recommendation
from governance.directory import Board
from governance.meetings import Meeting, next_meeting, previous_meeting


@dataclass(frozen=True)
class Owed:
    """A board's next meeting, and what the person must say before it."""

    board: Board
    meeting: Meeting
    rows: tuple[Recommendation, ...]


def owned(reading: Reading, person: str | None) -> list[Recommendation]:
    """What is open and owned by the posts a person holds or deputises for, by deadline."""
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
    """Which of `rows` had no update since their board's previous meeting, by board.

    Those are what `board_update_request` asks about (DESIGN: reminders); what is claimed
    complete is not asked about.
    """
    directory = reading.directory
    silent: dict[str, list[Recommendation]] = {}
    for row in rows:
        board = directory.board_of(row.board)
        if board is not None and recommendation_state(row).wants_action:
            silent.setdefault(board.key, []).append(row)
    found = []
    for board, meeting in coming(reading):
        previous = previous_meeting(board, directory, meeting.start)
        wanted = tuple(
            row
            for row in silent.get(board.key, ())
            if row.last_update_at is None
            or (previous is not None and row.last_update_at < previous.start)
        )
        if wanted:
            found.append(Owed(board, meeting, wanted))
    return found
