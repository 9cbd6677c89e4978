"""Extensions of a deadline: requested, granted, withdrawn, and the deadline's version.

The history row of each act names the request in its changes, so that `undo` can set it back:
{"extension": [state and date before, state and date after], "extension_request": [None, id]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import col

from db import tables as t
from db.queries import history
from db.schedule import subject_of
from db.store import Reading, Writing

OPEN, GRANTED, WITHDRAWN = "open", "granted", "withdrawn"
_DEADLINE = ("deadline", "deadline_version", "deadline_set_at")


def open_request(reading: Reading, row: t.Recommendation) -> t.ExtensionRequest | None:
    """The request that still waits for an answer, the latest if there were several."""
    statement = reading.select(t.ExtensionRequest).where(
        t.ExtensionRequest.recommendation_id == row.id, t.ExtensionRequest.state == OPEN
    )
    return reading.first(statement.order_by(col(t.ExtensionRequest.id).desc()))


def next_version(reading: Reading, row: t.Recommendation) -> int:
    """The next deadline version, one that this recommendation never had, undone ones included.

    A reminder's key holds the version: using one again would silence the second series.
    """
    rows = reading.all(reading.select(t.History).where(t.History.subject == subject_of(row)))
    used: list[int] = [
        v for h in rows for v in h.changes.get("deadline_version", ()) if v is not None
    ]
    return max([row.deadline_version, *used]) + 1


def ask(
    writing: Writing,
    row: t.Recommendation,
    to: date,
    reason: str,
    *,
    together: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Record an owner's request; the deadline stands. An earlier open request is replaced."""
    assert row.id is not None
    before = open_request(writing, row)
    if before is not None:
        _decide(writing, before, WITHDRAWN)
    request = writing.add(
        t.ExtensionRequest(
            organisation=writing.key,
            recommendation_id=row.id,
            to=to,
            reason=reason,
            asked_by=writing.actor.person,
            asked_at=writing.now,
        )
    )
    writing.change(
        row,
        "ask extension",
        {},
        note=reason,
        replan=False,
        extra={
            **(together or {}),
            "extension": (_words(before, "asked for"), f"asked for {to.isoformat()}"),
            "extension_request": (before.id if before else None, request.id),
        },
    )


def grant(
    writing: Writing,
    row: t.Recommendation,
    to: date,
    reason: str,
    *,
    together: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Move the current deadline; the original stays, and the slip is counted.

    An open request for this date is granted, one for another date withdrawn.
    """
    request = open_request(writing, row)
    extra: dict[str, tuple[Any, Any]] = dict(together or {})
    if request is not None:
        state = GRANTED if request.to == to else WITHDRAWN
        _decide(writing, request, state)
        extra["extension"] = (_words(request, "asked for"), f"{state} {to.isoformat()}")
        extra["extension_request"] = (request.id, None)
    writing.change(
        row,
        "extend",
        {
            "deadline": to,
            "deadline_version": next_version(writing, row),
            "deadline_set_at": writing.now,
            "slips": row.slips + 1,
        },
        note=reason,
        extra=extra,
    )


def take_back(writing: Writing, change: t.History) -> None:
    """Undo what a history row did to requests: the former one is open again, the new one not.

    For `undo`, beside setting the recommendation's own fields back.
    """
    before, after = change.changes.get("extension_request", (None, None))
    for id, state in ((after, WITHDRAWN), (before, OPEN)):
        if id is not None:
            request = writing.find(t.ExtensionRequest, id)
            if request is not None:
                _decide(writing, request, state)


def deadline_before(writing: Writing, row: t.Recommendation, change: t.History) -> dict[str, Any]:
    """The deadline's columns that undoing an extension leaves, where the original was corrected
    since: a superseded date does not come back. Empty where it was not.

    What an extension before this one granted holds where it is later.
    """
    later = history.standing(history.of_subject(writing, change.subject, after=change.seq))
    corrections = [each for each in later if is_correction(each)]
    if not corrections or row.original_deadline is None:
        return {}
    deadline = row.original_deadline
    before, slips = change.changes["deadline"][0], change.changes["slips"][0]
    if slips and before is not None:
        deadline = max(deadline, date.fromisoformat(before))
        if deadline.isoformat() == before:
            return {}
    if deadline == row.deadline:
        return {name: getattr(row, name) for name in _DEADLINE}
    return {
        "deadline": deadline,
        "deadline_version": next_version(writing, row),
        "deadline_set_at": corrections[-1].at,
    }


def is_correction(change: t.History) -> bool:
    """True for an import that stated another original deadline than was known."""
    return change.action == "import" and "original_deadline" in change.changes


def _decide(writing: Writing, request: t.ExtensionRequest, state: str) -> None:
    request.state = state
    request.decided_by = None if state == OPEN else writing.actor.person
    request.decided_at = None if state == OPEN else writing.now
    writing.session.add(request)
    writing.session.flush()


def _words(request: t.ExtensionRequest | None, verb: str) -> str | None:
    return f"{verb} {request.to.isoformat()}" if request else None
