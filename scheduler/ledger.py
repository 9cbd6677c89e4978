"""The ledger's rows: put in once under their unique key, and moved from state to state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, update

from db import tables as t
from db.store import Writing


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
