"""Every test of this folder that has a store runs on SQLite and on Postgres."""

from tests.support.backends import backend

__all__ = ["backend"]
