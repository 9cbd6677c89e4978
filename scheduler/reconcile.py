"""Reconcile: bring the ledger in line with what changed since the last pass.

A reminder that waits and is wanted no more is withdrawn, with the reason. It waits when it fell
due outside working hours, is snoozed, or a platform did not take it; meanwhile its recommendation
may be updated, closed or claimed complete, its meeting moved or cancelled. A digest sent within
seven days is revised: each of its lines says what became of it. A message that is being posted,
or may have arrived already, keeps its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from db import tables as t
from db.audit import history
from db.ledger import messages, reminders
from db.mapping import recommendation_state
from db.queries.history import fields_after, of_recommendations
from db.reinstate import WITHDRAWN
from db.store import Writing
from governance.directory import Board
from governance.meetings import Meeting
from governance.reminders import Snapshot, moment_of, rows_at
from governance.reminders.rules import ANSWERS, BY_RULE, DEADLINE_RULES
from governance.subject import RECOMMENDATIONS, Subject, SubjectKind
from governance.words import Rule
from messages.history import outcome_words
from scheduler.letters import LetterWriter, letter, line_key
from scheduler.snooze import was_snoozed

HANDED_ON = "somebody else owns it now"
RECONCILED_THROUGH = "settled_through"
"""The mark with the number of the last change in the history that was reconciled. 0.1.0 kept two
marks; this is the name of the one that was never ahead, so that its stores go on from there."""
REVISED_FOR = timedelta(days=7)
"""So long after it was sent a digest is revised."""
REOPENING = frozenset({"reopen", "undo"})


def reconcile(writing: Writing) -> list[t.Reminder]:
    """Withdraw the reminders that wait and are wanted no more, and revise the digests that were
    sent; gives the reminders that were withdrawn.

    Reads nothing more where nothing changed since the last pass and no post of a board waits. A
    digest that loses some of its lines is written anew without them. A board's reminder whose
    meeting was moved so that it is not due yet leaves the ledger, and is planned for its new day.
    """
    end = history.tip(writing.session, writing.key).seq
    through = int(writing.mark(RECONCILED_THROUGH) or 0)
    if end == through:
        return _withdraw(writing, changed_since=False)
    writing.set_mark(RECONCILED_THROUGH, str(end))
    changed, handed_on = set(), set()
    for subject, action, changes in fields_after(writing, through, RECOMMENDATIONS):
        if action in ANSWERS | REOPENING:
            changed.add(Subject(subject).number)
        if "owner" in changes:
            handed_on.add(Subject(subject).number)
    if changed:
        _revise_digests(writing, changed)
    return _withdraw(writing, changed_since=True, handed_on=handed_on)


def skip(row: t.Reminder, reason: str, now: datetime) -> None:
    """Mark a reminder as one that is not sent after all."""
    row.state, row.reason, row.message_id = "skipped", reason, None
    row.detail = {**row.detail, WITHDRAWN: now.isoformat()}


def _withdraw(
    writing: Writing, *, changed_since: bool, handed_on: Collection[int | None] = ()
) -> list[t.Reminder]:
    # A meeting begins without anybody's doing, so its posts are looked at each time.
    waiting = {m.id: m for m in messages.gathered(writing) if changed_since or m.kind == "channel"}
    rows = reminders.in_messages(writing, [id for id in waiting if id is not None])
    if changed_since:
        rows += reminders.planned(writing)
    if not rows:
        return []
    changed: dict[int | None, t.Message] = {}
    for row in _rejoin(writing, rows):
        if row.message_id in waiting:
            changed[row.message_id] = waiting[row.message_id]
    writer = LetterWriter(writing, rows)
    skipped: list[t.Reminder] = []
    for row in rows:
        message = waiting.get(row.message_id)
        if _not_due_yet(writing, writer, row):
            for part in reminders.same_occurrence(writing, row):
                writing.delete(part)  # the reminder that is planned anew lists it
            writing.delete(row)
        elif (reason := writer.unwanted(row)) is not None:
            skip(row, reason, writing.now)
            skipped.append(row)
        elif row.recommendation_id in handed_on and _plan_for_new_owner(writing, row):
            skip(row, HANDED_ON, writing.now)
            skipped.append(row)
        elif parts := _skip_settled_parts(writing, writer, row):
            skipped += parts
        elif message is None or not _was_written_before_move(writing, writer, row, message):
            continue
        if message is not None:
            changed[message.id] = message
    writing.session.flush()
    _write_anew(writing, list(changed.values()), writer)
    return skipped


def _rejoin(writing: Writing, rows: list[t.Reminder]) -> list[t.Reminder]:
    """Put what was split off a list and is wanted after all back into it while the list waits too,
    so that it is one reminder; `rows` then lacks the parts. Gives the lists that have more."""
    lists = {_list_key(row): row for row in rows if row.items and not _is_part(row)}
    longer: list[t.Reminder] = []
    for part in [row for row in rows if _is_part(row) and not was_snoozed(row)]:
        whole = lists.get(_list_key(part))
        if whole is None or part.state != "planned" or was_snoozed(whole):
            continue
        whole.items = list(dict.fromkeys([*whole.items, *part.items]))
        rows.remove(part)
        writing.delete(part)
        writing.add(whole)
        longer.append(whole)
    return longer


def _is_part(row: t.Reminder) -> bool:
    """Whether a reminder was split off one that lists several recommendations."""
    about = BY_RULE[Rule(row.rule)].about
    return about is not SubjectKind.RECOMMENDATION and Subject(row.subject).kind != about


def _list_key(row: t.Reminder) -> tuple[str, str, str, str | None]:
    return row.rule, row.occurrence, row.recipient, row.board


def _plan_for_new_owner(writing: Writing, row: t.Reminder) -> bool:
    """Plan a reminder about a deadline for the present owner; gives whether that is somebody else
    than its recipient."""
    if row.rule not in DEADLINE_RULES or row.recommendation_id is None:
        return False
    state = recommendation_state(writing.recommendation(row.recommendation_id))
    moment = row.at.astimezone(writing.directory.zone)
    wanted = [
        one
        for one in rows_at(moment, Snapshot(writing.directory, state))
        if (one.rule.value, one.occurrence) == (row.rule, row.occurrence)
    ]
    recipients = {one.recipient for one in wanted}
    if not wanted or row.recipient in recipients:
        return False
    reminders.insert_planned(writing, wanted)
    # One that was withdrawn from its owner before is theirs again.
    for again in reminders.skipped_for(writing, row, recipients, HANDED_ON):
        again.state, again.reason = "planned", None
        again.detail = {name: value for name, value in again.detail.items() if name != WITHDRAWN}
        writing.session.add(again)
    return True


def _not_due_yet(writing: Writing, writer: LetterWriter, row: t.Reminder) -> bool:
    """True where its meeting was moved since, so that it falls due later than now."""
    meeting, board = _changed_meeting(writing, writer, row)
    if meeting is None or board is None or row.subject != Subject.board(board.key):
        return False
    moment = moment_of(writing.directory, board, meeting, Rule(row.rule), row.occurrence)
    return moment is not None and moment > writing.now


def _was_written_before_move(
    writing: Writing, writer: LetterWriter, row: t.Reminder, message: t.Message
) -> bool:
    """True for a channel's post that was written before its meeting was moved."""
    meeting, board = _changed_meeting(writing, writer, row)
    if meeting is None or board is None or message.kind != "channel":
        return False
    return board.changed[meeting.original] > message.gathered_at


