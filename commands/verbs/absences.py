"""Absences: `away` and `back`, each for whoever says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

from dateutil.relativedelta import relativedelta

from commands.changes import CommandRefused, undoable_reply
from commands.invocation import Context
from commands.registry import Act, Family
from commands.undo_directory import say_span
from db import tables as t
from db.organisation.people import absences_of
from db.store import Reading, Writing
from governance.dates import say_date, take_typed_day
from governance.directory import Directory, Post
from governance.reminders.recipients import recipient
from governance.subject import Subject
from messages.reply import Reply

FAMILY = Family("Absence")
FARTHEST = 400
"""Days for which the answer names whoever covers."""
LONGEST_OVER_NEW_YEAR = timedelta(days=183)
"""An absence of which no year is typed runs into the next year for at most so long."""
EXAMPLE = "away 1 Aug to 14 Aug"
_FROM = re.compile(r"^from\s+", re.I)
_TO = re.compile(r"^(?:(?:to|until|till|through)\b|[-–—])\s*", re.I)


@FAMILY.verb(
    "away",
    usage=(EXAMPLE, "away until 14 Aug", "away tomorrow"),
    summary="say that you are away",
    detail=(
        "Both days are included. Meanwhile your deputy receives your reminders, or the lead "
        "where there is none."
    ),
)
def away(reading: Reading, context: Context) -> Reply | Act:
    person = _speaker(reading, context)
    start, end = _days(context.rest, reading.today)
    if end < start:
        raise CommandRefused(f"{say_date(end)} is before {say_date(start)}. For example: {EXAMPLE}")
    if end < reading.today:
        raise CommandRefused(f"{say_date(end)} is past already.")
    if end > start + relativedelta(years=1):
        raise CommandRefused(
            f"From {say_date(start)} to {say_date(end)} is more than a year. For example: {EXAMPLE}"
        )
    for row in absences_of(reading, person):
        if row.starts <= start and end <= row.ends:
            return Reply(f"That is known: you are away {say_span(row.starts, row.ends)}.", ok=False)
    return lambda writing: _away(writing, person, start, end)


def _days(text: str, today: date) -> tuple[date, date]:
    """The first and the last day; one day alone is both, "until" begins today."""
    typed = _FROM.sub("", text.strip())
    starts = today if _TO.match(typed) else None
    if starts is None:
        starts, typed = _date(typed, today)
    if not (rest := _TO.sub("", typed.strip())):
        return starts, starts
    ends, after = _last_day(rest, starts)
    if after.strip(" ."):
        raise CommandRefused(f"“{after.strip()}” I cannot read. For example: {EXAMPLE}")
    return starts, ends


def _last_day(text: str, starts: date) -> tuple[date, str]:
    """The last day and what follows it.

    "28 Dec to 2 Jan" runs into the next year; "20 Jan to 17 Jan" is typed backwards, and means
    most of a year only where the year is typed too.
    """
    ends, after = _date(text, starts)
    taken = take_typed_day(text, starts)
    next_year = taken is not None and taken[0].year is None and ends.year > starts.year
    if next_year and ends - starts > LONGEST_OVER_NEW_YEAR:
        raise CommandRefused(
            f"That ends before it begins, unless you mean from {say_date(starts)} to "
            f"{say_date(ends)}: then write the year too. For example: {EXAMPLE}"
        )
    return ends, after


def _date(text: str, on_or_after: date) -> tuple[date, str]:
    taken = take_typed_day(text, on_or_after)
    day = taken[0].on_or_after(on_or_after) if taken else None
    if taken is None or day is None:
        raise CommandRefused(f"From when to when? For example: {EXAMPLE}")
    return day, taken[1]


def _away(writing: Writing, person: str, start: date, end: date) -> Reply:
    before = writing.directory
    if person not in before.people:
        writing.add(t.Person(organisation=writing.key, key=person, name=person))
    writing.add(
        t.Absence(organisation=writing.key, person=person, starts=start, ends=end, source="chat")
    )
    writing.note("away", Subject.person(person), {_field(start, end): (False, True)})
    writing.forget_directory()
    sentences = [f"Duly noted. You are away {say_span(start, end)}."]
    sentences += _covered(before, writing.directory, person, max(start, writing.today), end)
    return undoable_reply(writing, " ".join(sentences))


def _covered(
    before: Directory, after: Directory, person: str, start: date, end: date
) -> Iterator[str]:
    """Sentences that name the recipient of each of the person's posts meanwhile.

    Where somebody covers only part of the time, each with their days.
    """
    days = [start + timedelta(days=n) for n in range(min((end - start).days, FARTHEST) + 1)]
    for post in after.posts.values():
        covers = [(_instead(before, after, post, person, day), day) for day in days]
        turns = [(who, [day for _, day in turn]) for who, turn in groupby(covers, itemgetter(0))]
        for who, covered in turns:
            when = "meanwhile" if len(turns) == 1 else say_span(covered[0], covered[-1])
            if who == person:
                yield f"Nobody else is there for {post.title}: its reminders still come to you."
            elif who is not None:
                yield f"Reminders for {post.title} go to {after.person_name(who)} {when}."


def _instead(before: Directory, after: Directory, post: Post, person: str, day: date) -> str | None:
    """The recipient of a post's reminders that day, where it would have been `person`."""
    _, would = recipient(before, post.key, before.board_of(None), day)
    _, does = recipient(after, post.key, after.board_of(None), day)
    return does if would == person else None


