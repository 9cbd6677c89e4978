"""Cache of stores that many tests begin with: filled once, and copied from then on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

from db.store import Store

_kept: dict[object, sqlite3.Connection] = {}


def kept(build: Callable[..., None]) -> Callable[..., None]:
    """`build(store, …)` on a fresh store, which the same call at the same moment then copies."""

    @wraps(build)
    def built(store: Store, *args: Any, **more: Any) -> None:
        store.prepare()
        what = (build, store.clock.now(), args, tuple(sorted(more.items())))
        if store.url.get_backend_name() == "postgresql":
            from tests.support.postgres import sharing

            shared = sharing(store.backend)
            fresh = shared.is_fresh()
            if not (fresh and shared.bring(what)):
                build(store, *args, **more)
                if fresh:
                    shared.keep(what)
            return
        place = sqlite3.connect(store.url.database or "")
        if not _is_fresh(place):
            build(store, *args, **more)
        elif what in _kept:
            _kept[what].backup(place)
        else:
            build(store, *args, **more)
            _kept[what] = sqlite3.connect(":memory:", check_same_thread=False)
            place.backup(_kept[what])
        place.close()

    return built


def _is_fresh(place: sqlite3.Connection) -> bool:
    """True of a store that holds nothing but what each is founded with."""
    one = "SELECT (SELECT count(*) FROM organisation) + (SELECT count(*) FROM person)"
    return bool(place.execute(one).fetchone()[0] == 2)
