"""States of recommendations and reports: the values that the rules read, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from governance.words import Closure, Kind, Progress


@dataclass(frozen=True)
class RecommendationState:
    """The part of a recommendation that rules depend on. Moments are time-zone-aware."""

    id: int
    ref: str | None
    kind: Kind
    number: str
    report_id: int
    owner: str | None
    """Post key."""
    board: str | None
    """Board key; None means the default board."""
    progress: Progress
    closure: Closure | None
    deadline: date | None
    deadline_version: int
    deadline_set_at: datetime | None
    imported_at: datetime
    last_update_at: datetime | None
    """The latest progress update by a person; an import or an assignment is none."""

    @property
    def is_open(self) -> bool:
        return self.closure is None

    @property
    def wants_action(self) -> bool:
        """Open and not claimed complete: what deadline, overdue and board requests ask about."""
        return self.closure is None and self.progress is not Progress.COMPLETE

    @property
    def awaits_sign_off(self) -> bool:
        return self.closure is None and self.progress is Progress.COMPLETE


@dataclass(frozen=True)
class ReportState:
    """The part of a report that the statutory clock depends on."""

    id: int
    title: str
    force: str
    published: date | None
    published_set_at: datetime | None
    """The moment at which the publication date became known here."""
    answered: bool
    """A PCC response is held, or the report was marked answered."""
    imported_at: datetime
