"""Extensions of deadlines: an owner asks, a lead grants the first, a chair every later one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from commands.changes import (
    CommandRefused,
    done_reply,
    find_targets,
    form_reply,
    permit,
    read_reason,
    say_rows,
    typed_rows,
)
from commands.invocation import Context
from commands.parsing.grammar import Targets
from commands.registry import Act, Family
from db import extensions
from db.mapping import recommendation_state
from db.store import Reading, Writing
from db.tables import Recommendation
from governance.dates import read_typed_date, say_date, take_typed_date
from governance.meetings import next_meeting
from governance.progress import check_open
from governance.rights import NotAllowed, Right, allowed, owns
from governance.words import Role
from messages.naming import name_of
from messages.reply import Field, Form, Reply

FAMILY = Family("Deadlines")
EXAMPLE = "extend 24087 to 31 March 2024 because the supplier slipped"
_TO = re.compile(r"^(?:to|until|till|by)\b\s*|^[:–—-]\s*", re.I)
_BECAUSE = re.compile(r"(?<=\s)because\b", re.I)


@dataclass(frozen=True)
class _Extension:
    """The date and reason behind the recommendations; `to` is None where no date was read."""

    to: date | None
    typed: str
    reason: str


@FAMILY.verb(
    "extend",
    usage=(EXAMPLE, "extend 16 of Cumbria to 31 March 2024 because …"),
    summary="move a deadline, or ask for it",
    right=Right.ASK_EXTENSION,
    form=True,
    detail=(
        "An owner's words are a request: the deadline stands, and the request is with the lead "
        "and on the agenda. The same words from a lead grant it; from the second extension on "
        "it takes a chair. The original deadline is kept, and the slip is counted."
    ),
)
def extend(reading: Reading, context: Context) -> Reply | Act:
    targets = find_targets(reading, context, EXAMPLE)
    if targets.problem is not None:
        return targets.problem
    for row in targets.rows:
        check_open(recommendation_state(row))
    granting = _granting(reading, context, targets.rows)
    extension = _read_extension(reading, context, targets)
    if (problem := _problem(reading, context, targets.rows, extension)) is not None:
        return problem
    assert extension.to is not None
    to = extension.to
    if granting:
        return lambda writing: _grant(writing, context, targets, to, extension.reason)
    if (already := _already_asked(reading, context, targets.rows, to)) is not None:
        return already
    return lambda writing: _ask(writing, context, targets, to, extension.reason)


def _granting(reading: Reading, context: Context, rows: Sequence[Recommendation]) -> bool:
    """True where the person may grant all of them, False where they may ask for it.

    Raises NotAllowed where they may do neither.
    """
    grants = [_grants(reading, context, row) for row in rows]  # each may refuse
    return all(grants)


def _grants(reading: Reading, context: Context, row: Recommendation) -> bool:
    state, person = recommendation_state(row), context.person
    directory, today = reading.directory, reading.today
    right = Right.EXTEND_AGAIN if row.slips else Right.EXTEND
    if allowed(directory, person, today, right, state):
        return True
    if owns(directory, person, today, state):
        return False
    if allowed(directory, person, today, Right.EXTEND, state):
        times = {1: "once", 2: "twice"}.get(row.slips, f"{row.slips} times")
        raise NotAllowed(
            f"{name_of(reading, row)} was extended {times} already; "
            f"from the second time on only a chair extends it."
        )
    permit(reading, context, [row])
    return False


def _read_extension(reading: Reading, context: Context, targets: Targets) -> _Extension:
    if context.form is not None:
        values = context.form.values
        typed_day = values.get("to", "").strip()
        return _Extension(
            read_typed_date(typed_day, reading.today),
            typed_day,
            read_reason(values.get("reason", "")),
        )
    rest = _TO.sub("", targets.rest)
    taken = take_typed_date(rest, reading.today)
    if taken is None:
        head = _BECAUSE.split(f" {rest}", maxsplit=1)
        return _Extension(None, head[0].strip(), read_reason(head[1]) if len(head) > 1 else "")
    return _Extension(taken[0], say_date(taken[0]), read_reason(taken[1]))


def _problem(
    reading: Reading, context: Context, rows: Sequence[Recommendation], extension: _Extension
) -> Reply | None:
    """The form with its errors, None where date and reason are complete."""
    target = typed_rows(reading, rows)
    errors: dict[str, str] = {}
    if extension.to is None:
        errors["to"] = (
            f"“{extension.typed}” is no date I can read." if extension.typed else "To which date?"
        )
    for row in rows:
        if row.deadline is None:
            raise CommandRefused(f"{name_of(reading, row)} has no deadline date that could move.")
        if extension.to is not None and extension.to <= row.deadline:
            errors["to"] = (
                f"{say_date(extension.to)} is not after the current deadline of "
                f"{name_of(reading, row)}, {say_date(row.deadline)}."
            )
    if not extension.reason:
        errors["reason"] = "Why?"
    if not errors:
        return None
    nothing_typed = context.form is None and not extension.typed and not extension.reason
    form = _form(reading, rows, extension, {} if nothing_typed else errors)
    day = say_date(extension.to) if extension.to and "to" not in errors else "31 March 2024"
    why = extension.reason or "…"
    text = f"{' '.join(errors.values())} Say: extend {target} to {day} because {why}"
    return form_reply(form, text)


def _form(
    reading: Reading, rows: Sequence[Recommendation], extension: _Extension, errors: dict[str, str]
) -> Form:
    target = typed_rows(reading, rows)
    current = ", ".join(sorted({say_date(r.deadline) for r in rows if r.deadline}))
    to = Field(
        name="to",
        label="New deadline",
        kind="date",
        value=extension.to.isoformat() if extension.to else extension.typed,
        required=True,
        hint=f"After {current}.",
    )
    why = Field(name="reason", label="Because", kind="long", value=extension.reason, required=True)
    fields = tuple(replace(f, error=errors.get(f.name, "")) for f in (to, why))
    return Form("extend", target, f"Extend {target}", fields, submit="Extend")


def _already_asked(
    reading: Reading, context: Context, rows: Sequence[Recommendation], to: date
) -> Reply | None:
    """The answer where the same request is open already: it is not recorded twice."""
    requests = [extensions.open_request(reading, row) for row in rows]
    if any(r is None or r.to != to or r.asked_by != context.actor.person for r in requests):
        return None
    return Reply(
        f"{say_rows(reading, rows)}: an extension to {say_date(to)} is asked for already. "
        f"{_with_whom(reading, rows)}",
        ok=False,
    )


def _ask(writing: Writing, context: Context, targets: Targets, to: date, why: str) -> Reply:
    for row in targets.rows:
        extensions.ask(writing, row, to, why, together=targets.together)
    stands = "the deadline stands" if len(targets.rows) == 1 else "the deadlines stand"
    text = (
        f"Duly noted. You asked to extend {say_rows(writing, targets.rows)} to {say_date(to)}; "
        f"until it is granted {stands}. {_with_whom(writing, targets.rows)}"
    )
    return done_reply(writing, context, targets.rows, text)


def _with_whom(reading: Reading, rows: Sequence[Recommendation]) -> str:
    """A sentence that names whoever decides, and the meeting that sees the request next."""
    directory = reading.directory
    board = directory.board_of(rows[0].board)
    key = board.chair if board and any(row.slips for row in rows) else None
    post = directory.posts.get(key) if key else directory.first_post(Role.LEAD)
    text = f"It is with the {post.title}" if post else "It waits for a lead"
    meeting = next_meeting(board, directory, reading.now) if board else None
    if board and meeting:
        text += f" and on the agenda of the {board.name} on {say_date(meeting.day)}"
    return f"{text}."


def _grant(writing: Writing, context: Context, targets: Targets, to: date, why: str) -> Reply:
    before = {row.id: row.deadline for row in targets.rows}
    for row in targets.rows:
        extensions.grant(writing, row, to, why, together=targets.together)
    lines = [
        f"{name_of(writing, row)}: {say_date(was)} → {say_date(to)}, {_slips(row)}"
        for row in targets.rows
        if (was := before[row.id]) is not None
    ]
    past = " That date is past already." if to < writing.today else ""
    return done_reply(writing, context, targets.rows, f"Duly noted. {'; '.join(lines)}.{past}")


def _slips(row: Recommendation) -> str:
    times = {1: "extended once", 2: "extended twice"}
    count = times.get(row.slips, f"extended {row.slips} times")
    original = row.original_deadline
    return f"{count}, first {say_date(original)}" if original and row.slips > 1 else count
