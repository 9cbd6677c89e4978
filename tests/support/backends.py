"""On which databases a test runs."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

SQLITE = pytest.mark.parametrize("backend", ["sqlite"])
"""For a test that is about a file."""
POSTGRES = pytest.mark.parametrize("backend", ["postgres"])
"""For a test that is about a server."""


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """Both, for a folder whose conftest takes this in."""
    named: str = request.param
    return named


def without_guards(connection: Connection) -> None:
    """In this transaction the history can be edited, as somebody at the database's prompt could."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for trigger in ("history_no_update", "history_no_delete"):
        connection.execute(text(f"DROP TRIGGER {trigger}"))
