"""The ledger's rows: put in once under their unique key, and moved from state to state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

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
