"""What can go wrong between a reminder and its reader."""

from __future__ import annotations

from governance.errors import DulyError


class NotDelivered(DulyError):
    """A face could not deliver; the message stays in the ledger and is tried again.

    `retry_after` is how many seconds the platform asks to wait, where it said so. `for_good`:
    trying again would not help. `uncertain`: the platform may have taken it all the same, so it
    is looked for before it is posted again.
    """

    def __init__(
        self,
        sentence: str,
        *,
        retry_after: float | None = None,
        for_good: bool = False,
        uncertain: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.for_good = for_good
        self.uncertain = uncertain
