"""The append-only, hash-chained history: every change, from first import to closure."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

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


def append(
    session: Session,
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
    """Add the next row of an organisation's chain, inside the caller's transaction."""
    last = session.exec(
        select(History.seq, History.hash)
        .where(History.organisation == organisation)
        .order_by(col(History.seq).desc())
        .limit(1)
    ).first()
    row = History(
        organisation=organisation,
        seq=last[0] + 1 if last else 1,
        at=at,
        recorded_at=recorded_at,
        actor=actor,
        face=face,
        action=action,
        subject=subject,
        changes={k: [plain(before), plain(after)] for k, (before, after) in changes.items()},
        note=note,
        undoes=undoes,
        previous=last[1] if last else START,
        hash="",
    )
    row.hash = seal(row)
    session.add(row)
    session.flush()
    return row


def seal(row: History) -> str:
    """The hash of one row over its predecessor's and everything it says (SHA-256, hex)."""
    said = {
        name: plain(getattr(row, name))
        for name in (
            "seq", "at", "recorded_at", "actor", "face", "action", "subject", "changes",
            "note", "undoes", "previous",
        )  # fmt: skip
    }
    told = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
