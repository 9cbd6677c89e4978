"""The words of a list, read into filters: `overdue board pib owner ACU DCI page 2`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from commands.changes import Refused
from commands.parsing.qualifiers import take_qualifiers
from db.queries.lists import Filters
from db.store import Reading
from governance.brag import Brag
from governance.dates import say_date, take_typed_date
from governance.directory import Post
from governance.words import Closure, Kind, Progress

T = TypeVar("T")

COMBINE = (
    "These combine: mine, overdue, due 30d, due before 30 April 2023, status at risk, board KEY, "
    "owner POST, unowned, open, closed, of FORCE, @ TITLE."
)

_PAGE = re.compile(r"(?:^|\s+)page\s+(\d{1,6})\s*$", re.I)
_SKIP = re.compile(r"(?:[\s,;&.?!]|\band\b|\b(?:list|all|recommendations?|everything)\b)+", re.I)
_KEYWORD = re.compile(
    r"(?:^|[\s,]+)(?:list|mine|overdue|due|status|board|owner|unowned|open|closed|and|of|@)(?!\w)",
    re.I,
)
_DAYS = re.compile(r"(?:(?:with)?in\s+)?(\d{1,4})\s*(d|days?|w|weeks?)?(?!\w)", re.I)

_STATUS: dict[str, Filters] = {
    "not started": Filters(progress=Progress.NOT_STARTED),
    "on track": Filters(progress=Progress.ON_TRACK),
    "at risk": Filters(progress=Progress.AT_RISK),
    "off track": Filters(progress=Progress.OFF_TRACK),
    "complete": Filters(progress=Progress.COMPLETE),
    "completed": Filters(progress=Progress.COMPLETE),
    "done": Filters(progress=Progress.COMPLETE),
    "awaiting sign-off": Filters(progress=Progress.COMPLETE),
    "awaiting sign off": Filters(progress=Progress.COMPLETE),
    "red": Filters(brags=frozenset({Brag.RED})),
    "amber": Filters(brags=frozenset({Brag.AMBER})),
    "green": Filters(brags=frozenset({Brag.GREEN, Brag.GREEN_DONE})),
    "white": Filters(brags=frozenset({Brag.WHITE})),
    "blue": Filters(open=False),
    "closed": Filters(open=False),
    "open": Filters(open=True),
    "overdue": Filters(overdue=True),
    "verified": Filters(closure=Closure.VERIFIED),
    "superseded": Filters(closure=Closure.SUPERSEDED),
    "no further action": Filters(closure=Closure.NO_FURTHER_ACTION),
    "not adopted": Filters(closure=Closure.NOT_ADOPTED),
}
_KINDS = {
    "afis": Kind.AFI,
    "afi": Kind.AFI,
    "areas for improvement": Kind.AFI,
    "causes of concern": Kind.CAUSE_OF_CONCERN,
    "coc": Kind.CAUSE_OF_CONCERN,
}


@dataclass(frozen=True)
class Wanted:
    """A list as asked for: its filters, what they are in words, the page, and how to ask again."""

    filters: Filters
    words: list[str]
    page: int
    command: str


@dataclass
class _Reader:
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


def read_list(reading: Reading, person: str | None, said: str) -> Wanted:
    """Read what is to be listed for `person`. Raises Refused for words that filter nothing."""
    page = _PAGE.search(said)
    command = said[: page.start()].strip() if page else said.strip()
    reader = _Reader(reading, person, command)
    while True:
        if (skip := _SKIP.match(reader.left)) is not None:
            reader.left = reader.left[skip.end() :]
        if not reader.left:
            break
        if not any(clause(reader) for clause in _CLAUSES):
            raise Refused(
                f"“{reader.left}” is nothing a list can be narrowed by; to search for words, "
                f"say `find {command}`. {COMBINE}"
            )
    return Wanted(reader.filters, reader.words, int(page[1]) if page else 1, command or "list")


def _mine(reader: _Reader) -> bool:
    if not reader.take("mine|my own|my"):
        return False
    held = reader.reading.directory.posts_of(reader.person or "", reader.reading.today)
    reader.set("yours", owners=frozenset(post.key for post in held))
    return True


def _plain(reader: _Reader) -> bool:
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


def _kind(reader: _Reader) -> bool:
    for said, kind in _KINDS.items():
        if reader.take(said):
            reader.set(said, kind=kind)
            return True
    return False


def _due(reader: _Reader) -> bool:
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
        said = say_date(day)
        if before:
            reader.set(f"due before {said}", due_to=day - timedelta(days=1))
        elif by:
            reader.set(f"due by {said}", due_to=day)
        elif after:
            reader.set(f"due after {said}", due_from=day + timedelta(days=1))
        else:
            reader.set(f"due on {said}", due_from=day, due_to=day)
        return True
    match = None if before or by or after or on else _DAYS.match(reader.left)
    if match is None:
        raise Refused("Due when? For example `due 30d` or `due before 30 April 2023`.")
    reader.left = reader.left[match.end() :]
    weeks = (match[2] or "d").lower().startswith("w")
    count = int(match[1]) * (7 if weeks else 1)
    last = today + timedelta(days=count)
    reader.set(f"due by {say_date(last)} ({count} days)", due_from=today, due_to=last)
    return True


def _status(reader: _Reader) -> bool:
    if not reader.take("status"):
        return False
    for said in sorted(_STATUS, key=len, reverse=True):
        if reader.take(re.sub(r"[ -]", r"[\\s_-]*", said)):
            chosen = _STATUS[said]
            changed = {k: v for k, v in vars(chosen).items() if v != vars(Filters())[k]}
            reader.set(f"status {said}", **changed)
            return True
    raise Refused(f"Which status? One of: {', '.join(_STATUS)}.")


def _board(reader: _Reader) -> bool:
    if not reader.take("board"):
        return False
    boards = reader.reading.directory.boards
    names = {said.casefold(): b for b in boards.values() for said in (b.key, b.name)}
    found = _longest(reader, lambda words: names.get(words.casefold()))
    if found is None:
        known = ", ".join(boards) or "none; an organisation file names them"
        raise Refused(f"Which board? Known: {known}.")
    reader.set(f"before the {found.name}", board=found.key)
    return True


def _owner(reader: _Reader) -> bool:
    if not reader.take("owner"):
        return False
    if reader.take("(?:nobody|none|unowned)"):
        reader.set("owned by nobody", unowned=True)
        return True
    from commands.verbs.owners import owner  # the families import this module

    directory, today = reader.reading.directory, reader.reading.today

    def posts(words: str) -> list[Post] | None:
        try:
            found = owner(directory, words, today)
        except Refused:
            return None
        return found if isinstance(found, list) else [found]

    found = _longest(reader, posts)
    if found is None:
        said = _KEYWORD.split(reader.left, maxsplit=1)[0].strip()
        if not said:
            titles = ", ".join(post.title for post in directory.posts.values())
            raise Refused(f"Which owner? Posts: {titles}.")
        owner(directory, said, today)
        raise Refused(f"Nobody is called “{said}”.")
    titles = " or ".join(post.title for post in found)
    reader.set(f"owned by {titles}", owners=frozenset(post.key for post in found))
    return True


def _longest(reader: _Reader, known: Callable[[str], T | None]) -> T | None:
    """The thing that the longest head of `left` names."""
    words = list(re.finditer(r"\S+", reader.left))[:8]
    for last in reversed(words):
        found = known(reader.left[: last.end()].strip(" ,;.?!"))
        if found is not None:
            reader.left = reader.left[last.end() :].strip()
            return found
    return None


def _place(reader: _Reader) -> bool:
    if not re.match(r"@|of\s", reader.left, re.I):
        return False
    places, end = take_qualifiers(reader.reading, f" {reader.left}", 0, wanted=True)
    if places is None:
        return False
    if places.problem:
        raise Refused(places.problem)
    reader.left = f" {reader.left}"[end:].strip()
    reader.set(places.said, reports=places.reports)
    return True


_CLAUSES: tuple[Callable[[_Reader], bool], ...] = (
    _mine, _plain, _kind, _due, _status, _board, _owner, _place,
)  # fmt: skip
