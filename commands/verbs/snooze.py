"""Snooze: an owner's own reminders about one recommendation wait for some working days."""

from __future__ import annotations

import re
from datetime import date

from commands.changes import CommandRefused, find_targets, say_rows, single, with_undo
from commands.invocation import Context
from commands.registry import Act, Family
from db import tables as t
from db.mapping import recommendation_state
from db.schedule import subject_of
from db.store import Reading, Writing
from governance.calendar import working_calendar
from governance.dates import say_day, take_typed_day
from governance.progress import check_open
from messages.reply import Reply
from scheduler.snooze import set_snooze

FAMILY = Family("Snooze")
EXAMPLE = "snooze 24087 until 3 May"
MOST = 5
"""Working days: a reminder is put off, not switched off."""
_UNTIL = re.compile(r"^(?:until|till|to|for)\b\s*|^[-–—:]\s*", re.I)
_DAYS = re.compile(r"^(\d{1,3})\s*(?:working\s+)?d(?:ays?)?$", re.I)


@FAMILY.verb(
    "snooze",
    usage=(EXAMPLE, "snooze 24087 until Friday 5 May", "snooze 24087 for 2 days"),
    summary="let your own reminders about it wait a few days",
    detail=(
        f"For its owner, and for at most {MOST} working days; without a day, for all of them. What "
        "falls due to you meanwhile reaches you that morning if it is still wanted. The lead and "
        "the chair hear of it as ever."
    ),
)
def snooze(reading: Reading, context: Context) -> Reply | Act:
    targets = find_targets(reading, context, EXAMPLE)
    if targets.problem is not None:
        return targets.problem
    row = single(targets, "snooze")
    person = _owner(reading, context, row)
    check_open(recommendation_state(row))
    until = _until(reading, targets.rest)
    known = _known(reading, person, row)
    if known is not None and known.until == until:
        name, day = say_rows(reading, [row]), say_day(until)
        return Reply(f"Your reminders about {name} wait until {day} already.")
    return lambda writing: _snooze(writing, person, row, until)


def _owner(reading: Reading, context: Context, row: t.Recommendation) -> str:
    """The person, who must hold the owner's post or deputise for it. Raises CommandRefused."""
    person = context.person
    held = reading.directory.posts_of(person, reading.today) if person is not None else ()
    if person is not None and any(post.key == row.owner for post in held):
        return person
    whose = reading.directory.post_title(row.owner) if row.owner else "nobody"
    name = say_rows(reading, [row])
    raise CommandRefused(
        f"Only the owner's own reminders can wait, and {name} is owned by {whose}."
    )


def _until(reading: Reading, text: str) -> date:
    """The day on which the reminders go on. Raises CommandRefused for one past or too far ahead."""
    calendar = working_calendar(reading.directory.nation)
    today = reading.today
    last = calendar.add(today, MOST)
    typed = _UNTIL.sub("", text.strip()).strip(" .")
    if not typed:
        return last
    if days := _DAYS.match(typed):
        count = int(days[1])
        if not 1 <= count <= MOST:
            raise CommandRefused(f"From 1 to {MOST} working days can be snoozed.")
        return calendar.add(today, count)
    taken = take_typed_day(typed, today)
    day = taken[0].on_or_after(today) if taken else None
    if taken is None or day is None or taken[1].strip(" ."):
        raise CommandRefused(f"Until when? For example: {EXAMPLE}")
    if day <= today:
        raise CommandRefused(f"{say_day(day)} is not after today. For example: {EXAMPLE}")
    if day > last:
        raise CommandRefused(
            f"At most {MOST} working days can be snoozed, which is until {say_day(last)}."
        )
    return day


def _known(reading: Reading, person: str, row: t.Recommendation) -> t.Snooze | None:
    return reading.session.get(t.Snooze, (reading.key, person, row.id))


def _snooze(writing: Writing, person: str, row: t.Recommendation, until: date) -> Reply:
    before = set_snooze(writing, person, row, until)
    writing.note("snooze", subject_of(row), {"snooze": (before, until)})
    reply = Reply(
        f"Duly noted. What falls due to you about {say_rows(writing, [row])} waits until "
        f"{say_day(until)}. The lead and the chair hear of it as ever."
    )
    return with_undo(writing, reply)
