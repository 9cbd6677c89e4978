"""Extending a deadline: an owner asks, a lead grants the first time, a chair from then on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from commands.changes import Act, Refused, act, aim, as_typed, done, names, opened, permit, reason
from commands.invocation import Context
from commands.parsing.grammar import Targets
from commands.registry import Family
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
_BECAUSE = re.compile(r"\s+because\b", re.I)


@dataclass(frozen=True)
class _Wish:
    """What was typed after the recommendations; None where it is still wanted."""

    to: date | None
    said: str
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
def extend(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        named = aim(reading, context, EXAMPLE)
        if named.problem is not None:
            return named.problem
        for row in named.found:
            check_open(recommendation_state(row))
        granting = _granting(reading, context, named.found)
        wish = _wish(reading, context, named)
        if (problem := _problem(reading, context, named.found, wish)) is not None:
            return problem
        assert wish.to is not None
        to = wish.to
        if granting:
            return lambda writing: _grant(writing, context, named, to, wish.reason)
        if (already := _asked_before(reading, context, named.found, to)) is not None:
            return already
        return lambda writing: _ask(writing, context, named, to, wish.reason)

    return act(context, plan)


def _granting(reading: Reading, context: Context, rows: Sequence[Recommendation]) -> bool:
    """Do the asker's words grant (all of them) or only ask? Raises NotAllowed for neither."""
    grants = [_grants(reading, context, row) for row in rows]  # each may refuse
    return all(grants)


def _grants(reading: Reading, context: Context, row: Recommendation) -> bool:
    state, person = recommendation_state(row), context.person
    directory, today = reading.directory, reading.today
    wanted = Right.EXTEND_AGAIN if row.slips else Right.EXTEND
    if allowed(directory, person, today, wanted, state):
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


def _wish(reading: Reading, context: Context, named: Targets) -> _Wish:
    if context.form is not None:
        values = context.form.values
        said = values.get("to", "").strip()
        return _Wish(read_typed_date(said, reading.today), said, reason(values.get("reason", "")))
    rest = _TO.sub("", named.rest)
    taken = take_typed_date(rest, reading.today)
    if taken is None:
        head = _BECAUSE.split(f" {rest}", maxsplit=1)
        return _Wish(None, head[0].strip(), reason(head[1]) if len(head) > 1 else "")
    return _Wish(taken[0], say_date(taken[0]), reason(taken[1]))


def _problem(
    reading: Reading, context: Context, rows: Sequence[Recommendation], wish: _Wish
) -> Reply | None:
    """What is still wanted or wrong; beside its field when a form was sent."""
    target = as_typed(reading, rows)
    errors: dict[str, str] = {}
    if wish.to is None:
        errors["to"] = f"“{wish.said}” is no date I can read." if wish.said else "To which date?"
    for row in rows:
        if row.deadline is None:
            raise Refused(f"{name_of(reading, row)} has no deadline date that could move.")
        if wish.to is not None and wish.to <= row.deadline:
            errors["to"] = (
                f"{say_date(wish.to)} is not after the current deadline of "
                f"{name_of(reading, row)}, {say_date(row.deadline)}."
            )
    if not wish.reason:
        errors["reason"] = "Why?"
    if not errors:
        return None
    nothing_typed = context.form is None and not wish.said and not wish.reason
    form = _form(reading, rows, wish, {} if nothing_typed else errors)
    day = say_date(wish.to) if wish.to and "to" not in errors else "31 March 2024"
    why = wish.reason or "…"
    told = f"{' '.join(errors.values())} Say: extend {target} to {day} because {why}"
    return opened(form, told)


def _form(
    reading: Reading, rows: Sequence[Recommendation], wish: _Wish, errors: dict[str, str]
) -> Form:
    target = as_typed(reading, rows)
    current = ", ".join(sorted({say_date(r.deadline) for r in rows if r.deadline}))
    to = Field(
        name="to",
        label="New deadline",
        kind="date",
        value=wish.to.isoformat() if wish.to else wish.said,
        required=True,
        hint=f"After {current}.",
    )
    why = Field(name="reason", label="Because", kind="long", value=wish.reason, required=True)
    fields = tuple(replace(f, error=errors.get(f.name, "")) for f in (to, why))
    return Form("extend", target, f"Extend {target}", fields, submit="Extend")


def _asked_before(
    reading: Reading, context: Context, rows: Sequence[Recommendation], to: date
) -> Reply | None:
    """The very same wish is open already: it is not recorded twice."""
    requests = [extensions.open_request(reading, row) for row in rows]
    if any(r is None or r.to != to or r.asked_by != context.actor.person for r in requests):
        return None
    return Reply(
        f"{names(reading, rows)}: an extension to {say_date(to)} is asked for already. "
        f"{_with_whom(reading, rows)}",
        ok=False,
    )


def _ask(writing: Writing, context: Context, named: Targets, to: date, why: str) -> Reply:
    for row in named.found:
        extensions.ask(writing, row, to, why, together=named.together)
    stands = "the deadline stands" if len(named.found) == 1 else "the deadlines stand"
    told = (
        f"Duly noted. You asked to extend {names(writing, named.found)} to {say_date(to)}; "
        f"until it is granted {stands}. {_with_whom(writing, named.found)}"
    )
    return done(writing, context, named.found, told)


def _with_whom(reading: Reading, rows: Sequence[Recommendation]) -> str:
    """Who decides, and where the request is seen next."""
    directory = reading.directory
    board = directory.board_of(rows[0].board)
    key = board.chair if board and any(row.slips for row in rows) else None
    post = directory.posts.get(key) if key else directory.first_post(Role.LEAD)
    said = f"It is with the {post.title}" if post else "It waits for a lead"
    meeting = next_meeting(board, directory, reading.now) if board else None
    if board and meeting:
        said += f" and on the agenda of the {board.name} on {say_date(meeting.day)}"
    return f"{said}."


def _grant(writing: Writing, context: Context, named: Targets, to: date, why: str) -> Reply:
    before = {row.id: row.deadline for row in named.found}
    for row in named.found:
        extensions.grant(writing, row, to, why, together=named.together)
    lines = [
        f"{name_of(writing, row)}: {say_date(was)} → {say_date(to)}, {_slips(row)}"
        for row in named.found
        if (was := before[row.id]) is not None
    ]
    past = " That date is past already." if to < writing.today else ""
    return done(writing, context, named.found, f"Duly noted. {'; '.join(lines)}.{past}")


def _slips(row: Recommendation) -> str:
    times = {1: "extended once", 2: "extended twice"}
    said = times.get(row.slips, f"extended {row.slips} times")
    original = row.original_deadline
    return f"{said}, first {say_date(original)}" if original and row.slips > 1 else said
