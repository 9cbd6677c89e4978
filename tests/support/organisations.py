"""A second organisation in a store."""

from __future__ import annotations

from db import tables as t
from db.store import Actor, Store


def found_organisation(store: Store, key: str) -> Store:
    """An organisation with nothing in it yet; the store as it sees it."""
    with store.write(Actor("local", "test")) as writing:
        row = t.Organisation(key=key, name=key.title(), created_at=writing.clock.machine())
        writing.session.add(row)
        writing.session.flush()
        assert row.id is not None
        writing.add(
            t.Schedule(organisation=row.id, subject="organisation", planned_through=writing.now)
        )
    return store.of(key)
