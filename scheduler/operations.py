"""Operations: the ledger as an operator reads it, and the messages that are tried again.

An entry is a message with the reminders in it, or a reminder that is in no message (yet). A
message has a plain number; a reminder that waits by itself has an r before its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import PlainSerializer

from db import tables as t
from db.ledger import messages, reminders
from db.ledger.messages import OVER, settle
from db.queries.lookup import by_ids
from db.store import Reading, Writing
from governance.dates import say_date, say_moment
from governance.directory import Directory
from governance.errors import DulyError
from governance.subject import Subject
from governance.words import reference_or_label
from messages.history import rule_words
from scheduler.letters import LetterWriter
from scheduler.notices import FROM_DULY
from scheduler.recovery import may_be_forgotten
from scheduler.report import RowView, of_ledger

STATES = ("planned", "gathered", "claimed", "held", "failed", "skipped", "sent")
TROUBLED_FIRST = ("failed", "claimed", "gathered", "held", "planned")
RECENT = timedelta(days=7)
"""So long what is over is listed."""
NAMED = 3
"""Most recommendations that an entry names; the rest is counted."""
KINDS = {"digest": "digest", "channel": "post", "notice": "notice"}
RETRY = "retry"
"""The action in the history, whose subject is the message."""
IsoMoment = Annotated[datetime, PlainSerializer(lambda at: at.isoformat(timespec="seconds"))]
"""A moment that is printed with its zone's offset."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. Moments are aware, in the organisation's zone."""

    number: str
    """"12" for a message, "r57" for a reminder that is in none."""
    state: str
    due: IsoMoment
    what: str
    to: str
    """Person key, or a channel with its #."""
    person: str | None
    attempts: int
    reason: str | None
    next_attempt: IsoMoment | None
    sent: IsoMoment | None
    repeat: bool
    """It may have reached its reader twice."""
    reminders: tuple[RowView, ...]

    @property
    def troubled(self) -> bool:
        """True for one that failed, or did so far, or waits for something to be put right."""
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
    since = reading.now - RECENT
    shown_messages = [
        message
        for message in messages.listed(reading, states, since)
        if destination in (None, message.destination.casefold(), message.destination)
    ]
    alone = [
        row
        for row in reminders.without_message(reading, states, since)
        if destination in (None, row.recipient.casefold(), row.recipient)
    ]
    inside: dict[int | None, list[t.Reminder]] = defaultdict(list)
    for row in reminders.in_messages(reading, [m.id for m in shown_messages if m.id is not None]):
        inside[row.message_id].append(row)
    rows = [*alone, *(row for group in inside.values() for row in group)]
    about = by_ids(reading, {id for row in rows for id in reminders.named_in(row)})
    listed = [_message_entry(reading, m, inside[m.id], about) for m in shown_messages]
    listed += [_reminder_entry(reading, row, about) for row in alone]
    if failed:
        listed = [entry for entry in listed if entry.troubled]
        listed.sort(key=lambda e: (TROUBLED_FIRST.index(e.state), e.due, e.number))
        shown = listed[:limit] if limit else listed
    else:
        listed.sort(key=lambda e: (e.due, e.number))
        shown = listed[-limit:] if limit else listed
    return Entries(tuple(shown), len(listed) - len(shown))


def recipient_called(directory: Directory, text: str) -> str:
    """The person key, or the channel with its #, that somebody typed. Raises DulyError."""
    name = text.strip().casefold()
    if name.startswith("#"):
        return f"#{name.lstrip('#')}"
    for key, person in directory.people.items():
        if name.lstrip("@") in (key.casefold(), person.name.casefold()):
            return key
    held = {h.person for post in directory.posts.values() for h in post.tenures}
    if name.lstrip("@") in held:
        return name.lstrip("@")
    raise DulyError(
        f"Nobody here is called {text}; give a person's key or name, or a channel with its #."
    )


def _message_entry(
    reading: Reading,
    message: t.Message,
    rows: Sequence[t.Reminder],
    about: Mapping[int, t.Recommendation],
) -> Entry:
    zone = reading.directory.zone
    return Entry(
        number=str(message.id),
        state=message.state,
        due=min((r.at for r in rows), default=message.gathered_at).astimezone(zone),
        what=_summary(message, rows, about, reading.directory),
        to=message.destination,
        person=message.person,
        attempts=message.attempts,
        reason=message.reason,
        next_attempt=message.next_attempt_at.astimezone(zone) if message.next_attempt_at else None,
        sent=message.sent_at.astimezone(zone) if message.sent_at else None,
        repeat=message.repeat,
        reminders=tuple(of_ledger(rows, about, reading.directory)),
    )


def _reminder_entry(
    reading: Reading, row: t.Reminder, about: Mapping[int, t.Recommendation]
) -> Entry:
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
        reminders=tuple(of_ledger([row], about, reading.directory)),
    )


def _summary(
    message: t.Message,
    rows: Sequence[t.Reminder],
    about: Mapping[int, t.Recommendation],
    directory: Directory,
) -> str:
    """ "digest of 3 April 2023: 2 deadline (#24087, #24133), overdue (#24090)"."""
    if FROM_DULY in message.key:
        return "notice of Duly's own"
    head = f"{KINDS.get(message.kind, message.kind)} of {say_date(message.day)}"
    return f"{head}: {_listed(rows, about, directory)}" if rows else head


