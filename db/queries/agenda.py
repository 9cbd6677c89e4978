"""Queries of a board's paper, as plain values from one reading of the store.

Every number of a paper is counted from the same list of recommendations, read at one moment, so
that the figures at the table reconcile with the store and with each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col

from db import tables as t
from db.mapping import readable
from db.queries.lookup import placed
from db.store import Reading
from governance.brag import Brag, brag
from governance.directory import Board
from governance.meetings import Meeting, previous_meeting
from governance.states import RecommendationState
from governance.subject import RECOMMENDATIONS, Subject
from governance.words import Closure, Kind, Progress

TOLD = ("progress", "closure", "deadline", "owner", "inspectorate_position", "board")
"""The fields whose change a board is told of; the rest is bookkeeping."""
ARRIVAL = "import"
"""The actor, in the history, of an import and of the file's entries that are used on it."""


@dataclass(frozen=True)
class Item:
    """One recommendation as a paper lists it."""

    id: int
    ref: str | None
    kind: Kind
    number: str
    report: str
    force: str
    place: str
    """Words that tell its number from others: "of Cumbria", "@ arrangements of Staffordshire"."""
    brag: Brag
    progress: Progress
    closure: Closure | None
    deadline: date | None
    original_deadline: date | None
    slips: int
    owner: str | None
    """Post key."""
    completed_by: str | None
    """Person key of whoever claimed it complete."""
    text: str
    """Its wording and its first point."""


@dataclass(frozen=True)
class Changed:
    """The net changes of one recommendation since the last meeting.

    `changes` are {field: (before, after)} as JSON values, with everything that was taken back
    left out; `by`, `at` and `note` are those of the latest change that still stands.
    """

    item: Item
    changes: Mapping[str, tuple[Any, Any]]
    by: str
    at: datetime
    note: str


@dataclass(frozen=True)
class ExtensionAsked:
    """An owner's open wish for a later deadline."""

    item: Item
    to: date
    reason: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True)
class Agenda:
    """The paper for one meeting of one board."""

    board: Board
    meeting: Meeting
    previous: Meeting | None
    """The latest uncancelled meeting before it; None before the first."""
    today: date
    items: tuple[Item, ...]
    """Everything on the board, closed ones too."""
    open_then: int | None
    """The number open when the previous meeting began; None before the first."""
    new: int
    """The number imported since the previous meeting began."""
    changed: tuple[Changed, ...]
    extensions: tuple[ExtensionAsked, ...]
    head: tuple[int, str] | None
    """The number and hash of the history's newest row; None while it is empty."""

    @property
    def counts(self) -> dict[Brag, int]:
        """The number of each BRAG, the two Greens apart; they add up to `len(items)`."""
        counted = Counter(item.brag for item in self.items)
        return {each: counted[each] for each in Brag}

    @property
    def open(self) -> tuple[Item, ...]:
        return tuple(i for i in self.items if i.closure is None)

    @property
    def overdue(self) -> tuple[Item, ...]:
        """Past the current deadline and not claimed complete, the longest overdue first."""
        return tuple(
            i
            for i in self.open
            if i.progress is not Progress.COMPLETE and i.deadline and i.deadline < self.today
        )

    @property
    def at_risk(self) -> tuple[Item, ...]:
        """Open and reported at risk, overdue or not, as `status at risk` lists them."""
        return tuple(i for i in self.open if i.progress is Progress.AT_RISK)

    @property
    def starting_late(self) -> tuple[Item, ...]:
        """The other Ambers: not started, with four weeks or less to go."""
        return tuple(
            i for i in self.items if i.brag is Brag.AMBER and i.progress is Progress.NOT_STARTED
        )

    @property
    def awaiting_sign_off(self) -> tuple[Item, ...]:
        return tuple(i for i in self.items if i.brag is Brag.GREEN_DONE)

    @property
    def off_track(self) -> tuple[Item, ...]:
        return tuple(i for i in self.open if i.progress is Progress.OFF_TRACK)

    @property
    def unowned(self) -> tuple[Item, ...]:
        return tuple(i for i in self.open if i.owner is None)


def board_agenda(reading: Reading, board: Board, meeting: Meeting) -> Agenda:
    """The paper for `meeting` of `board`, as things stand now."""
    previous = previous_meeting(board, reading.directory, meeting.start)
    since = previous.start if previous else None
    everything = _rows(reading)
    history = _history(reading, (item.id for _, item in everything), since)
    stays = {
        item.id: _Stay(row, history.get(item.id, ()), board.key, reading.directory.default_board)
        for row, item in everything
    }
    rows = [pair for pair in everything if stays[pair[1].id].is_now]
    then = [row for row, item in everything if since and stays[item.id].was_at(since)]
    were = {row.id for row in then}
    # A paper tells what became of all that the last meeting had before it, and of what came since.
    told = [pair for pair in everything if stays[pair[1].id].is_now or pair[0].id in were]
    items = {item.id: item for _, item in rows}
    return Agenda(
        board=board,
        meeting=meeting,
        previous=previous,
        today=reading.today,
        items=tuple(items.values()),
        open_then=_open_then(then, history) if since else None,
        new=sum(item.id not in were for _, item in rows),
        changed=tuple(_changed(told, {id: stay.changes for id, stay in stays.items()})),
        extensions=tuple(_extensions(reading, items)),
        head=history_head(reading),
    )


