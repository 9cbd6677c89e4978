"""Choice of the act that an undo reverses: one's last, one's last about something, or a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import takewhile

from db.importing.deadlines import SETTLED
from db.mapping import recommendation_state
from db.queries import history
from db.store import Writing
from db.tables import History, Recommendation, Report
from governance.errors import DulyError
from governance.rights import Right, check
from governance.subject import Subject, SubjectKind
from messages.history import ACTIONS
from messages.naming import name_of

UNDO_FOR = timedelta(minutes=15)

_NO_HAND = ("undo", "import", "apply")
"""Actions that are no change by hand, though a person may have started them."""

RIGHTS: Mapping[str, Right | None] = {
    "update": Right.UPDATE,
    "assign": Right.ASSIGN,
    "ask extension": Right.ASK_EXTENSION,
    "extend": Right.EXTEND,
    "close": Right.CLOSE,
    "reopen": Right.REOPEN,
    "position": Right.POSITION,
    "published": Right.REPORTS,
    "answered": Right.REPORTS,
    "meeting": Right.MEETINGS,
    "away": None,
    "back": None,
    "snooze": None,
}
"""The right that an action needs, and its undoing too; None where it is about oneself alone.
No other action can be undone."""


class NothingToUndo(DulyError):
    """There is no own change young enough, or it cannot be undone any more."""


def last_act(writing: Writing) -> list[History]:
    """The history rows of the actor's last act, the oldest first."""
    changes = _own(writing)
    if not changes:
        raise NothingToUndo("You changed nothing in the last 15 minutes that could be undone.")
    return _act(writing, changes, changes[0])


def last_act_about(writing: Writing, rows: Sequence[Recommendation]) -> list[History]:
    """The history rows of the actor's last act about these recommendations, the oldest first.

    Raises NothingToUndo where there is none, or where they were not all changed by one act.
    """
    changes = _own(writing)
    subjects = {Subject.recommendation(row.id) for row in rows if row.id is not None}
    last = next((change for change in changes if change.subject in subjects), None)
    if last is None and changes:
        raise NothingToUndo(
            f"Your last change was of {_about(writing, changes[0])}; to take that back, say `undo`."
        )
    if last is None:
        names = ", ".join(name_of(writing, row) for row in rows)
        raise NothingToUndo(f"You changed nothing of {names} in the last 15 minutes.")
    act = _act(writing, changes, last)
    if not subjects <= {change.subject for change in act}:
        raise NothingToUndo("They were not changed at once; say `undo` and the reference of one.")
    return act


def act_numbered(writing: Writing, seq: int) -> list[History]:
    """The history rows of the actor's act that the change with this number is of."""
    change = history.numbered(writing, seq)
    if change is None or change.action in _NO_HAND:
        raise NothingToUndo(f"There is no change {seq} that could be undone.")
    if change.actor != writing.actor.person:
        who = writing.directory.person_name(change.actor)
        raise NothingToUndo(f"{who} made that change, so only they can take it back.")
    if seq in history.taken_back(writing):
        raise NothingToUndo("That change was taken back already.")
    if change.at < writing.now - UNDO_FOR:
        raise NothingToUndo(
            "That change is more than 15 minutes old, so it stands; say what is right now instead."
        )
    return _act(writing, _own(writing), change)


def latest_of_transaction(writing: Writing) -> int | None:
    """The number of the latest change made in this transaction that an undo can name."""
    if writing.first_change is None:
        return None
    rows = history.after(writing, writing.first_change - 1)
    return max((row.seq for row in rows if row.action in RIGHTS), default=None)


def check_right(
    writing: Writing, person: str | None, change: History, row: Recommendation | Report | None
) -> None:
    """Raises NotAllowed where `person` may not do now what `change` did, and so not undo it.

    `row` is the one that it changed, None for a change of the directory. Raises NothingToUndo
    for an action that has no undoing.
    """
    if change.action not in RIGHTS:
        raise NothingToUndo(
            f"Your last change ({ACTIONS.get(change.action, change.action)}) cannot be undone "
            "here; say the opposite instead."
        )
    right = RIGHTS[change.action]
    if right is None:
        return
    if right is Right.EXTEND and change.changes.get("slips", (0, 1))[0]:
        right = Right.EXTEND_AGAIN
    subject = Subject(change.subject)
    board = subject.id if subject.kind == SubjectKind.BOARD else None
    state = recommendation_state(row) if isinstance(row, Recommendation) else None
    check(writing.directory, person, writing.today, right, state, board)


def _own(writing: Writing) -> list[History]:
    """The actor's changes by hand of the last 15 minutes that stand, the latest first."""
    changes = history.by_actor(writing, writing.actor.person, writing.now - UNDO_FOR)
    undone = history.taken_back(writing)
    return [c for c in changes if c.action not in _NO_HAND and c.seq not in undone]


def _act(writing: Writing, changes: Sequence[History], change: History) -> list[History]:
    """All of `changes` that were made at once with `change`, the oldest first.

    The same words said twice at one moment are two acts: of each subject the row counts that is
    nearest before the change, else nearest behind it.
    """
    subjects = set(map(Subject.recommendation, change.changes.get("together", [None, []])[1]))
    nearest = sorted(changes, key=lambda row: (row.seq > change.seq, abs(row.seq - change.seq)))
    by_subject = {change.subject: change}
    for row in nearest:
        if row.subject in subjects and _same_act(row, change):
            by_subject.setdefault(row.subject, row)
    act = sorted(by_subject.values(), key=lambda row: row.seq)
    return act + _dated_by(writing, change)


def _same_act(one: History, other: History) -> bool:
    """Several were changed at once: by the same action, at the same time, with the same list."""
    return (one.action, one.at, one.changes.get("together")) == (
        other.action,
        other.at,
        other.changes.get("together"),
    )


def _dated_by(writing: Writing, change: History) -> list[History]:
    """The deadlines that a report's publication dated, right behind it in the history."""
    if change.action != "published":
        return []
    later = history.after(writing, change.seq)
    return list(takewhile(lambda row: row.action == "import" and row.note == SETTLED, later))


def _about(writing: Writing, change: History) -> str:
    """The name of what a change was about: "#24087", "the report “Vetting”"."""
    subject = Subject(change.subject)
    if subject.kind == SubjectKind.RECOMMENDATION:
        row = writing.find(Recommendation, subject.number)
        return name_of(writing, row) if row is not None else "what is no longer here"
    if subject.kind == SubjectKind.REPORT:
        report = writing.find(Report, subject.number)
        return f"the report “{report.title}”" if report else "what is no longer here"
    if subject.kind == SubjectKind.BOARD:
        board = writing.directory.boards.get(subject.id)
        return f"a meeting of {board.name if board else subject.id}"
    if subject.kind == SubjectKind.PERSON:
        return "your absence"
    return ACTIONS.get(change.action, change.action)