def _listed(
    rows: Sequence[t.Reminder], about: Mapping[int, t.Recommendation], directory: Directory
) -> str:
    """Reminders by rule, with the recommendations or boards that each is about."""
    names: dict[str, list[str]] = defaultdict(list)
    counts: Counter[str] = Counter(row.rule for row in rows)
    for row in rows:
        names[row.rule] += _names(row, about, directory)
    parts = []
    for rule, count in counts.items():
        words = rule_words(rule) if count == 1 else f"{count} {rule_words(rule)}"
        which = list(dict.fromkeys(names[rule]))
        more = f" and {len(which) - NAMED} more" if len(which) > NAMED else ""
        parts.append(f"{words} ({', '.join(which[:NAMED])}{more})" if which else words)
    return ", ".join(parts)


def _names(
    row: t.Reminder, about: Mapping[int, t.Recommendation], directory: Directory
) -> list[str]:
    if row.board is not None:
        board = directory.boards.get(row.board)
        return [board.name if board is not None else row.board]
    rows = [about[id] for id in reminders.named_in(row) if id in about]
    return [reference_or_label(r.ref, r.kind, r.number) for r in rows]


@dataclass(frozen=True)
class Retried:
    """The outcome of a retry of one entry. `ok` when it will be tried, or need not be."""

    number: str
    ok: bool
    text: str


def failed(writing: Writing) -> list[str]:
    """The numbers of all messages that failed."""
    rows = messages.listed(writing, ("failed",), writing.now)
    return [str(message.id) for message in rows]


def retry(writing: Writing, numbers: Sequence[str]) -> list[Retried]:
    """Put failed and held messages back, so that the next tick tries them again, at once.

    Each is told in the history. What nobody wants any more in the meantime (the meeting has
    begun, the recommendation was closed) is skipped instead, with that reason.
    """
    return [_retry(writing, number) for number in dict.fromkeys(n.lstrip("#") for n in numbers)]


def _retry(writing: Writing, number: str) -> Retried:
    if number[:1] in ("r", "R") and number[1:].isdecimal():
        return Retried(number, False, _alone(writing, int(number[1:])))
    message = None
    if number.isdecimal() and int(number) < 1 << 63:
        message = messages.by_id(writing, int(number))
    if message is None:
        return Retried(number, False, "no such message; duly ledger lists them.")
    zone = writing.directory.zone
    if message.state == "sent":
        when = f" on {say_moment(message.sent_at, zone)}" if message.sent_at else ""
        return Retried(number, False, f"was sent{when} already, and is not sent twice.")
    if message.state == "skipped":
        return Retried(number, False, f"was skipped, and stays so: {message.reason}.")
    if message.state not in ("failed", "held"):
        if message.next_attempt_at is None:
            return Retried(number, True, "is on its way already; the next tick tries it.")
        until = say_moment(message.next_attempt_at, zone)
        return Retried(number, True, f"is on its way already, and tried again {until}.")
    return _put_back(writing, number, message)


def _put_back(writing: Writing, number: str, message: t.Message) -> Retried:
    assert message.id is not None
    was, reason = message.state, message.reason
    needless = _skip_needless(writing, message)
    if needless is not None:
        state, text = "skipped", f"is not sent any more: {needless}."
    else:
        # What may have gone out before the store was restored is looked for before it is posted.
        state = "claimed" if may_be_forgotten(writing, message) else "gathered"
        text = "is tried again by the next tick."
    free: dict[str, Any] = {
        "claimed_by": None,
        "claimed_until": None,
        "next_attempt_at": None,
        "attempts": 0,
    }
    settle(writing, [message.id], state=state, reason=needless, **free)
    writing.note(
        RETRY,
        Subject.message(message.id),
        {"state": (was, "skipped" if needless is not None else "gathered")},
        note=reason or "",
    )
    writing.session.refresh(message)
    return Retried(number, needless is None, text)


def _skip_needless(writing: Writing, message: t.Message) -> str | None:
    """Take the reminders that are wanted no more out of a message; gives the reason where none is
    left."""
    if FROM_DULY in message.key:
        return None
    assert message.id is not None
    rows = reminders.in_messages(writing, [message.id])
    writer = LetterWriter(writing, rows)
    for row in rows:
        row.late = True
    reasons = [(row, reason) for row in rows if (reason := writer.unwanted(row)) is not None]
    if rows and len(reasons) == len(rows):
        return reasons[0][1]
    for row, reason in reasons:
        row.state, row.reason, row.message_id = "skipped", reason, None
        writing.session.add(row)
    writing.session.flush()
    return None


def _alone(writing: Writing, id: int) -> str:
    """The reason for which a reminder in no message cannot be tried again."""
    row = reminders.reminder(writing, id)
    if row is None:
        return "no such reminder; duly ledger lists them."
    if row.message_id is not None:
        return f"is in message {row.message_id}; say duly ledger retry {row.message_id}."
    if row.state == "skipped":
        return f"was skipped, and stays so: {row.reason}."
    why = f" ({row.reason})" if row.reason else ""
    return f"was not tried yet{why}; the tick sends it in its time."
