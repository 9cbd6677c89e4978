"""Boards: their next meetings, the coming 30 days, and the agenda of one meeting."""

from __future__ import annotations

from datetime import timedelta

from commands.changes import CommandRefused
from commands.invocation import Context
from commands.registry import Family
from db.mapping import report_state
from db.queries import lookup
from db.queries.agenda import board_agenda, open_items
from db.store import Reading
from governance.calendar import last_day
from governance.directory import Board
from governance.meetings import Meeting, meetings, next_meeting
from governance.words import Progress
from messages.agenda import agenda_text
from messages.boards import NO_BOARDS, Statutory, boards_text, next_text
from messages.reply import Button, Reply

FAMILY = Family("Boards")
COMING_DAYS = 30


class NoBoard(CommandRefused):
    """No board of that name, or none at all."""


@FAMILY.look(
    "boards",
    usage="boards",
    summary="show the boards and their next meetings",
    detail="A meeting that was moved, or falls on a bank holiday, is flagged.",
)
def boards(reading: Reading, _: Context) -> Reply:
    directory = reading.directory
    meetings_by_board = [(b, current_or_next(reading, b)) for b in directory.boards.values()]
    return Reply(boards_text(meetings_by_board, directory, reading.today))


@FAMILY.look(
    "next",
    usage="next",
    summary="show the meetings and deadlines of the next 30 days",
)
def coming(reading: Reading, _: Context) -> Reply:
    directory, today = reading.directory, reading.today
    end = today + timedelta(days=COMING_DAYS)
    held = [
        (board, meeting)
        for board in directory.boards.values()
        for meeting in _meetings_to(reading, board)
    ]
    due = [
        item
        for item in open_items(reading)
        if item.closure is None
        and item.progress is not Progress.COMPLETE
        and item.deadline is not None
        and today <= item.deadline <= end
    ]
    text = next_text(
        sorted(held, key=lambda pair: pair[1].start),
        due,
        _statutory(reading),
        directory,
        today,
        COMING_DAYS,
    )
    return Reply(text)


@FAMILY.look(
    "agenda",
    usage=("agenda pib", "agenda"),
    summary="show the paper for a board's next meeting",
    slow=True,
    detail=(
        "Counts by BRAG, overdue, at risk, what changed since the last meeting, and the decisions "
        "wanted: awaiting sign-off, off track, extensions asked for, unowned. The last line names "
        "the newest change of the history, which the figures are as of."
    ),
)
def agenda(reading: Reading, context: Context) -> Reply:
    if not reading.directory.boards:
        return Reply(NO_BOARDS, ok=False)
    if not context.rest and reading.directory.default_board is None:
        return _which(reading)
    board = named_board(reading, context.rest)
    meeting = current_or_next(reading, board)
    if meeting is None:
        return Reply(f"{board.name}: no further meeting is planned.", ok=False)
    return Reply(agenda_text(board_agenda(reading, board, meeting), reading.directory))


def named_board(reading: Reading, words: str) -> Board:
    """The board of that key or name, in any case; the default one when there are no words.

    Raises NoBoard, naming those there are.
    """
    directory = reading.directory
    name = _folded(words)
    if not name and (default := directory.board_of(None)) is not None:
        return default
    known = list(directory.boards.values())
    exact = [b for b in known if name in map(_folded, (b.key, b.name, b.channel or ""))]
    partial = [b for b in known if name and name in _folded(b.name)]
    for matches in (exact, partial):
        if len(matches) == 1:
            return matches[0]
    if not known:
        raise NoBoard(NO_BOARDS)
    names = ", ".join(f"{b.key} ({b.name})" for b in known)
    raise NoBoard(f"There is no board “{words.strip()}”. There is {names}.")


def current_or_next(reading: Reading, board: Board) -> Meeting | None:
    """The meeting that is under way, else the next: the one whose paper is on the table."""
    today = reading.today
    for meeting in meetings(board, reading.directory, today - timedelta(days=1), today):
        if meeting.start <= reading.now < meeting.end:
            return meeting
    return next_meeting(board, reading.directory, reading.now)


def _meetings_to(reading: Reading, board: Board) -> list[Meeting]:
    """The board's meetings of the next 30 days, or its next one after them."""
    today = reading.today
    end = today + timedelta(days=COMING_DAYS)
    soon = [m for m in meetings(board, reading.directory, today, end) if m.end > reading.now]
    later = next_meeting(board, reading.directory, reading.now)
    return soon or ([later] if later else [])


def _statutory(reading: Reading) -> list[Statutory]:
    """The reports whose 56 days end within the next 30, with no PCC response held."""
    end = reading.today + timedelta(days=COMING_DAYS)
    due = []
    for report in lookup.reports(reading):
        state = report_state(report)
        if state.published is not None and not state.answered:
            day = last_day(state.published)
            if reading.today <= day <= end:
                due.append(Statutory(report.title, report.force, day))
    return sorted(due, key=lambda s: (s.day, s.title, s.force))


def _which(reading: Reading) -> Reply:
    known = reading.directory.boards.values()
    lines = ["Which board? Say one of:", *(f"- `agenda {b.key}` ({b.name})" for b in known)]
    buttons = tuple(Button(b.name, f"agenda {b.key}") for b in known)
    return Reply("\n".join(lines), ok=False, buttons=buttons)


def _folded(words: str) -> str:
    return " ".join(words.lstrip("#").split()).casefold()
