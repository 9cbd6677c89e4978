"""How a recommendation ends: closed by a chair, reopened, and what the inspectorate says of it."""

from __future__ import annotations

import re

from commands.changes import (
    Act,
    act,
    aim,
    as_typed,
    done,
    headed,
    names,
    opened,
    permit,
    reason,
)
from commands.invocation import Context
from commands.parsing.grammar import Targets
from commands.registry import Family
from db.mapping import progress_columns, progress_state, recommendation_state
from db.store import Reading, Writing
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
def close(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        named = aim(reading, context, CLOSE)
        if named.problem is not None:
            return named.problem
        permit(reading, context, named.found)
        for row in named.found:
            check_open(recommendation_state(row))
        if (form := context.form) is not None:
            closure = _WAYS.get(form.values.get("closure", "").replace("_", " "))
            why = reason(form.values.get("reason", "")) if closure else ""
        else:
            closure, why = _way(named.rest)
        if closure is None:
            return _close_form(reading, named, why)
        for row in named.found:
            check_closure(
                recommendation_state(row),
                closure,
                by=context.actor.person,
                claimed_by=row.completed_by,
            )
        return lambda writing: _close(writing, context, named, closure, why)

    return act(context, plan)


def _way(rest: str) -> tuple[Closure | None, str]:
    """The way of closing at the head of the text, and the reason behind it."""
    found = headed(_AS.sub("", rest), _WAYS)
    return (found[0], reason(found[1])) if found else (None, rest)


def _close(writing: Writing, context: Context, named: Targets, closure: Closure, why: str) -> Reply:
    for row in named.found:
        writing.change(
            row,
            "close",
            progress_columns(closed(progress_state(row), closure, at=writing.now)),
            note=why,
            extra=named.together,
        )
    verb = "is" if len(named.found) == 1 else "are"
    told = f"Duly noted. {names(writing, named.found)} {verb} closed: {say_closure(closure)}."
    return done(writing, context, named.found, told)


def _close_form(reading: Reading, named: Targets, said: str) -> Reply:
    target = as_typed(reading, named.found)
    options = tuple(Option(each.value, words) for words, each in _WAYS.items())
    commands = [f"close {target} {words}" for words in _WAYS]
    unread = f"“{said}” is no way of closing. " if said else ""
    how = Field(
        name="closure",
        label="How it ended",
        kind="choice",
        required=True,
        options=options,
        error=unread.strip(),
    )
    why = Field(name="reason", label="Because", kind="long")
    form = Form("close", target, f"Close {target}", (how, why), submit="Close")
    question = f"{unread}How did {target} end? Say one of:"
    lines = [question, *(f"- `{c} because …`" for c in commands)]
    buttons = tuple(Button(w, c) for w, c in zip(_WAYS, commands, strict=True))
    return opened(form, "\n".join(lines), buttons)


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
def reopen(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        named = aim(reading, context, REOPEN)
        if named.problem is not None:
            return named.problem
        permit(reading, context, named.found)
        for row in named.found:
            check_reopening(recommendation_state(row))
        return lambda writing: _reopen(writing, context, named, reason(named.rest))

    return act(context, plan)


def _reopen(writing: Writing, context: Context, named: Targets, why: str) -> Reply:
    for row in named.found:
        writing.change(
            row,
            "reopen",
            progress_columns(reopened(progress_state(row))),
            note=why,
            extra=named.together,
        )
    said = "; ".join(
        f"{name_of(writing, row)}: {say_progress(row.progress)}" for row in named.found
    )
    verb = "is" if len(named.found) == 1 else "are"
    told = f"Duly noted. {names(writing, named.found)} {verb} open again ({said})."
    if len(named.found) == 1:
        told = (
            f"Duly noted. {names(writing, named.found)} is open again, "
            f"{say_progress(named.found[0].progress)}."
        )
    return done(writing, context, named.found, told)


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
def position(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        named = aim(reading, context, POSITION)
        if named.problem is not None:
            return named.problem
        permit(reading, context, named.found)
        found = headed(_AS.sub("", named.rest), _POSITIONS)
        if found is None:
            return _which_position(reading, named)
        if all(row.inspectorate_position == found[0] for row in named.found):
            said = f"{names(reading, named.found)}: the inspectorate's position is that already."
            return Reply(said, ok=False)
        return lambda writing: _position(writing, context, named, found[0], reason(found[1]))

    return act(context, plan)


def _position(
    writing: Writing, context: Context, named: Targets, found: Position, note: str
) -> Reply:
    told = []
    changed = [row for row in named.found if row.inspectorate_position != found]
    for row in changed:
        before = row.inspectorate_position
        writing.change(
            row,
            "position",
            {"inspectorate_position": found.value},
            note=note,
            extra=Targets(changed).together,
        )
        was = say_progress(before) if before else "none"
        told.append(f"{name_of(writing, row)}: {was} → {say_progress(found)}")
    said = f"Duly noted. Inspectorate's position of {'; '.join(told)}."
    return done(writing, context, changed, said)


def _which_position(reading: Reading, named: Targets) -> Reply:
    target = as_typed(reading, named.found)
    unread = f"“{named.rest}” is no position. " if named.rest else ""
    commands = [f"position {target} {say_progress(p)}" for p in Position]
    question = f"{unread}What does the inspectorate say? Say one of:"
    lines = [question, *(f"- `{c}`" for c in commands)]
    buttons = tuple(Button(say_progress(p), c) for p, c in zip(Position, commands, strict=True))
    return Reply("\n".join(lines), ok=False, buttons=buttons)
