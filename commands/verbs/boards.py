"""Boards, their meetings, and the paper for the next one."""

from __future__ import annotations

from datetime import timedelta

from commands.changes import Refused
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


class NoBoard(Refused):
    """No board of that name, or none at all."""


@FAMILY.look(
    "boards",
    usage="boards",
    summary="show the boards and their next meetings",
    detail="A meeting that was moved, or falls on a bank holiday, is flagged.",
)
def boards(context: Context) -> Reply:
    with context.read() as reading:
        directory = reading.directory
        coming = [(b, current_or_next(reading, b)) for b in directory.boards.values()]
        text = boards_text(coming, directory, reading.today)
    return Reply(text)


@FAMILY.look(
    "next",
    usage="next",
    summary="show the meetings and deadlines of the next 30 days",
)
def coming(context: Context) -> Reply:
    with context.read() as reading:
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
def agenda(context: Context) -> Reply:
    with context.read() as reading:
        if not reading.directory.boards:
            return Reply(NO_BOARDS, ok=False)
        if not context.rest and reading.directory.default_board is None:
            return _which(reading)
        board = named_board(reading, context.rest)
        meeting = current_or_next(reading, board)
        if meeting is None:
            return Reply(f"{board.name}: no further meeting is planned.", ok=False)
        text = agenda_text(board_agenda(reading, board, meeting), reading.directory)
    return Reply(text)


def named_board(reading: Reading, words: str) -> Board:
    """The board of that key or name, in any case; the default one when there are no words.

    Raises NoBoard, naming those there are.
    """
    directory = reading.directory
    said = _plain(words)
    if not said and (default := directory.board_of(None)) is not None:
        return default
    known = list(directory.boards.values())
    exact = [b for b in known if said in (_plain(b.key), _plain(b.name), _plain(b.channel or ""))]
    begun = [b for b in known if said and said in _plain(b.name)]
    for found in (exact, begun):
        if len(found) == 1:
            return found[0]
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
    found = []
    for report in lookup.reports(reading):
        state = report_state(report)
        if state.published is not None and not state.answered:
            day = last_day(state.published)
            if reading.today <= day <= end:
                found.append(Statutory(report.title, report.force, day))
    return sorted(found, key=lambda s: (s.day, s.title, s.force))


def _which(reading: Reading) -> Reply:
    known = reading.directory.boards.values()
    lines = ["Which board? Say one of:", *(f"- `agenda {b.key}` ({b.name})" for b in known)]
    buttons = tuple(Button(b.name, f"agenda {b.key}") for b in known)
    return Reply("\n".join(lines), ok=False, buttons=buttons)


def _plain(words: str) -> str:
    return " ".join(words.lstrip("#").split()).casefold()
