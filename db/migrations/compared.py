"""What of a store is compared with `db.tables`."""

from __future__ import annotations

from typing import Any


def of_the_tables(_: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave out the search index and its parts, which are no tables of `db.tables`."""
    extra = kind == "table" and reflected and other is None
    return not (extra and name is not None and name.startswith("search"))
