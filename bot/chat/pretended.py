"""Keep a store whose time is pretended, or whose force is invented, away from real people."""

from __future__ import annotations

from db.store import Store
from governance.errors import BadConfiguration


def refuse_pretended(store: Store, platform: str) -> None:
    """Raises BadConfiguration where `platform`, one beyond this machine, must not hear from it."""
    with store.read() as reading:
        kind = reading.mark("kind")
    if kind is not None or store.clock.pretended:
        raise BadConfiguration(
            f"This is a {kind or 'pretended'} store, which {platform} must not hear from: import "
            "the records into a new store, named by --db or DULY_DATABASE_URL."
        )
