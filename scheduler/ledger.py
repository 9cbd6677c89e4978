"""The ledger's rows: put in once under their unique key, and moved from state to state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlmodel import col, update

from db import tables as t
from db.store import Writing
from governance.reminders import Row

_SAME = tuple(
    f.name for f in fields(Row) if f.name not in ("rule", "recommendation", "report", "items")
)
"""What a row says in a column of the same name."""


def remember(
    writing: Writing, rows: Iterable[Row], detail: Mapping[str, str | None] | None = None
) -> int:
    """Put rows into the ledger; one that is there already stays as it is.

    Gives how many were new. One statement for all of them: a year has thousands.
    """
    values = [_values(writing, row, detail or {}) for row in rows]
    if not values:
        return 0
    connection = writing.session.connection()
    # Imported here: they take long, and most commands plan nothing.
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(t.Reminder).on_conflict_do_nothing()
    done = connection.execute(statement, values, execution_options={"preserve_rowcount": True})
    return done.rowcount


def _values(writing: Writing, row: Row, detail: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _SAME},
        "organisation": writing.key,
        "rule": row.rule.value,
        "recipient": row.recipient,
        "recommendation_id": row.recommendation,
        "report_id": row.report,
        "items": list(row.items),
        "state": "planned",
        "late": False,
        "planned_at": writing.now,
        "detail": dict(detail),
    }


def settle(
    writing: Writing,
    messages: Iterable[int],
    *,
    state: str,
    reason: str | None = None,
    **also: Any,
) -> None:
    """Move messages, and the reminders in them, to `state`; `also` are columns of the message."""
    connection = writing.session.connection()
    wanted = list(messages)
    told = {"reason": reason, **also}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        connection.execute(
            update(t.Message).where(col(t.Message.id).in_(part)).values(state=state, **told)
        )
        connection.execute(
            update(t.Reminder)
            .where(col(t.Reminder.message_id).in_(part))
            .values(state="gathered" if state == "claimed" else state, reason=reason)
        )
