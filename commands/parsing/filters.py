"""Parser of a list's filters: `overdue board pib owner ACU DCI page 2`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from commands.changes import CommandRefused
from commands.parsing.people import find_owners, owners
from commands.parsing.progress import COMPLETE_WORDS, PROGRESS_PHRASES
from commands.parsing.qualifiers import take_qualifiers
from db.queries.lists import Filters
from db.store import Reading
from governance.brag import Brag
from governance.dates import say_date, take_typed_date
from governance.progress import say_closure
from governance.words import Closure, Kind, Progress

T = TypeVar("T")

COMBINE = (
    "These combine: mine, overdue, due 30d, due before 30 April 2023, status at risk, board KEY, "
    "owner POST, unowned, open, closed, of FORCE, @ TITLE."
)

MOST_FILTERS = 30

_PAGE = re.compile(r"(?<!\S)page\s+(\d{1,6})\s*$", re.I)
_SKIP = re.compile(r"(?:[\s,;&.?!]|\band\b|\b(?:list|all|recommendations?|everything)\b)+", re.I)
_KEYWORD = re.compile(
    r"(?<![^\s,])(?:list|mine|overdue|due|status|board|owner|unowned|open|closed|and|of|@)(?!\w)",
    re.I,
)
_DAYS = re.compile(r"(?:(?:with)?in\s+)?(\d{1,4})\s*(d|days?|w|weeks?)?(?!\w)", re.I)

_STATUS: dict[str, Filters] = {
    **{phrase: Filters(progress=progress) for phrase, progress in PROGRESS_PHRASES.items()},
    **dict.fromkeys(
        (*COMPLETE_WORDS, "awaiting sign-off", "awaiting sign off"),
        Filters(progress=Progress.COMPLETE),
    ),
    "red": Filters(brags=frozenset({Brag.RED})),
    "amber": Filters(brags=frozenset({Brag.AMBER})),
    "green": Filters(brags=frozenset({Brag.GREEN, Brag.GREEN_DONE})),
    "white": Filters(brags=frozenset({Brag.WHITE})),
    "blue": Filters(open=False),
    "closed": Filters(open=False),
    "open": Filters(open=True),
    "overdue": Filters(overdue=True),
    **{say_closure(closure): Filters(closure=closure) for closure in Closure},
}
_KINDS = {
    "afis": Kind.AFI,
    "afi": Kind.AFI,
    "areas for improvement": Kind.AFI,
    "causes of concern": Kind.CAUSE_OF_CONCERN,
    "coc": Kind.CAUSE_OF_CONCERN,
}


@dataclass(frozen=True)
class ListRequest:
    """A list as typed: its filters, in words too, the page, and the command without its page."""

    filters: Filters
    words: list[str]
    page: int
    command: str


@dataclass
class _FilterReader:
    """Takes one filter after another off the head of `left`."""

    reading: Reading
    person: str | None
    left: str
    filters: Filters = field(default_factory=Filters)
    words: list[str] = field(default_factory=list)

    def set(self, words: str, **fields: object) -> None:
        # each caller names fields of Filters, which the type of ** cannot say
        self.filters = replace(self.filters, **fields)  # type: ignore[arg-type]
        if words:
            self.words.append(words)

    def take(self, pattern: str) -> bool:
        match = re.match(rf"{pattern}(?![\w-])\s*", self.left, re.I)
        if match:
            self.left = self.left[match.end() :]
        return match is not None


def read_list(reading: Reading, person: str | None, text: str) -> ListRequest:
    """Read the filters and the page of a list for `person`.

    Raises CommandRefused for words that filter nothing, and for too many filters.
    """
    command, page = take_page(text)
    reader = _FilterReader(reading, person, command)
    for _ in range(MOST_FILTERS + 1):
        if (skip := _SKIP.match(reader.left)) is not None:
            reader.left = reader.left[skip.end() :]
        if not reader.left:
            return ListRequest(reader.filters, reader.words, page, command or "list")
        if not any(clause(reader) for clause in _CLAUSES):
            raise CommandRefused(
                f"“{reader.left}” is nothing a list can be narrowed by; to search for words, "
                f"say `find {command}`. {COMBINE}"
            )
    raise CommandRefused(f"A list is narrowed by up to {MOST_FILTERS} filters. {COMBINE}")


def take_page(text: str) -> tuple[str, int]:
    """The text without "page 2" at its end, and the number of the page; 1 without."""
    page = _PAGE.search(text)
    return (text[: page.start()].strip(), int(page[1])) if page else (text.strip(), 1)


def _mine(reader: _FilterReader) -> bool:
    if not reader.take("mine|my own|my"):
        return False
    held = reader.reading.directory.posts_of(reader.person or "", reader.reading.today)
    reader.set("yours", owners=frozenset(post.key for post in held))
    return True


def _plain(reader: _FilterReader) -> bool:
    if reader.take("overdue"):
        reader.set("overdue", overdue=True)
    elif reader.take("unowned"):
        reader.set("owned by nobody", unowned=True)
    elif reader.take("open"):
        reader.set("open", open=True)
    elif reader.take("closed"):
        reader.set("closed", open=False)
    else:
        return False
    return True


def _kind(reader: _FilterReader) -> bool:
    for words, kind in _KINDS.items():
        if reader.take(words):
            reader.set(words, kind=kind)
            return True
    return False


def _due(reader: _FilterReader) -> bool:
    if not reader.take("due"):
        return False
    today = reader.reading.today
    before = reader.take("before")
    by = not before and reader.take("(?:by|until|up to)")
    after = not before and not by and reader.take("after")
    on = not (before or by or after) and reader.take("on")
    taken = take_typed_date(reader.left, today)
    if taken is not None:
        day, reader.left = taken
        reader.left = reader.left.strip()
        date = say_date(day)
        if before:
            reader.set(f"due before {date}", due_to=day - timedelta(days=1))
        elif by:
            reader.set(f"due by {date}", due_to=day)
        elif after:
            reader.set(f"due after {date}", due_from=day + timedelta(days=1))
        else:
            reader.set(f"due on {date}", due_from=day, due_to=day)
        return True
    match = None if before or by or after or on else _DAYS.match(reader.left)
    if match is None:
        raise CommandRefused("Due when? For example `due 30d` or `due before 30 April 2023`.")
    reader.left = reader.left[match.end() :]
    weeks = (match[2] or "d").lower().startswith("w")
    count = int(match[1]) * (7 if weeks else 1)
    last = today + timedelta(days=count)
    reader.set(f"due by {say_date(last)} ({count} days)", due_from=today, due_to=last)
    return True


def _status(reader: _FilterReader) -> bool:
    if not reader.take("status"):
        return False
    for status in sorted(_STATUS, key=len, reverse=True):
        if reader.take(re.sub(r"[ -]", r"[\\s_-]*", status)):
            chosen = _STATUS[status]
            changed = {k: v for k, v in vars(chosen).items() if v != vars(Filters())[k]}
            reader.set(f"status {status}", **changed)
            return True
    raise CommandRefused(f"Which status? One of: {', '.join(_STATUS)}.")


def _board(reader: _FilterReader) -> bool:
    if not reader.take("board"):
        return False
    boards = reader.reading.directory.boards
    by_name = {name.casefold(): b for b in boards.values() for name in (b.key, b.name)}
    board = _longest(reader, lambda words: by_name.get(words.casefold()))
    if board is None:
        known = ", ".join(boards) or "none; an organisation file names them"
        raise CommandRefused(f"Which board? Known: {known}.")
    reader.set(f"before the {board.name}", board=board.key)
    return True


def _owner(reader: _FilterReader) -> bool:
    if not reader.take("owner"):
        return False
    if reader.take("(?:nobody|none|unowned)"):
        reader.set("owned by nobody", unowned=True)
        return True
    directory, today = reader.reading.directory, reader.reading.today

    posts = _longest(reader, lambda words: find_owners(directory, words, today))
    if posts is None:
        words = _KEYWORD.split(reader.left, maxsplit=1)[0].rstrip(" ,").strip()
        if not words:
            titles = ", ".join(post.title for post in directory.posts.values())
            raise CommandRefused(f"Which owner? Posts: {titles}.")
        owners(directory, words, today)
        raise CommandRefused(f"Nobody is called “{words}”.")
    titles = " or ".join(post.title for post in posts)
    reader.set(f"owned by {titles}", owners=frozenset(post.key for post in posts))
    return True


def _longest(reader: _FilterReader, find: Callable[[str], T | None]) -> T | None:
    """The result of `find` for the longest head of `left` that has one."""
    words = list(islice(re.finditer(r"\S+", reader.left), 8))
    for last in reversed(words):
        result = find(reader.left[: last.end()].strip(" ,;.?!"))
        if result is not None:
            reader.left = reader.left[last.end() :].strip()
            return result
    return None


def _report(reader: _FilterReader) -> bool:
    if not re.match(r"@|of\s", reader.left, re.I):
        return False
    qualifier, end = take_qualifiers(reader.reading, f" {reader.left}", 0, required=True)
    if qualifier is None:
        return False
    if qualifier.problem:
        raise CommandRefused(qualifier.problem)
    reader.left = f" {reader.left}"[end:].strip()
    reader.set(qualifier.text, reports=qualifier.reports)
    return True


_CLAUSES: tuple[Callable[[_FilterReader], bool], ...] = (
    _mine, _plain, _kind, _due, _status, _board, _owner, _report,
)  # fmt: skip
