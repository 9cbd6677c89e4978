"""Opens the store that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.logs import log_to_file
from bot.pretended_clock import open_store
from bot.settings import load_settings
from db.store import Store


@contextmanager
def opened(db: str | None, at: datetime | None) -> Iterator[Store]:
    """The store at `db`, or the one the settings name, at the moment `at` or now.

    A naive `at` is in the organisation's zone.
    """
    settings = load_settings()
    log_to_file(settings.log)
    store = open_store(db or settings.database_url, at, settings.audit_bytes)
    try:
        yield store
    finally:
        store.close()
