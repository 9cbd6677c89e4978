"""Filtered lists of recommendations: a page of them, and how many there are by BRAG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlmodel import col, select

from db.store import Reading
from db.tables import Recommendation
from governance.brag import SOON_DAYS, Brag, brag
from governance.words import Closure, Kind, Progress

PAGE = 10


@dataclass(frozen=True)
class Filters:
    """What a list shows; everything that is set must hold. Days are local, both included."""

    owners: frozenset[str] | None = None
    """Post keys."""
    unowned: bool = False
    board: str | None = None
    open: bool | None = None
    """True: not closed; False: closed."""
    overdue: bool = False
    """Past the deadline, open and not claimed complete: what reminders call overdue."""
    due_from: date | None = None
    due_to: date | None = None
    progress: Progress | None = None
    """Of an open one."""
    closure: Closure | None = None
    brags: frozenset[Brag] | None = None
    kind: Kind | None = None
    reports: frozenset[int] | None = None


@dataclass(frozen=True)
class Page:
    """One page of a list. `counts` are of the whole list, every BRAG with its number."""

    rows: list[Recommendation]
    counts: dict[Brag, int]
    number: int
    pages: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def page(reading: Reading, filters: Filters, number: int = 1) -> Page:
    """Page `number` (from 1; beyond the last is the last), ten a page.

    Open ones first, by deadline, those without one last; then the closed.
    """
    where = _where(reading, filters)
    counts = _counts(reading, where)
    pages = max(1, -(-sum(counts.values()) // PAGE))
    number = min(max(number, 1), pages)
    statement = (
        select(Recommendation)
        .where(*where)
        .order_by(
            col(Recommendation.closure).is_not(None),
            col(Recommendation.deadline).is_(None),
            col(Recommendation.deadline),
            col(Recommendation.report_id),
            col(Recommendation.position),
            col(Recommendation.id),
        )
        .offset((number - 1) * PAGE)
        .limit(PAGE)
    )
    return Page(reading.all(statement), counts, number, pages)


def counts(reading: Reading, filters: Filters) -> dict[Brag, int]:
    """How many by BRAG, the two Greens apart; every BRAG is there, if with 0."""
    return _counts(reading, _where(reading, filters))


def _counts(reading: Reading, where: Iterable[ColumnElement[bool]]) -> dict[Brag, int]:
    """Counted by the very rule that colours a card, over the few values that decide it."""
    today = reading.today
    found: Counter[Brag] = Counter()
    deciding = (
        col(Recommendation.progress),
        col(Recommendation.closure),
        col(Recommendation.deadline),
    )
    groups = reading.session.exec(select(*deciding, func.count()).where(*where).group_by(*deciding))
    for progress, closure, deadline, number in groups:
        closed = Closure(closure) if closure else None
        found[brag(Progress(progress), closed, deadline, today)] += number
    return {each: found[each] for each in Brag}


def _where(reading: Reading, filters: Filters) -> list[ColumnElement[bool]]:
    today = reading.today
    closed = col(Recommendation.closure).is_not(None)
    found: list[Any] = [Recommendation.organisation == reading.key]
    if filters.owners is not None:
        found.append(col(Recommendation.owner).in_(filters.owners))
    if filters.unowned:
        found += [col(Recommendation.owner).is_(None), not_(closed)]
    if filters.board is not None:
        board = col(Recommendation.board)
        is_default = filters.board == reading.directory.default_board
        found.append(
            or_(board == filters.board, board.is_(None)) if is_default else board == filters.board
        )
    if filters.open is not None:
        found.append(not_(closed) if filters.open else closed)
    if filters.overdue:
        found += [
            not_(closed),
            Recommendation.progress != Progress.COMPLETE,
            col(Recommendation.deadline) < today,
        ]
    if filters.due_from is not None:
        found += [not_(closed), col(Recommendation.deadline) >= filters.due_from]
    if filters.due_to is not None:
        found += [not_(closed), col(Recommendation.deadline) <= filters.due_to]
    if filters.progress is not None:
        found += [not_(closed), Recommendation.progress == filters.progress]
    if filters.closure is not None:
        found.append(Recommendation.closure == filters.closure)
    if filters.brags is not None:
        found.append(or_(*(_is(each, today) for each in filters.brags)))
    if filters.kind is not None:
        found.append(Recommendation.kind == filters.kind)
    if filters.reports is not None:
        found.append(col(Recommendation.report_id).in_(filters.reports))
    return found


def _is(wanted: Brag, today: date) -> ColumnElement[bool]:
    """`governance.brag` as a condition; a test holds the two to each other."""
    closed = col(Recommendation.closure).is_not(None)
    done = col(Recommendation.progress) == Progress.COMPLETE
    red = or_(
        col(Recommendation.progress) == Progress.OFF_TRACK,
        and_(col(Recommendation.deadline).is_not(None), col(Recommendation.deadline) < today),
    )
    soon = and_(
        col(Recommendation.deadline).is_not(None),
        col(Recommendation.deadline) <= today + timedelta(days=SOON_DAYS),
    )
    new = col(Recommendation.progress) == Progress.NOT_STARTED
    amber = or_(col(Recommendation.progress) == Progress.AT_RISK, and_(new, soon))
    going = and_(not_(closed), not_(done), not_(red))
    return {
        Brag.BLUE: closed,
        Brag.GREEN_DONE: and_(not_(closed), done),
        Brag.RED: and_(not_(closed), not_(done), red),
        Brag.AMBER: and_(going, amber),
        Brag.GREEN: and_(going, col(Recommendation.progress) == Progress.ON_TRACK),
        Brag.WHITE: and_(going, new, not_(amber)),
    }[wanted]
