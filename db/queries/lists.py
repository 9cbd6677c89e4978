"""Filtered lists of recommendations: a page of them, and how many there are by BRAG."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
)

from db.store import Reading
from db.tables import Table
from governance.brag import SOON_DAYS, Brag, brag
from governance.words import Closure, Kind, Progress

PAGE = 10
# The statements below are built once and read columns, not rows to be changed: a list is asked for
# in the middle of a meeting.
_C = Table.metadata.tables["recommendation"].c
_ORGANISATION = bindparam("organisation", type_=Integer)
_TODAY = bindparam("today", type_=Date)
_SOON = bindparam("soon", type_=Date)


class ListedRecommendation(Protocol):
    """The columns of a recommendation that a list shows; a whole row has them too."""

    id: int | None
    ref: str | None
    kind: str
    number: str
    report_id: int
    text: str
    points: list[str]
    deadline: date | None
    progress: str
    closure: str | None
    owner: str | None


_SHOWN = (
    _C.id, _C.ref, _C.kind, _C.number, _C.report_id, _C.text, _C.points, _C.deadline, _C.progress,
    _C.closure, _C.owner,
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """The filters of a list; everything that is set must hold. Days are local, both included."""

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
class ListPage:
    """One page of a list. `counts` are of the whole list, every BRAG with its number."""

    rows: list[ListedRecommendation]
    counts: dict[Brag, int]
    number: int
    pages: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class _Statements(NamedTuple):
    """The two statements of a list: its page, and its counts."""

    rows: Select[Any]
    counts: Select[Any]


def page(reading: Reading, filters: Filters, number: int = 1) -> ListPage:
    """Page `number` (from 1; beyond the last is the last), ten a page.

    Open ones first, by deadline, those without one last; then the closed.
    """
    by_brag = counts(reading, filters)
    pages = max(1, -(-sum(by_brag.values()) // PAGE))
    number = min(max(number, 1), pages)
    values = {**_parameters(reading), "offset": (number - 1) * PAGE}
    rows = reading.session.connection().execute(_statements(reading, filters).rows, values)
    return ListPage(cast(list[ListedRecommendation], rows.all()), by_brag, number, pages)


def counts(reading: Reading, filters: Filters) -> dict[Brag, int]:
    """Counts by BRAG, the two Greens apart; every BRAG is there, if with 0.

    Counted by the very rule that colours a card, over the few values that decide it.
    """
    today = reading.today
    statement = _statements(reading, filters).counts
    by_brag: Counter[Brag] = Counter()
    for progress, closure, deadline, number in reading.session.connection().execute(
        statement, _parameters(reading)
    ):
        closed = Closure(closure) if closure else None
        by_brag[brag(Progress(progress), closed, deadline, today)] += number
    return {each: by_brag[each] for each in Brag}


def _parameters(reading: Reading) -> dict[str, Any]:
    today = reading.today
    return {
        "organisation": reading.key,
        "today": today,
        "soon": today + timedelta(days=SOON_DAYS),
    }


def _statements(reading: Reading, filters: Filters) -> _Statements:
    return _built(filters, filters.board == reading.directory.default_board)


@lru_cache(maxsize=256)
def _built(filters: Filters, default_board: bool) -> _Statements:
    where = _where(filters, default_board)
    rows = (
        select(*_SHOWN)
        .where(*where)
        .order_by(
            _C.closure.is_not(None),
            _C.deadline.is_(None),
            _C.deadline,
            _C.report_id,
            _C.position,
            _C.id,
        )
        .offset(bindparam("offset", type_=Integer))
        .limit(PAGE)
    )
    deciding = (_C.progress, _C.closure, _C.deadline)
    return _Statements(rows, select(*deciding, func.count()).where(*where).group_by(*deciding))


def _where(filters: Filters, default_board: bool) -> list[ColumnElement[bool]]:
    closed = _C.closure.is_not(None)
    conditions: list[ColumnElement[bool]] = [_C.organisation == _ORGANISATION]
    if filters.owners is not None:
        conditions.append(_C.owner.in_(filters.owners))
    if filters.unowned:
        conditions += [_C.owner.is_(None), not_(closed)]
    if filters.board is not None:
        here = _C.board == filters.board
        conditions.append(or_(here, _C.board.is_(None)) if default_board else here)
    if filters.open is not None:
        conditions.append(not_(closed) if filters.open else closed)
    if filters.overdue:
        conditions += [not_(closed), _C.progress != Progress.COMPLETE, _C.deadline < _TODAY]
    if filters.due_from is not None:
        conditions += [not_(closed), _C.deadline >= filters.due_from]
    if filters.due_to is not None:
        conditions += [not_(closed), _C.deadline <= filters.due_to]
    if filters.progress is not None:
        conditions += [not_(closed), _C.progress == filters.progress]
    if filters.closure is not None:
        conditions.append(_C.closure == filters.closure)
    if filters.brags is not None:
        conditions.append(or_(*(_is(each) for each in filters.brags)))
    if filters.kind is not None:
        conditions.append(_C.kind == filters.kind)
    if filters.reports is not None:
        conditions.append(_C.report_id.in_(filters.reports))
    return conditions


def _is(wanted: Brag) -> ColumnElement[bool]:
    """`governance.brag` as a condition; a test holds the two to each other."""
    closed = _C.closure.is_not(None)
    done = _C.progress == Progress.COMPLETE
    late = and_(_C.deadline.is_not(None), _C.deadline < _TODAY)
    red = or_(_C.progress == Progress.OFF_TRACK, late)
    soon = and_(_C.deadline.is_not(None), _C.deadline <= _SOON)
    new = _C.progress == Progress.NOT_STARTED
    amber = or_(_C.progress == Progress.AT_RISK, and_(new, soon))
    going = and_(not_(closed), not_(done), not_(red))
    return {
        Brag.BLUE: closed,
        Brag.GREEN_DONE: and_(not_(closed), done),
        Brag.RED: and_(not_(closed), not_(done), red),
        Brag.AMBER: and_(going, amber),
        Brag.GREEN: and_(going, _C.progress == Progress.ON_TRACK),
        Brag.WHITE: and_(going, new, not_(amber)),
    }[wanted]
