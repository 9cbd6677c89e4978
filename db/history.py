"""The append-only, hash-chained history: every change, from first import to closure."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from db.tables import History

START = "0" * 64
"""What the first row of a chain names as its predecessor."""


def plain(value: Any) -> Any:
    """A value as JSON keeps it: moments in UTC ISO form, dates ISO."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value


class Tip(NamedTuple):
    """The end of an organisation's chain."""

    seq: int
    hash: str


def tip(session: Session, organisation: int) -> Tip:
    """Where the chain ends now."""
    last = session.exec(
        select(History.seq, History.hash)
        .where(History.organisation == organisation)
        .order_by(col(History.seq).desc())
        .limit(1)
    ).first()
    return Tip(*last) if last else Tip(0, START)


def append(
    session: Session,
    after: Tip,
    *,
    organisation: int,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    face: str,
    action: str,
    subject: str,
    changes: dict[str, tuple[Any, Any]],
    note: str,
    undoes: int | None,
) -> History:
    """Add the row that follows `after` to an organisation's chain, in the caller's transaction."""
    row = History(
        organisation=organisation,
        seq=after.seq + 1,
        at=at,
        recorded_at=recorded_at,
        actor=actor,
        face=face,
        action=action,
        subject=subject,
        changes={k: [plain(before), plain(now)] for k, (before, now) in changes.items()},
        note=note,
        undoes=undoes,
        previous=after.hash,
        hash="",
    )
    row.hash = seal(row)
    session.add(row)
    return row


def verify(session: Session, organisation: int) -> list[str]:
    """What is wrong with an organisation's chain, in sentences; empty when nothing is.

    Notices a row that was edited, removed from the middle, or put in.
    """
    wrong = []
    previous, expected = START, 1
    rows = select(History).where(History.organisation == organisation).order_by(col(History.seq))
    for row in session.exec(rows.execution_options(yield_per=500)):
        if row.seq != expected:
            wrong.append(f"Before change {row.seq}, {row.seq - expected} missing.")
        elif row.previous != previous:
            wrong.append(f"Change {row.seq} does not follow the one before it.")
        if seal(row) != row.hash:
            wrong.append(f"Change {row.seq} was edited after it was written.")
        previous, expected = row.hash, row.seq + 1
    return wrong


def seal(row: History) -> str:
    """The hash of one row over its predecessor's and everything it says (SHA-256, hex)."""
    said = {
        name: plain(getattr(row, name))
        for name in (
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
    }
    told = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
