"""What waits in the ledger and is wanted no more: withdrawn before it is sent, with the reason.

A reminder waits when it fell due outside working hours, is snoozed, or a platform did not take
it. Meanwhile its recommendation may be updated, closed or claimed complete, its meeting moved or
cancelled. What is being posted, or may have arrived already, is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from db import tables as t
from db.audit import history
from db.mapping import recommendation_state
from db.reinstate import WITHDRAWN
from db.store import Writing
from governance.directory import Board
from governance.meetings import Meeting
from governance.reminders import Snapshot, moment_of, rows_at
from governance.reminders.rules import BOARD_RULES, DEADLINE_RULES
from governance.subject import RECOMMENDATIONS, Subject
from governance.words import Rule
from scheduler.ledger import remember
from scheduler.letters import letter
from scheduler.wording import Words

HANDED_ON = "somebody else owns it now"
LOOKED_THROUGH = "withdrawn_through"
"""The mark with the number of the last change in the history that was looked at."""


def skip(row: t.Reminder, reason: str, now: datetime) -> None:
    """A reminder that is not sent after all."""
    row.state, row.reason, row.message_id = "skipped", reason, None
    row.detail = {**row.detail, WITHDRAWN: now.isoformat()}


def withdraw(writing: Writing) -> list[t.Reminder]:
    """Withdraw what waits and is wanted no more; gives what is skipped.

    Reads nothing more where nothing changed since the last pass and no post of a board waits. A
    digest that loses some of its lines is written anew without them. A board's reminder whose
    meeting was moved so that it is not due yet leaves the ledger, and is planned for its new day.
    """
    end = history.tip(writing.session, writing.key).seq
    through = int(writing.mark(LOOKED_THROUGH) or 0)
    changed_since = end != through
    handed_on = _handed_on(writing, through) if changed_since else set()
    if changed_since:
        writing.set_mark(LOOKED_THROUGH, str(end))
    asked = writing.select(t.Message).where(t.Message.state == "gathered")
    # A meeting begins without anybody's doing, so its posts are looked at each time.
    messages = {m.id: m for m in writing.all(asked) if changed_since or m.kind == "channel"}
    rows = _in(writing, [id for id in messages if id is not None])
    if changed_since:
        rows += _planned(writing)
    if not rows:
        return []
    words = Words(writing, rows)
    skipped: list[t.Reminder] = []
    changed: dict[int | None, t.Message] = {}
    for row in rows:
        message = messages.get(row.message_id)
        if _not_due_yet(writing, words, row):
            _forget_parts(writing, row)
            writing.delete(row)
        elif (reason := words.unwanted(row)) is not None:
            skip(row, reason, writing.now)
            skipped.append(row)
        elif row.recommendation_id in handed_on and _follows(writing, row):
            skip(row, HANDED_ON, writing.now)
            skipped.append(row)
        elif parts := _settled_parts(writing, words, row):
            skipped += parts
        elif message is None or not _says_otherwise(writing, words, row, message):
            continue
        if message is not None:
            changed[message.id] = message
    writing.session.flush()
    _write_anew(writing, list(changed.values()), words)
    return skipped


def _handed_on(writing: Writing, through: int) -> set[int]:
    """The recommendations whose owner was changed after that change of the history."""
    asked = select(t.History.subject, t.History.changes).where(
        t.History.organisation == writing.key,
        t.History.seq > through,
        col(t.History.subject).startswith(RECOMMENDATIONS),
    )
    return {
        Subject(subject).number
        for subject, changes in writing.session.exec(asked)
        if "owner" in changes
    }


def _follows(writing: Writing, row: t.Reminder) -> bool:
    """Have a reminder about a deadline planned for whoever owns it now; gives whether that is
    somebody else than whom the row is for."""
    if row.rule not in DEADLINE_RULES or row.recommendation_id is None:
        return False
    state = recommendation_state(writing.recommendation(row.recommendation_id))
    moment = row.at.astimezone(writing.directory.zone)
    wanted = [
        one
        for one in rows_at(moment, Snapshot(writing.directory, state))
        if (one.rule.value, one.occurrence) == (row.rule, row.occurrence)
    ]
    if not wanted or row.recipient in {one.recipient for one in wanted}:
        return False
    remember(writing, wanted)
    # One that was withdrawn from its owner before is theirs again.
    again = writing.select(t.Reminder).where(
        t.Reminder.rule == row.rule,
        t.Reminder.subject == row.subject,
        t.Reminder.occurrence == row.occurrence,
        t.Reminder.state == "skipped",
        t.Reminder.reason == HANDED_ON,
        col(t.Reminder.recipient).in_([one.recipient for one in wanted]),
    )
    for one in writing.all(again):
        one.state, one.reason = "planned", None
        one.detail = {name: said for name, said in one.detail.items() if name != WITHDRAWN}
        writing.session.add(one)
    return True


def _planned(writing: Writing) -> list[t.Reminder]:
    planned = writing.select(t.Reminder).where(t.Reminder.state == "planned")
    return writing.all(planned.order_by(col(t.Reminder.at), col(t.Reminder.id)))


def _in(writing: Writing, messages: Sequence[int]) -> list[t.Reminder]:
    """The rows in these messages."""
    rows: list[t.Reminder] = []
    for start in range(0, len(messages), 500):
        part = messages[start : start + 500]
        asked = writing.select(t.Reminder).where(col(t.Reminder.message_id).in_(part))
        rows += writing.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id)))
    return rows


def _not_due_yet(writing: Writing, words: Words, row: t.Reminder) -> bool:
    """Whether its meeting was moved since, so that it falls due later than now."""
    meeting, board = _changed_meeting(writing, words, row)
    if meeting is None or board is None or row.subject != Subject.board(board.key):
        return False
    moment = moment_of(writing.directory, board, meeting, Rule(row.rule), row.occurrence)
    return moment is not None and moment > writing.now


def _forget_parts(writing: Writing, row: t.Reminder) -> None:
    """What was parted from a row that is planned anew is listed by the new one."""
    asked = writing.select(t.Reminder).where(
        t.Reminder.rule == row.rule,
        t.Reminder.occurrence == row.occurrence,
        t.Reminder.recipient == row.recipient,
        t.Reminder.board == row.board,
        t.Reminder.id != row.id,
        col(t.Reminder.message_id).is_(None),
        col(t.Reminder.state).in_(("planned", "skipped")),
    )
    for part in writing.all(asked):
        writing.delete(part)


def _says_otherwise(writing: Writing, words: Words, row: t.Reminder, message: t.Message) -> bool:
    """Whether a channel's post was written before its meeting was moved."""
    meeting, board = _changed_meeting(writing, words, row)
    if meeting is None or board is None or message.kind != "channel":
        return False
    return board.changed[meeting.original] > message.gathered_at


