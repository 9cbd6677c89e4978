"""The end of a recommendation: closing, reopening, and the inspectorate's position."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from commands.changes import (
    done_reply,
    find_targets,
    permit,
    question_reply,
    read_reason,
    say_rows,
    take_head,
    typed_rows,
)
from commands.invocation import Context
from commands.parsing.grammar import Targets
from commands.registry import Act, Family
from db.mapping import progress_columns, progress_state, recommendation_state
from db.store import Reading, Writing
from db.tables import Recommendation
from governance.progress import (
    check_closure,
    check_open,
    check_reopening,
    closed,
    reopened,
    say_closure,
)
from governance.rights import Right
from governance.words import Closure, Position
from messages.naming import name_of
from messages.recommendation import say_progress
from messages.reply import Button, Field, Form, Option, Reply

FAMILY = Family("Closing")
CLOSE = "close 24087 verified because the board saw the evidence"
REOPEN = "reopen 24087 because the check failed again"
POSITION = "position 24087 being progressed"

_AS = re.compile(r"^(?:as\s+|[:–—-]\s*)", re.I)
_WAYS = {say_closure(each): each for each in Closure}
_POSITIONS = {say_progress(each): each for each in Position} | {
    "no further action needed": Position.NO_FURTHER_ACTION
}


@FAMILY.verb(
    "close",
    usage=(
        CLOSE,
        "close 24087 superseded because …",
        "close 24087 no further action because …",
        "close 24087 not adopted because …",
    ),
    summary="close it after sign-off",
    right=Right.CLOSE,
    form=True,
    detail=(
        "A chair closes. Verified is only for one claimed complete, and never by who claimed it. "
        "The other ways are for any progress. A closed one takes no change until it is reopened."
    ),
)
def close(reading: Reading, context: Context) -> Reply | Act:
    targets = find_targets(reading, context, CLOSE)
    if targets.problem is not None:
        return targets.problem
    permit(reading, context, targets.rows)
    for row in targets.rows:
        check_open(recommendation_state(row))
    if (form := context.form) is not None:
        closure = _WAYS.get(form.values.get("closure", "").replace("_", " "))
        why = read_reason(form.values.get("reason", "")) if closure else ""
    else:
        closure, why = _way(targets.rest)
    if closure is None:
        return _close_form(reading, targets, why)
    for row in targets.rows:
        check_closure(
            recommendation_state(row),
            closure,
            by=context.actor.person,
            claimed_by=row.completed_by,
        )
    return lambda writing: _close(writing, context, targets, closure, why)


def _way(rest: str) -> tuple[Closure | None, str]:
    """The way of closing at the head of the text, and the reason behind it."""
    head = take_head(_AS.sub("", rest), _WAYS)
    return (head[0], read_reason(head[1])) if head else (None, rest)


def _close(
    writing: Writing, context: Context, targets: Targets, closure: Closure, why: str
) -> Reply:
    rows = targets.rows
    for row in rows:
        columns = progress_columns(closed(progress_state(row), closure, at=writing.now))
        writing.change(row, "close", columns, note=why, extra=targets.together)
    verb = "is" if len(rows) == 1 else "are"
    text = f"Duly noted. {say_rows(writing, rows)} {verb} closed: {say_closure(closure)}."
    return done_reply(writing, context, rows, text)


def _close_form(reading: Reading, targets: Targets, unread: str) -> Reply:
    """The form and the choices; `unread` was typed in the place of a way of closing."""
    target = typed_rows(reading, targets.rows)
    error = f"“{unread}” is no way of closing." if unread else ""
    how = Field(
        name="closure",
        label="How it ended",
        kind="choice",
        required=True,
        options=tuple(Option(each.value, words) for words, each in _WAYS.items()),
        error=error,
    )
    why = Field(name="reason", label="Because", kind="long")
    form = Form("close", target, f"Close {target}", (how, why), submit="Close")
    choices = [Button(words, f"close {target} {words}") for words in _WAYS]
    question = f"{error} How did {target} end? Say one of:".strip()
    return replace(question_reply(question, choices, hint=" because …"), form=form)


@FAMILY.verb(
    "reopen",
    usage=REOPEN,
    summary="open a closed one again",
    right=Right.REOPEN,
    detail=(
        "A chair reopens. Progress is again what it was before it was claimed complete, on track "
        "if nothing else is known."
    ),
)
def reopen(reading: Reading, context: Context) -> Reply | Act:
    targets = find_targets(reading, context, REOPEN)
    if targets.problem is not None:
        return targets.problem
    permit(reading, context, targets.rows)
    for row in targets.rows:
        check_reopening(recommendation_state(row))
    return lambda writing: _reopen(writing, context, targets, read_reason(targets.rest))


def _reopen(writing: Writing, context: Context, targets: Targets, why: str) -> Reply:
    for row in targets.rows:
        writing.change(
            row,
            "reopen",
            progress_columns(reopened(progress_state(row))),
            note=why,
            extra=targets.together,
        )
    rows = targets.rows
    names = say_rows(writing, rows)
    if len(rows) == 1:
        text = f"Duly noted. {names} is open again, {say_progress(rows[0].progress)}."
    else:
        each = "; ".join(f"{name_of(writing, row)}: {say_progress(row.progress)}" for row in rows)
        text = f"Duly noted. {names} are open again ({each})."
    return done_reply(writing, context, rows, text)


@FAMILY.verb(
    "position",
    usage=(POSITION, *(f"position 24087 {say_progress(p)}" for p in Position)),
    summary="record what the inspectorate says of it",
    right=Right.POSITION,
    detail=(
        "Held apart from progress, because the force's own view is not a verification. A lead or "
        "the secretary records it, on a closed one too."
    ),
)
def position_(reading: Reading, context: Context) -> Reply | Act:
    targets = find_targets(reading, context, POSITION)
    if targets.problem is not None:
        return targets.problem
    permit(reading, context, targets.rows)
    head = take_head(_AS.sub("", targets.rest), _POSITIONS)
    if head is None:
        return _which_position(reading, targets)
    (position, rest), rows = head, targets.rows
    if all(row.inspectorate_position == position for row in rows):
        names = say_rows(reading, rows)
        return Reply(f"{names}: the inspectorate's position is that already.", ok=False)
    return lambda writing: _position(writing, context, rows, position, read_reason(rest))


def _position(
    writing: Writing,
    context: Context,
    rows: Sequence[Recommendation],
    position: Position,
    note: str,
) -> Reply:
    changed = [row for row in rows if row.inspectorate_position != position]
    changes = []
    for row in changed:
        before = row.inspectorate_position
        fields = {"inspectorate_position": position.value}
        extra = Targets(changed).together
        writing.change(row, "position", fields, note=note, extra=extra)
        was = say_progress(before) if before else "none"
        changes.append(f"{name_of(writing, row)}: {was} → {say_progress(position)}")
    text = f"Duly noted. Inspectorate's position of {'; '.join(changes)}."
    return done_reply(writing, context, changed, text)


def _which_position(reading: Reading, targets: Targets) -> Reply:
    target = typed_rows(reading, targets.rows)
    unread = f"“{targets.rest}” is no position. " if targets.rest else ""
    words = [say_progress(each) for each in Position]
    choices = [Button(each, f"position {target} {each}") for each in words]
    return question_reply(f"{unread}What does the inspectorate say? Say one of:", choices)
