"""What can go wrong between a reminder and its reader."""

from __future__ import annotations

from governance.errors import DulyError


class NotDelivered(DulyError):
    """A face could not deliver; the message stays in the ledger and is tried again."""
