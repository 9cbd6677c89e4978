"""Gathering: planned reminders become messages, one digest a person and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from db import tables as t
from db.audit import history
from db.ledger import messages, reminders
from db.ledger.messages import settle
from db.ledger.schedules import is_behind
from db.store import Writing
from governance.calendar import working_calendar
from governance.reminders.relevance import LATE_AFTER
from governance.reminders.rules import BY_RULE, Medium
from governance.words import Rule
from scheduler.courier import Letter
from scheduler.letters import LetterWriter, letter
from scheduler.notices import FROM_DULY
from scheduler.readdress import NOBODY, Readdressed
from scheduler.reconcile import skip
from scheduler.recovery import MAYBE_SENT
from scheduler.snooze import OVERTAKEN, Snoozes, hold, overtaken, was_snoozed


@dataclass
class Gathered:
    """The messages that a pass gathered, with their letters, and the reminders it skipped."""

    messages: list[t.Message] = field(default_factory=list)
    letters: dict[int, Letter] = field(default_factory=dict)
    skipped: list[t.Reminder] = field(default_factory=list)


def gather(writing: Writing) -> Gathered:
    """Turn what is planned into messages.

    While something that is due cannot be planned, digests wait for it. Late rows (more than 10
    minutes after their moment) and those whose snooze is over wait for working hours; snoozed ones
    wait. A late board reminder whose meeting has begun, and one about something settled meanwhile,
    is skipped. Each goes to whoever stands in for its posts today; with nobody who holds a post it
    is held.
    """
    gathered = Gathered()
    waiting = [*reminders.planned(writing), *reminders.held_for(writing, NOBODY)]
    rows = [row for row in waiting if _may_go(writing, row)]
    if rows and is_behind(writing):
        rows = [row for row in rows if _kind(row) != Medium.DIGEST]
    if not rows:
        return gathered
    readdressed = Readdressed(writing, rows)
    gathered.skipped += readdressed.skipped
    rows = hold(writing, readdressed.going, Snoozes(writing))
    writer = LetterWriter(writing, rows)
    needless = {row.id for row in overtaken([row for row in rows if was_snoozed(row)])}
    ready: dict[tuple[str, str], list[t.Reminder]] = defaultdict(list)
    for row in rows:
        reason = OVERTAKEN if row.id in needless else writer.unwanted(row)
        if reason is not None:
            skip(row, reason, writing.now)
            gathered.skipped.append(row)
            continue
        kind = _kind(row)
        # A digest gathers what falls to one person that day; everything else goes by itself.
        apart = "" if kind == Medium.DIGEST else str(row.id)
        ready[(row.recipient, f"{kind}:{apart}")].append(row)
    _write(writing, writer, list(ready.values()), gathered)
    writing.session.flush()
    return gathered


def gather_anew(writing: Writing, messages: Sequence[t.Message]) -> list[t.Reminder]:
    """Let messages that were never posted be gathered once more, as late as they are now.

    Of the reminders that waited in them, those that a later one makes needless are skipped, and
    given. What Duly tells of itself has no reminders, and goes as it is; so does what may have
    gone out before, which says so.
    """
    kept = [m for m in messages if FROM_DULY in m.key or m.repeat]
    settle(writing, [m.id for m in kept if m.id is not None], state="gathered", attempts=0)
    anew = [m for m in messages if m not in kept]
    ids = [m.id for m in anew if m.id is not None]
    rows = reminders.in_messages(writing, ids)
    needless = overtaken(rows)
    for row in rows:
        row.state, row.reason, row.message_id = "planned", None, None
        writing.session.add(row)
    for row in needless:
        row.state, row.reason = "skipped", OVERTAKEN
    writing.session.flush()
    for message in anew:
        writing.session.delete(message)
    writing.session.flush()
    return needless


def is_late(row: t.Reminder, now: datetime) -> bool:
    return now - row.at > LATE_AFTER


def _may_go(writing: Writing, row: t.Reminder) -> bool:
    """True unless it is late and no working hour: only a notice is sent at any time."""
    late = is_late(row, writing.now)
    # What waited because its reader wished so is not late to them.
    row.late = late and not was_snoozed(row)
    directory = writing.directory
    if _kind(row) == Medium.NOTICE or not (late or _is_caught_up(row, directory.zone)):
        return True
    return working_calendar(directory.nation).in_hours(writing.now.astimezone(directory.zone))


def _is_caught_up(row: t.Reminder, zone: ZoneInfo) -> bool:
    """True for a reminder that falls since its meeting was moved, and not at its rule's hour."""
    line = BY_RULE[Rule(row.rule)]
    return line.catches_up and row.at.astimezone(zone).time() != line.at


def _kind(row: t.Reminder) -> str:
    """The kind of message that carries a reminder."""
    return BY_RULE[Rule(row.rule)].medium.value


def _write(
    writing: Writing, writer: LetterWriter, groups: Sequence[list[t.Reminder]], gathered: Gathered
) -> None:
    """One message a group, with the letter that goes out for it."""
    seq = history.tip(writing.session, writing.key).seq
    counted = _Counted(writing, writer.today)
    made: list[tuple[t.Message, Letter, list[t.Reminder]]] = []
    for group in groups:
        first = group[0]
        kind = _kind(first)
        message = t.Message(
            organisation=writing.key,
            key=counted.key(first.recipient, kind, first),
            destination=first.recipient,
            person=first.person,
            kind=kind,
            day=writer.today,
            text="",
            gathered_at=writing.now,
            seq=seq,
            repeat=any(MAYBE_SENT in row.detail for row in group),
        )
        written = letter(writer, message, group)
        message.text = written.text
        made.append((message, written, group))
    writing.session.add_all(message for message, _, _ in made)
    writing.session.flush()
    for message, written, group in made:
        assert message.id is not None
        gathered.messages.append(message)
        gathered.letters[message.id] = written
        for row in group:
            row.state, row.reason, row.message_id = "gathered", None, message.id


class _Counted:
    """Keys of messages, unique for good; a second digest on one day (late rows) is counted."""

    def __init__(self, writing: Writing, today: date) -> None:
        self._head = f"{writing.key}/"
        self._today = today
        self._taken = messages.digest_keys(writing, today)

    def key(self, recipient: str, kind: str, first: t.Reminder) -> str:
        head = f"{self._head}{recipient}/{kind}/"
        if kind != Medium.DIGEST:
            return f"{head}{first.id}"
        number = 1
        while (key := f"{head}{self._today}/{number}") in self._taken:
            number += 1
        self._taken.add(key)
        return key