def _changed_meeting(
    writing: Writing, words: Words, row: t.Reminder
) -> tuple[Meeting | None, Board | None]:
    meeting = words.meeting(row) if row.rule in BOARD_RULES else None
    board = writing.directory.boards.get(row.board or "")
    if meeting is None or board is None or meeting.original not in board.changed:
        return None, None
    return meeting, board


def _settled_parts(writing: Writing, words: Words, row: t.Reminder) -> list[t.Reminder]:
    """Of a row that lists several, those settled since, each in a skipped row of its own."""
    settled = {id: why for id in row.items if (why := words.settled(row, id)) is not None}
    if not settled:
        return []
    parts = []
    for id, why in settled.items():
        part = t.Reminder(
            **row.model_dump(exclude={"id", "items", "subject", "detail", "message_id"}),
            subject=Subject.recommendation(id),
            items=[id],
            detail=dict(row.detail),
        )
        skip(part, why, writing.now)
        parts.append(part)
    row.items = [id for id in row.items if id not in settled]
    writing.session.add_all([row, *parts])
    return parts


def _write_anew(writing: Writing, messages: Sequence[t.Message], words: Words) -> None:
    """Messages as they are now; one with nothing left in it, never posted, is forgotten."""
    left: dict[int | None, list[t.Reminder]] = defaultdict(list)
    for row in _in(writing, [m.id for m in messages if m.id is not None]):
        left[row.message_id].append(row)
    for message in messages:
        if left[message.id]:
            message.text = ""
            message.text = letter(words, message, left[message.id]).text
            writing.session.add(message)
        else:
            writing.session.delete(message)
    writing.session.flush()
