"""What a call to Teams that was not done tells."""

from __future__ import annotations

from governance.errors import DulyError


class CallFailed(DulyError):
    """Teams did not do it. `status` is its answer's, 0 where there was none."""

    def __init__(
        self,
        why: str,
        *,
        status: int = 0,
        code: str = "",
        retry_after: float | None = None,
        perhaps_done: bool = False,
    ) -> None:
        super().__init__(why)
        self.status = status
        self.code = code
        """Teams' own word for it: "ConversationNotFound"."""
        self.retry_after = retry_after
        """Seconds it asks to wait."""
        self.perhaps_done = perhaps_done
        """It may have been done all the same."""
