"""Seals of the history's rows: a hash over the predecessor's seal and everything a row says.

Without a key a seal is a SHA-256 of that, which whoever can write to the table can compute too:
it shows a slip, not a forger. With DULY_AUDIT_KEY it is an HMAC-SHA256, and begins with `KEYED`;
so a row itself says which of the two it has.

A chain is keyed from its first row, or from a row that `duly audit seal` writes, once, over rows
that were written before the key was given; it never goes back. What an attacker without the key
can do is therefore noticed:

* a row without a key after one with it stands out, and so does a keyed row that was changed;
* rows before the first keyed one are held by its seal, which has their last seal in it;
* whoever deletes every keyed row, to forge the rest without the key, leaves a history without
  one: with the key given, `verify` calls that wrong and a write is refused, until somebody who
  has the key says `duly audit seal` again. Duly never does so by itself;
* rows before one that `duly audit rekey` wrote were sealed with a former key, which whoever has it
  could do anew; they are held by the digest of all of them that this row has under its own seal;
* rows cut off at the end are missed by the mark of where the history ends, which is sealed with
  the same key. Only a whole older state, mark and rows, put back together passes here; it is
  noticed by the head that every agenda prints (`duly audit verify --head`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from typing import Any

from db.tables import History

START = "0" * 64
"""The predecessor's seal in the first row of a chain."""
KEYED = "hmac-sha256:"
"""The beginning of a seal that was made with a key."""
SEALED_COLUMNS = (
    "seq",
    "at",
    "recorded_at",
    "actor",
    "face",
    "action",
    "subject",
    "changes",
    "note",
    "undoes",
    "previous",
)
"""The columns that a seal is over; with a key, the organisation as well."""


def plain(value: Any) -> Any:
    """A value as JSON keeps it: moments in UTC ISO form, dates ISO; the character 0, which
    Postgres cannot keep, as the one it keeps instead."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value


def seal(row: History, key: bytes | None = None, seq: int | None = None) -> str:
    """The seal of one row; `seq` in place of the row's own asks how it would be sealed there."""
    values = {name: plain(getattr(row, name)) for name in SEALED_COLUMNS}
    if seq is not None:
        values["seq"] = seq
    if key is not None:
        values["organisation"] = row.organisation
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return seal_text(text, key)


def seal_text(text: str, key: bytes | None) -> str:
    """A text's seal: SHA-256 in hex, or KEYED and its HMAC."""
    if key is None:
        return hashlib.sha256(text.encode()).hexdigest()
    return KEYED + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class RowsDigest:
    """A digest of a run of rows and of their seals, whatever key these were made with."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row: History) -> None:
        self._hash.update(f"{seal(row)} {row.hash}\n".encode())

    def hex(self) -> str:
        return self._hash.hexdigest()


def is_keyed(seal: str) -> bool:
    return seal.startswith(KEYED)


def same(one: str, other: str) -> bool:
    """Compares two seals in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
