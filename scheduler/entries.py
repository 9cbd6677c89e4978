"""The ledger as whoever looks after Duly reads it: what is planned, on its way, stuck, and gone.

An entry is a message with the reminders in it, or a reminder that is in no message (yet). A
message has a plain number; a reminder that waits by itself has an r before its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import PlainSerializer
from sqlalchemy import ColumnElement
from sqlmodel import col, or_

from db import tables as t
from db.store import Reading
from governance.dates import say_date
from governance.directory import Directory
from governance.errors import DulyError
from governance.words import Kind, label
from messages.history import rule_words
from scheduler.model import RowView
from scheduler.notices import FROM_DULY
from scheduler.views import of_ledger, recommendations

STATES = ("planned", "gathered", "claimed", "held", "failed", "skipped", "sent")
OVER = frozenset({"skipped", "sent"})
"""What nothing more will come of: shown for `RECENT` days."""
RECENT = timedelta(days=7)
NAMED = 3
"""How many recommendations an entry names before it counts the rest."""
Moment = Annotated[datetime, PlainSerializer(lambda at: at.isoformat(timespec="seconds"))]
"""In JSON with seconds and the zone's offset: "2023-01-03T09:00:00+00:00"."""
KINDS = {"digest": "digest", "channel": "post", "notice": "notice"}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. Moments are aware, in the organisation's zone."""

    number: str
    """"12" for a message, "r57" for a reminder that is in none."""
    state: str
    due: Moment
    what: str
    to: str
    """Person key, or a channel with its #."""
    person: str | None
    attempts: int
    reason: str | None
    next_attempt: Moment | None
    sent: Moment | None
    repeat: bool
    """It may have reached its reader twice."""
    reminders: tuple[RowView, ...]

    @property
    def troubled(self) -> bool:
        """Whether it failed, or did so far, or waits for something to be put right."""
        return self.state in ("failed", "held") or (self.attempts > 0 and self.state not in OVER)


@dataclass(frozen=True)
class Entries:
    """The entries asked for, and how many earlier ones were left out."""

    entries: tuple[Entry, ...]
    left_out: int


def entries(
    reading: Reading,
    *,
    states: Collection[str] = (),
    to: str | None = None,
    failed: bool = False,
    limit: int = 0,
) -> Entries:
    """The ledger by when each was due, the newest last; with `failed` only what is in trouble,
    the failed first.

    `states` are some of STATES; without them what is over is shown for a week. `to` is a person
    (key or name) or a channel. Of more than `limit` (0: no limit) the earliest are left out, or
    with `failed` the last. Raises DulyError where `to` is nobody.
    """
    destination = recipient_called(reading.directory, to) if to is not None else None
    messages = _messages(reading, states, destination)
    inside = _inside(reading, messages)
    alone = _alone(reading, states, destination)
    about = recommendations(
        reading,
        {
            id
            for row in (*alone, *(r for rows in inside.values() for r in rows))
            for id in _ids(row)
        },
    )
    found = [_of_message(reading, m, inside[m.id], about) for m in messages]
    found += [_of_reminder(reading, row, about) for row in alone]
    if failed:
        found = [entry for entry in found if entry.troubled]
        order = ("failed", "claimed", "gathered", "held", "planned")
        found.sort(key=lambda e: (order.index(e.state), e.due, e.number))
        shown = found[:limit] if limit else found
    else:
        found.sort(key=lambda e: (e.due, e.number))
        shown = found[-limit:] if limit else found
    return Entries(tuple(shown), len(found) - len(shown))


def recipient_called(directory: Directory, said: str) -> str:
    """The person key, or the channel with its #, that somebody typed. Raises DulyError."""
    wanted = said.strip().casefold()
    if wanted.startswith("#"):
        return f"#{wanted.lstrip('#')}"
    for key, person in directory.people.items():
        if wanted.lstrip("@") in (key.casefold(), person.name.casefold()):
            return key
    held = {h.person for post in directory.posts.values() for h in post.tenures}
    if wanted.lstrip("@") in held:
        return wanted.lstrip("@")
    raise DulyError(
        f"Nobody here is called {said}; give a person's key or name, or a channel with its #."
    )


def _messages(
    reading: Reading, states: Collection[str], destination: str | None
) -> list[t.Message]:
    asked = reading.select(t.Message).where(
        _wanted(t.Message, states, col(t.Message.gathered_at), reading.now)
    )
    found = reading.all(asked.order_by(col(t.Message.id)))
    return [m for m in found if destination in (None, m.destination.casefold(), m.destination)]


