"""Whether the history is as it was written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, func, select

from db import history
from db.store import Reading
from db.tables import History


@dataclass(frozen=True)
class Audit:
    """`changes` rows in the chain, `head` the hash of the latest, and what is wrong, if anything.

    A chain cut short at its end is seen only by comparing `head` with one written down earlier.
    """

    changes: int
    head: str
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def audit(reading: Reading) -> Audit:
    """Verify the organisation's chain."""
    own = History.organisation == reading.key
    session = reading.session
    changes = session.exec(select(func.count()).select_from(History).where(own)).one()
    last = select(History.hash).where(own).order_by(col(History.seq).desc()).limit(1)
    return Audit(
        changes=changes,
        head=session.exec(last).first() or history.START,
        problems=tuple(history.verify(session, reading.key)),
    )
