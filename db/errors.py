"""Errors of the store, with the sentences that its user reads."""

from __future__ import annotations

from governance.errors import DulyError


class StoreBusy(DulyError):
    """A lock was not had in time, since another writer holds the store; nothing was saved."""

    def __init__(self) -> None:
        super().__init__("Not saved, the store is busy. Please try again in a moment.")


class StatementTimeout(DulyError):
    """A statement took longer than `Backend.time_limit` allowed."""

    def __init__(self) -> None:
        super().__init__("The store took too long over this; nothing was changed.")


class StoreUnusable(DulyError):
    """The store cannot be opened, is newer than this Duly, or is not a Duly store.

    Its sentence names the file, or the server, which is nobody's business beyond this machine.
    """

    @property
    def public(self) -> str:
        return "The store cannot be used; the log says why."


class HistorySealed(DulyError):
    """The history cannot be written to with this audit key, or without one; nothing was saved."""


class StoreAway(StoreUnusable):
    """The store's server does not answer just now; the next attempt may find it."""
