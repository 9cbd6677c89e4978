"""Letters: a gathered message with its reminders, as a face delivers it."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import col

from db import tables as t
from db.store import Reading
from scheduler.model import Letter
from scheduler.queued import Queued
from scheduler.wording import Words

IDENTITY = 8
MAYBE_TWICE = "This may have reached you already."


def letter(words: Words, message: t.Message | Queued, rows: Sequence[t.Reminder]) -> Letter:
    """A message that is just gathered, or a digest as it is now, from its rows."""
    digest = None
    text = message.text
    if message.kind == "digest" and rows:
        digest = words.digest(message.destination, rows, message.day, message.settled)
        if message.repeat:
            digest = replace(digest, opening=f"{MAYBE_TWICE} {digest.opening}")
        text = digest.text
    else:
        text = text or words.text(message.kind, rows)
        if message.repeat and not text.startswith(MAYBE_TWICE):
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
        holds=tuple(sorted(identity(row) for row in rows)),
    )


def identity(row: t.Reminder) -> str:
    """A reminder's unique key in IDENTITY characters: what it is in any copy of the store, where
    its number, and the message it is gathered in, may be others."""
    said = "|".join((row.rule, row.subject, row.occurrence, row.recipient))
    return urlsafe_b64encode(hashlib.sha256(said.encode()).digest()[: IDENTITY * 3 // 4]).decode()


def letters(reading: Reading, messages: Sequence[t.Message | Queued]) -> dict[int, Letter]:
    """The letters of messages that were gathered before, by the messages' ids."""
    rows: dict[int | None, list[t.Reminder]] = defaultdict(list)
    ids = [m.id for m in messages]
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        asked = reading.select(t.Reminder).where(col(t.Reminder.message_id).in_(part))
        for row in reading.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id))):
            rows[row.message_id].append(row)
    digests = [m.id for m in messages if m.kind == "digest"]
    words = Words(reading, [row for id in digests for row in rows[id]])
    return {m.id: letter(words, m, rows[m.id]) for m in messages if m.id is not None}
