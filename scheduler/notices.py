"""Notices: what somebody is told at once, outside the table of reminders."""

from __future__ import annotations

from db import tables as t
from db.schedule import subject_of
from db.store import Writing
from governance.reminders import Row
from governance.reminders.recipients import recipient
from governance.words import Rule
from scheduler.planner import remember


def assigned(writing: Writing, recommendation: t.Recommendation, old: str | None, new: str) -> None:
    """Tell the old and the new owner (post keys), each directly, that one changed hands.

    Called in the assignment's own transaction; the next tick delivers. Nobody is told of what
    they did to themselves twice: where both posts are one person's, the new one is told.
    """
    directory = writing.directory
    board = directory.board_of(recommendation.board)
    told: set[str] = set()
    for post, side in ((new, "new"), (old, "old")):
        if post is None or (side == "old" and old == new):
            continue
        to, person = recipient(directory, post, board, writing.today)
        if (person or to) in told:
            continue
        told.add(person or to)
        row = Row(
            at=writing.now,
            rule=Rule.ASSIGNED,
            subject=subject_of(recommendation),
            occurrence=writing.now.isoformat(),
            to=to,
            person=person,
            why=f"Assigned from {directory.post_title(old)} to {directory.post_title(new)}"
            if old
            else f"Assigned to {directory.post_title(new)}",
            recommendation=recommendation.id,
        )
        remember(writing, row, {"old": old, "new": new, "told": side})
