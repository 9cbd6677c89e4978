"""The commands run on SQLite and on Postgres."""

from __future__ import annotations

from tests.support.backends import backend

__all__ = ["backend"]