def _alone(reading: Reading, states: Collection[str], destination: str | None) -> list[t.Reminder]:
    """Reminders in no message."""
    asked = reading.select(t.Reminder).where(
        col(t.Reminder.message_id).is_(None),
        _wanted(t.Reminder, states, col(t.Reminder.at), reading.now),
    )
    found = reading.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id)))
    return [r for r in found if destination in (None, r.recipient.casefold(), r.recipient)]


def _wanted(
    table: type[t.Message] | type[t.Reminder], states: Collection[str], moment: Any, now: datetime
) -> ColumnElement[bool]:
    state = col(table.state)
    if states:
        return state.in_(states)
    return or_(state.not_in(OVER), moment >= now - RECENT)


def _inside(reading: Reading, messages: Sequence[t.Message]) -> dict[int | None, list[t.Reminder]]:
    found: dict[int | None, list[t.Reminder]] = defaultdict(list)
    ids = [m.id for m in messages if m.id is not None]
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        asked = reading.select(t.Reminder).where(col(t.Reminder.message_id).in_(part))
        for row in reading.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id))):
            found[row.message_id].append(row)
    return found


def _of_message(
    reading: Reading,
    message: t.Message,
    rows: Sequence[t.Reminder],
    about: dict[int, t.Recommendation],
) -> Entry:
    zone = reading.directory.zone
    return Entry(
        number=str(message.id),
        state=message.state,
        due=min((r.at for r in rows), default=message.gathered_at).astimezone(zone),
        what=_what(message.kind, message.key, message.day, rows, about, reading.directory),
        to=message.destination,
        person=message.person,
        attempts=message.attempts,
        reason=message.reason,
        next_attempt=message.next_attempt_at.astimezone(zone) if message.next_attempt_at else None,
        sent=message.sent_at.astimezone(zone) if message.sent_at else None,
        repeat=message.repeat,
        reminders=tuple(of_ledger(rows, about, zone)),
    )


def _of_reminder(reading: Reading, row: t.Reminder, about: dict[int, t.Recommendation]) -> Entry:
    zone = reading.directory.zone
    return Entry(
        number=f"r{row.id}",
        state=row.state,
        due=row.at.astimezone(zone),
        what=_listed([row], about, reading.directory),
        to=row.recipient,
        person=row.person,
        attempts=0,
        reason=row.reason,
        next_attempt=None,
        sent=None,
        repeat=False,
        reminders=tuple(of_ledger([row], about, zone)),
    )


def _what(
    kind: str,
    key: str,
    day: date,
    rows: Sequence[t.Reminder],
    about: dict[int, t.Recommendation],
    directory: Directory,
) -> str:
    """ "digest of 3 April 2023: 2 deadline (#24087, #24133), overdue (#24090)"."""
    if FROM_DULY in key:
        return "notice of Duly's own"
    head = f"{KINDS.get(kind, kind)} of {say_date(day)}"
    return f"{head}: {_listed(rows, about, directory)}" if rows else head


def _listed(
    rows: Sequence[t.Reminder], about: dict[int, t.Recommendation], directory: Directory
) -> str:
    """Reminders by rule, with what each is about."""
    named: dict[str, list[str]] = defaultdict(list)
    counts: Counter[str] = Counter(row.rule for row in rows)
    for row in rows:
        named[row.rule] += _named(row, about, directory)
    told = []
    for rule, count in counts.items():
        words = rule_words(rule) if count == 1 else f"{count} {rule_words(rule)}"
        which = list(dict.fromkeys(named[rule]))
        more = f" and {len(which) - NAMED} more" if len(which) > NAMED else ""
        told.append(f"{words} ({', '.join(which[:NAMED])}{more})" if which else words)
    return ", ".join(told)


def _named(row: t.Reminder, about: dict[int, t.Recommendation], directory: Directory) -> list[str]:
    if row.board is not None:
        board = directory.boards.get(row.board)
        return [board.name if board is not None else row.board]
    found = [about[id] for id in _ids(row) if id in about]
    return [f"#{r.ref}" if r.ref else label(Kind(r.kind), r.number) for r in found]


def _ids(row: t.Reminder) -> Iterable[int]:
    return [row.recommendation_id] if row.recommendation_id is not None else row.items