@FAMILY.verb("back", usage="back", summary="say that you are back")
def back(reading: Reading, context: Context) -> Reply | Act:
    person = _speaker(reading, context)
    if rest := context.rest.strip(" ."):
        raise CommandRefused(
            f"“{rest}” I cannot read: `back` says that you are back today, and ends your absence."
        )
    known = [row for row in absences_of(reading, person) if row.ends >= reading.today]
    if not known:
        return Reply("You are not away, and no absence of yours is planned.", ok=False)
    now = [row for row in known if row.starts <= reading.today]
    return lambda writing: _back(writing, person, now or known)


def _back(writing: Writing, person: str, rows: list[t.Absence]) -> Reply:
    """End an absence under way as of yesterday; withdraw one that has not begun."""
    today = writing.today
    spans = ", ".join(say_span(row.starts, row.ends) for row in rows)
    ahead = any(row.starts > today for row in rows)
    changes: dict[str, tuple[bool, bool]] = {}
    for row in rows:
        changes[_field(row.starts, row.ends)] = (True, False)
        if row.starts < today:
            row.ends = today - timedelta(days=1)
            changes[_field(row.starts, row.ends)] = (False, True)
            writing.add(row)
        else:
            writing.delete(row)
    writing.note("back", Subject.person(person), dict(changes))
    writing.forget_directory()
    if ahead:
        which = "absence is" if len(rows) == 1 else "absences are"
        return undoable_reply(writing, f"Duly noted. Your {which} withdrawn: {spans}.")
    text = "Duly noted. Welcome back: your reminders come to you again."
    left = [row for row in absences_of(writing, person) if row.starts > today]
    if left:
        spans = ", ".join(say_span(row.starts, row.ends) for row in left)
        text += f" You are still to be away {spans}; say `back` again to withdraw that."
    return undoable_reply(writing, text)


def _field(start: date, end: date) -> str:
    """The field of an absence in the history, from the organisation file too."""
    return f"away {start.isoformat()}..{end.isoformat()}"


def _speaker(reading: Reading, context: Context) -> str:
    """The person, if reminders can be theirs, now or once their post begins; raises
    CommandRefused for somebody with no post."""
    person = context.person
    if person is None or not reading.directory.posts_from(person, reading.today):
        raise CommandRefused("You hold no post and deputise for none, so no reminder goes to you.")
    return person
