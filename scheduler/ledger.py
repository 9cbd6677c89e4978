"""The ledger's rows: put in once under their unique key, and moved from state to state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Executable
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel, col, update

from db import tables as t
from db.composed import Composed
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
    alike = {
        "organisation": writing.key,
        "state": "planned",
        "late": False,
        "planned_at": writing.now,
        "detail": dict(detail or {}),
    }
    values = [_values(row, alike) for row in rows]
    return _REMEMBERED.each(writing.session, values)


def put_in(writing: Writing, table: type[SQLModel], values: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows where none of the same unique key is; gives how many were new."""
    connection = writing.session.connection()
    statement = _insert(table, connection.dialect)
    done = connection.execute(statement, values, execution_options={"preserve_rowcount": True})
    return done.rowcount


def _insert(table: type[SQLModel], dialect: Dialect) -> Executable:
    # Imported here: they take long, and most commands plan nothing.
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


_ALSO = (
    "organisation", "rule", "recipient", "recommendation_id", "report_id", "items", "state",
    "late", "planned_at", "detail",
)  # fmt: skip
_REMEMBERED = Composed(partial(_insert, t.Reminder), (*_SAME, *_ALSO))


def _values(row: Row, alike: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **vars(row),
        **alike,
        "recipient": row.recipient,
        "recommendation_id": row.recommendation,
        "report_id": row.report,
    }


def settle(
    writing: Writing,
    messages: Iterable[int],
    *,
    state: str,
    reason: str | None = None,
    only: Sequence[ColumnElement[bool]] = (),
    **also: Any,
) -> list[int]:
    """Move messages, and the reminders in them, to `state`; `also` are columns of the message.

    Those of which `only` does not hold stay as they are: somebody else has moved them meanwhile.
    Gives the ids of those moved.
    """
    connection = writing.session.connection()
    wanted = list(messages)
    told = {"reason": reason, **also}
    moved: list[int] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        done = connection.execute(
            update(t.Message)
            .where(col(t.Message.id).in_(part), *only)
            .values(state=state, **told)
            .returning(col(t.Message.id))
        )
        found = [id for (id,) in done if id is not None]
        connection.execute(
            update(t.Reminder)
            .where(col(t.Reminder.message_id).in_(found))
            .values(state="gathered" if state == "claimed" else state, reason=reason)
        )
        moved += found
    return moved