class _Stay:
    """The time that one recommendation was before a board, out of the history since a moment."""

    def __init__(
        self, row: t.Recommendation, history: Sequence[t.History], board: str, default: str | None
    ) -> None:
        moves = [change.changes["board"] for change in history if "board" in change.changes]
        at = (moves[0][0] if moves else row.board) or default
        self._imported_at = row.imported_at
        self._began_here = at == board
        self.is_now = (row.board or default) == board
        self.changes: list[t.History] = []
        """What was changed while it was before the board, its coming and going included."""
        for change in history:
            before = at
            if "board" in change.changes:
                at = change.changes["board"][1] or default
            # Of one that came back all is told: it is before the board as it is now.
            if board in (before, at) or (self._began_here and self.is_now):
                self.changes.append(change)

    def was_at(self, moment: datetime) -> bool:
        """Whether it was before the board at the moment since which its history was read."""
        return self._began_here and self._imported_at <= moment


def history_head(reading: Reading) -> tuple[int, str] | None:
    """The number and the hash of the newest row of the organisation's history."""
    last = reading.first(reading.select(t.History).order_by(col(t.History.seq).desc()).limit(1))
    return (last.seq, last.hash) if last else None


def open_items(reading: Reading) -> list[Item]:
    """Every recommendation of the organisation, by deadline; those without one last."""
    return [item for _, item in _rows(reading)]


def _rows(reading: Reading) -> list[tuple[t.Recommendation, Item]]:
    reports = {r.id: r for r in reading.all(reading.select(t.Report))}
    today = reading.today
    rows = reading.all(reading.select(t.Recommendation))
    same: dict[tuple[str, str], list[t.Report]] = defaultdict(list)
    for row in rows:
        same[row.kind, row.number].append(reports[row.report_id])
    pairs = []
    for row in rows:
        state = readable(row)
        if state is None:
            continue
        report = reports[row.report_id]
        place = "" if row.ref else placed(report, same[row.kind, row.number])
        pairs.append((row, _item(row, state, report, today, place)))
    return sorted(pairs, key=lambda pair: (pair[1].deadline or date.max, pair[1].id))


def _item(
    row: t.Recommendation, state: RecommendationState, report: t.Report, today: date, place: str
) -> Item:
    return Item(
        id=state.id,
        ref=state.ref,
        kind=state.kind,
        number=state.number,
        report=report.title,
        force=report.force,
        place=place,
        brag=brag(state.progress, state.closure, state.deadline, today),
        progress=state.progress,
        closure=state.closure,
        deadline=state.deadline,
        original_deadline=row.original_deadline,
        slips=row.slips,
        owner=state.owner,
        completed_by=row.completed_by,
        text=" ".join([row.text, *row.points[:1]]),
    )


def _history(
    reading: Reading, ids: Iterable[int], since: datetime | None
) -> dict[int, list[t.History]]:
    """The rows about these recommendations after `since`, oldest first."""
    ids_by_subject: dict[str, int] = {Subject.recommendation(id): id for id in ids}
    statement = reading.select(t.History).where(col(t.History.subject).startswith(RECOMMENDATIONS))
    if since is not None:
        statement = statement.where(col(t.History.at) > since)
    changes: dict[int, list[t.History]] = defaultdict(list)
    for row in reading.all(statement.order_by(col(t.History.seq))):
        if row.subject in ids_by_subject:
            changes[ids_by_subject[row.subject]].append(row)
    return changes


def _changed(
    items: Iterable[tuple[t.Recommendation, Item]], history: Mapping[int, Sequence[t.History]]
) -> Iterable[Changed]:
    """The net changes of each: first value to last, so that an undone one drops out."""
    changed_items = []
    for recommendation, item in items:
        rows = [
            row
            for row in history.get(item.id, ())
            # what came with its import is no change: the paper counts it as new
            if not (row.at == recommendation.imported_at and row.actor == ARRIVAL)
        ]
        taken_back = {row.undoes for row in rows if row.undoes is not None}
        standing = [
            row
            for row in rows
            if row.undoes is None
            and row.seq not in taken_back
            and (row.action == "update" or not set(TOLD).isdisjoint(row.changes))
        ]
        values: dict[str, tuple[Any, Any]] = {}
        for row in rows:
            for name, (before, after) in row.changes.items():
                if name in TOLD:
                    values[name] = (values.get(name, (before,))[0], after)
        net = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
        latest = standing[-1] if standing else None
        updated = any(row.action == "update" for row in standing)
        if net or updated:
            last = latest or rows[-1]
            changed_items.append(Changed(item, net, last.actor, last.at, last.note))
    return sorted(changed_items, key=lambda c: c.at)


def _open_then(rows: Iterable[t.Recommendation], history: Mapping[int, Sequence[t.History]]) -> int:
    """The number of `rows` that were open when the `history` begins: today's closures with every
    later one unwound."""
    count = 0
    for row in rows:
        assert row.id is not None
        later = (h.changes["closure"] for h in history.get(row.id, ()) if "closure" in h.changes)
        first = next(later, None)
        closure = first[0] if first else row.closure
        count += closure is None
    return count


def _extensions(reading: Reading, items: Mapping[int, Item]) -> Iterable[ExtensionAsked]:
    statement = reading.select(t.ExtensionRequest).where(t.ExtensionRequest.state == "open")
    for row in reading.all(statement.order_by(col(t.ExtensionRequest.asked_at))):
        item = items.get(row.recommendation_id)
        if item is not None and item.closure is None:
            yield ExtensionAsked(item, row.to, row.reason, row.asked_by, row.asked_at)