def _changed_meeting(
    writing: Writing, writer: LetterWriter, row: t.Reminder
) -> tuple[Meeting | None, Board | None]:
    """The meeting that a board's reminder is about and its board, if it was moved or put back."""
    meeting = writer.meeting(row)
    board = writing.directory.boards.get(row.board or "")
    if meeting is None or board is None or meeting.original not in board.changed:
        return None, None
    return meeting, board


def _skip_settled_parts(
    writing: Writing, writer: LetterWriter, row: t.Reminder
) -> list[t.Reminder]:
    """Split off what is settled of a reminder that lists several recommendations; gives the
    skipped reminders, one each."""
    settled = {id: reason for id in row.items if (reason := writer.settled(row, id)) is not None}
    parts = []
    for id, reason in settled.items():
        part = reminders.split_off(writing, row, id)
        skip(part, reason, writing.now)
        parts.append(part)
    if parts:
        row.items = [id for id in row.items if id not in settled]
        writing.session.add(row)
    return parts


def _write_anew(writing: Writing, messages: Sequence[t.Message], writer: LetterWriter) -> None:
    """Write messages as they are now; one with nothing left in it, never posted, is deleted."""
    left: dict[int | None, list[t.Reminder]] = defaultdict(list)
    for row in reminders.in_messages(writing, [m.id for m in messages if m.id is not None]):
        left[row.message_id].append(row)
    for message in messages:
        if left[message.id]:
            message.text = ""
            message.text = letter(writer, message, left[message.id]).text
            writing.session.add(message)
        else:
            writing.session.delete(message)
    writing.session.flush()


def _revise_digests(writing: Writing, changed: set[int]) -> None:
    """Let the lines of sent digests say what became of the changed recommendations. A digest whose
    lines differ has a new `revision`, which delivery shows."""
    since = writing.now - REVISED_FOR
    digests = {m.id: m for m in messages.shown_digests(writing, since) if m.id is not None}
    lines = _changed_lines(writing, digests, changed)
    changes = of_recommendations(writing, {id for rows in lines.values() for _, id in rows})
    for key, rows in lines.items():
        message = digests[key]
        settled = dict(message.settled)
        for row, id in rows:
            settled.pop(line_key(row, id), None)
            later = [change for change in changes[id] if change.seq > message.seq]
            answers = BY_RULE[Rule(row.rule)].answered_by
            words = outcome_words(later, answers, writing.directory)
            if words is not None:
                settled[line_key(row, id)] = words
        if settled != message.settled:
            message.settled = settled
            message.revision += 1
            if message.state == "sent":
                message.attempts, message.next_attempt_at = 0, None
            writing.session.add(message)
    writing.session.flush()


def _changed_lines(
    writing: Writing, messages: Mapping[int, t.Message], changed: set[int]
) -> dict[int, list[tuple[t.Reminder, int]]]:
    """The lines of messages, by their ids, that name a changed recommendation and can be
    answered."""
    lines: dict[int, list[tuple[t.Reminder, int]]] = defaultdict(list)
    for row in reminders.in_messages(writing, sorted(messages)):
        if not BY_RULE[Rule(row.rule)].answered_by or row.message_id is None:
            continue
        for id in reminders.named_in(row):
            if id in changed:
                lines[row.message_id].append((row, id))
    return lines
