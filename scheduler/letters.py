"""Letters: a gathered message with its reminders, as a face delivers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import col

from db import tables as t
from db.store import Reading
from scheduler.model import Letter
from scheduler.wording import Words

MAYBE_TWICE = "This may have reached you already."


def letter(words: Words, message: t.Message, rows: Sequence[t.Reminder]) -> Letter:
    """A message that is just gathered, or a digest as it is now, from its rows."""
    digest = None
    text = message.text
    if message.kind == "digest" and rows:
        digest = words.digest(message.destination, rows, message.day, message.settled)
        if message.repeat:
            digest = replace(digest, opening=f"{MAYBE_TWICE} {digest.opening}")
        text = digest.text
    elif not text:
        text = words.text(message.kind, rows)
    elif message.repeat:
        text = f"{MAYBE_TWICE}\n\n{text}"
    pretended = words.reading.clock.pretended
    return Letter(
        key=message.key,
        destination=message.destination,
        person=message.person,
        kind=message.kind,
        day=message.day,
        text=text,
        digest=digest,
        repeat=message.repeat,
        since=None if pretended else message.gathered_at,
    )


def letters(reading: Reading, messages: Sequence[t.Message]) -> dict[int, Letter]:
    """The letters of messages that were gathered before, by the messages' ids."""
    rows: dict[int | None, list[t.Reminder]] = defaultdict(list)
    ids = [m.id for m in messages if m.kind == "digest"]
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        asked = reading.select(t.Reminder).where(col(t.Reminder.message_id).in_(part))
        for row in reading.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id))):
            rows[row.message_id].append(row)
    words = Words(reading, [row for group in rows.values() for row in group])
    return {m.id: letter(words, m, rows[m.id]) for m in messages if m.id is not None}
