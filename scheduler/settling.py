"""What became of the lines of a digest since it was sent, told from the history, once a change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from sqlmodel import and_, col, or_, select

from db import tables as t
from db.audit import history
from db.store import Reading, Writing
from governance.dates import say_date
from governance.directory import Directory
from governance.reminders.rules import ANSWERS, BY_RULE
from governance.subject import RECOMMENDATIONS, Subject
from governance.words import Rule
from messages.history import value_words
from scheduler.wording import line

FOR = timedelta(days=7)
"""So long after it was sent a digest is shown anew."""
SETTLED_THROUGH = "settled_through"
"""The mark with the number of the last change in the history that was looked at."""
SETTLING = ANSWERS
UNSETTLING = ("reopen", "undo")


def note_settled(writing: Writing, platforms: Sequence[str]) -> None:
    """Let the digests sent within 7 days through `platforms` say what was settled since.

    A digest whose lines changed has a new `revision`; delivery shows it. Reads nothing more
    where nothing changed since the last pass.
    """
    end = history.tip(writing.session, writing.key).seq
    through = int(writing.mark(SETTLED_THROUGH) or 0)
    if end == through:
        return
    writing.set_mark(SETTLED_THROUGH, str(end))
    changed = _changed(writing, through)
    if not changed or not platforms:
        return
    sent = writing.all(
        writing.select(t.Message).where(
            t.Message.kind == "digest",
            col(t.Message.platform).in_(platforms),
            or_(
                and_(t.Message.state == "sent", col(t.Message.sent_at) >= writing.now - FOR),
                # It may be there already, or may be posted yet: nothing looks at this change again.
                t.Message.state == "claimed",
            ),
        )
    )
    messages = {m.id: m for m in sent}
    rows = _lines(writing, messages, changed)
    told = _history(writing, {id for group in rows.values() for _, id in group})
    for key, listed in rows.items():
        message = messages[key]
        settled = dict(message.settled)
        for row, id in listed:
            words = became(told[id], message.seq, row, writing.directory)
            settled.pop(line(row, id), None)
            if words is not None:
                settled[line(row, id)] = words
        if settled != message.settled:
            message.settled = settled
            message.revision += 1
            if message.state == "sent":
                message.attempts, message.next_attempt_at = 0, None
            writing.session.add(message)
    writing.session.flush()


def became(
    changes: Sequence[t.History], after: int, row: t.Reminder, directory: Directory
) -> str | None:
    """What became of a recommendation by the changes numbered above `after`, oldest first.

    None while it is still wanted: nothing changed, or what did was taken back.
    """
    later = [c for c in changes if c.seq > after]
    undone = {c.undoes for c in later if c.undoes is not None}
    standing = [c for c in later if c.seq not in undone and c.undoes is None]
    reopened = max((c.seq for c in standing if c.action == "reopen"), default=0)
    said: dict[str, t.History] = {
        c.action: c
        for c in standing
        if c.action in BY_RULE[Rule(row.rule)].answered_by
        and not (c.action == "close" and c.seq < reopened)
    }
    for action in ("close", "assign", "extend", "update"):
        if (change := said.get(action)) is not None and (words := _words(change, directory)):
            who = directory.person_name(change.actor)
            return f"{words} ({who}, {say_date(change.at.astimezone(directory.zone).date())})"
    return None


def _words(change: t.History, directory: Directory) -> str | None:
    def now(field: str) -> str | None:
        if field not in change.changes:
            return None
        return value_words(field, change.changes[field][1], directory)

    match change.action:
        case "close":
            return f"closed: {now('closure')}"
        case "assign":
            return f"now with {now('owner')}" if "owner" in change.changes else None
        case "extend":
            return f"extended to {now('deadline')}" if "deadline" in change.changes else None
        case _:
            if "progress" not in change.changes:
                return "updated"
            done = change.changes["progress"][1] == "complete"
            return "claimed complete" if done else f"updated: {now('progress')}"


def _changed(reading: Reading, through: int) -> set[int]:
    """The recommendations that a change after `through` settled, or unsettled."""
    asked = select(t.History.subject).where(
        t.History.organisation == reading.key,
        t.History.seq > through,
        col(t.History.subject).startswith(RECOMMENDATIONS),
        col(t.History.action).in_((*SETTLING, *UNSETTLING)),
    )
    return {Subject(subject).number for subject in reading.session.exec(asked)}


def _lines(
    reading: Reading, messages: Mapping[int | None, t.Message], changed: set[int]
) -> dict[int | None, list[tuple[t.Reminder, int]]]:
    """Which lines of which messages are about something that changed."""
    found: dict[int | None, list[tuple[t.Reminder, int]]] = defaultdict(list)
    for part in _parts(sorted(id for id in messages if id is not None)):
        asked = reading.select(t.Reminder).where(col(t.Reminder.message_id).in_(part))
        for row in reading.all(asked):
            if not BY_RULE[Rule(row.rule)].answered_by:
                continue
            about = [row.recommendation_id] if row.recommendation_id else row.items
            found[row.message_id] += [(row, id) for id in about if id in changed]
    return {key: lines for key, lines in found.items() if lines}


def _history(reading: Reading, ids: Iterable[int]) -> dict[int, list[t.History]]:
    found: dict[int, list[t.History]] = defaultdict(list)
    for part in _parts(sorted(ids)):
        asked = reading.select(t.History).where(
            col(t.History.subject).in_([Subject.recommendation(id) for id in part])
        )
        for change in reading.all(asked.order_by(col(t.History.seq))):
            found[Subject(change.subject).number].append(change)
    return found


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
