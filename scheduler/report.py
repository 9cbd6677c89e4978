"""The report of one tick, and reminders in the shape that people and programs read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from db import tables as t
from db.ledger import messages, reminders
from db.mapping import reminder_row
from db.queries.lookup import by_ids
from db.store import Reading
from governance.directory import Directory
from governance.reminders import Row
from governance.reminders.relevance import meeting_of, original_start
from governance.reminders.rules import BY_RULE
from governance.subject import SubjectKind
from governance.words import Kind, label


@dataclass(frozen=True)
class RowView:
    """A reminder in the shape that `forecast` and `tick` print (DESIGN: JSON shapes)."""

    at: str
    """ISO 8601 with seconds and the zone's offset."""
    rule: str
    ref: str | None
    recommendation: str | None
    """"recommendation 16"; None for board rules."""
    board: str | None
    meeting: str | None
    """The start of the meeting it is about, as `at`; None for other rules."""
    to: str
    person: str | None
    days: int | None
    why: str


@dataclass(frozen=True)
class Delivered:
    """A message that was sent."""

    to: str
    person: str | None
    text: str
    reminders: tuple[RowView, ...]


@dataclass(frozen=True)
class Skipped:
    """A reminder that was not sent after all."""

    reminder: RowView
    reason: str


@dataclass
class TickReport:
    """The outcome of one pass. `note` says why nothing was planned, where that needs saying."""

    messages: list[Delivered] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    waiting: int = 0
    """The number of messages that wait for their readers after it."""
    held: int = 0
    """The number of messages that were held for want of a platform."""
    note: str | None = None


def order(view: RowView) -> tuple[str, ...]:
    """At, rule, ref, board, to: the order of every list of reminders. `at` sorts as a moment
    within one zone but for the hour a clock goes back, in which no reminder falls."""
    named = (view.at, view.rule, view.ref or "", view.board or "", view.to, view.person or "")
    return (*named, view.meeting or "", view.recommendation or "", view.why)


def of_rows(
    rows: Iterable[Row], about: Mapping[int, t.Recommendation], directory: Directory
) -> list[RowView]:
    """Planned reminders in that shape; `about` has the recommendations that they name."""
    return [
        RowView(
            at=row.at.isoformat(timespec="seconds"),
            rule=row.rule.value,
            **_named(about.get(row.recommendation or 0)),
            board=row.board,
            meeting=_meeting(row, directory),
            to=row.to,
            person=row.person,
            days=row.days,
            why=row.why,
        )
        for row in rows
    ]


def of_ledger(
    rows: Iterable[t.Reminder], about: Mapping[int, t.Recommendation], directory: Directory
) -> list[RowView]:
    """Rows of the ledger in that shape, their moments in the organisation's zone."""
    return of_rows((reminder_row(row, directory.zone) for row in rows), about, directory)


def _meeting(row: Row, directory: Directory) -> str | None:
    """The start of a board reminder's meeting: where it is now, or was before it was cancelled."""
    if BY_RULE[row.rule].about is not SubjectKind.BOARD:
        return None
    meeting = meeting_of(row, directory)
    start = meeting.start if meeting else original_start(row).replace(tzinfo=directory.zone)
    return start.isoformat(timespec="seconds")


def skipped_in(reading: Reading, rows: Sequence[t.Reminder]) -> list[Skipped]:
    """The skipped reminders, with the reasons."""
    if not rows:
        return []
    about = by_ids(reading, (r.recommendation_id for r in rows if r.recommendation_id))
    views = of_ledger(rows, about, reading.directory)
    skipped = [Skipped(view, str(row.reason)) for view, row in zip(views, rows, strict=True)]
    return sorted(skipped, key=lambda skipped: order(skipped.reminder))


def delivered_in(reading: Reading, ids: Iterable[int | None]) -> list[Delivered]:
    """The messages that were sent, in this order, with their reminders."""
    sent = [id for id in ids if id is not None]
    if not sent:
        return []
    of_message = {m.id: m for m in messages.by_ids(reading, sent)}
    rows: dict[int | None, list[t.Reminder]] = defaultdict(list)
    for row in reminders.in_messages(reading, sent):
        rows[row.message_id].append(row)
    about = by_ids(
        reading, (r.recommendation_id for g in rows.values() for r in g if r.recommendation_id)
    )
    directory = reading.directory
    return [
        Delivered(
            to=message.destination,
            person=message.person,
            text=message.text,
            reminders=tuple(sorted(of_ledger(rows[message.id], about, directory), key=order)),
        )
        for message in (of_message[id] for id in sent)
    ]


def _named(about: t.Recommendation | None) -> dict[str, str | None]:
    if about is None:
        return {"ref": None, "recommendation": None}
    return {"ref": about.ref, "recommendation": label(Kind(about.kind), about.number)}
