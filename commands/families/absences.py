"""One's own absence: from when to when, and back again."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sqlmodel import col

from commands.acting import Act, Refused, act
from commands.asked import Asked
from commands.registry import Family
from db import tables as t
from db.store import Reading, Writing
from governance.dates import say_date, say_day, take_typed_day
from governance.reminders.recipients import recipient
from messages.reply import Reply

FAMILY = Family("Absence")
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
def away(asked: Asked) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        person = _speaker(reading, asked)
        start, end = _days(asked.rest, reading.today)
        if end < start:
            raise Refused(f"{say_date(end)} is before {say_date(start)}. For example: {EXAMPLE}")
        if end < reading.today:
            raise Refused(f"{say_date(end)} is past already.")
        for row in _absences(reading, person):
            if row.starts <= start and end <= row.ends:
                return Reply(
                    f"That is known: you are away {_said(row.starts, row.ends)}.", ok=False
                )
        return lambda writing: _away(writing, person, start, end)

    return act(asked, plan)


def _days(text: str, today: date) -> tuple[date, date]:
    """The first and the last day; one day alone is both, "until" begins today."""
    said = _FROM.sub("", text.strip())
    starts = today if _TO.match(said) else None
    if starts is None:
        starts, said = _date(said, today)
    if not (rest := _TO.sub("", said.strip())):
        return starts, starts
    ends, after = _date(rest, starts)
    if after.strip(" ."):
        raise Refused(f"“{after.strip()}” I cannot read. For example: {EXAMPLE}")
    return starts, ends


def _date(text: str, on_or_after: date) -> tuple[date, str]:
    taken = take_typed_day(text, on_or_after)
    day = taken[0].on_or_after(on_or_after) if taken else None
    if taken is None or day is None:
        raise Refused(f"From when to when? For example: {EXAMPLE}")
    return day, taken[1]


def _away(writing: Writing, person: str, start: date, end: date) -> Reply:
    if person not in writing.directory.people:
        writing.add(t.Person(organisation=writing.key, key=person, name=person))
    writing.add(
        t.Absence(organisation=writing.key, person=person, starts=start, ends=end, source="chat")
    )
    span = f"{start.isoformat()}..{end.isoformat()}"
    writing.note("away", f"person:{person}", {"away": (None, span)})
    writing.forget_directory()
    day = max(start, writing.today)
    told = [f"Duly noted. You are away {_said(start, end)}."]
    directory = writing.directory
    for post in directory.posts.values():
        if post.holder(day) != person:
            continue
        _, stands_in = recipient(directory, post.key, directory.board_of(None), day)
        if stands_in and stands_in != person:
            who = directory.person_name(stands_in)
            told.append(f"Reminders for {post.title} go to {who} meanwhile.")
    return Reply(" ".join(told))


@FAMILY.verb("back", usage="back", summary="say that you are back")
def back(asked: Asked) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        person = _speaker(reading, asked)
        known = [row for row in _absences(reading, person) if row.ends >= reading.today]
        if not known:
            return Reply("You are not away, and no absence of yours is planned.", ok=False)
        now = [row for row in known if row.starts <= reading.today]
        return lambda writing: _back(writing, person, now or known)

    return act(asked, plan)


def _back(writing: Writing, person: str, rows: list[t.Absence]) -> Reply:
    """End what is under way as of yesterday; what has not begun is withdrawn."""
    today = writing.today
    begun = [row for row in rows if row.starts < today]
    for row in rows:
        before = f"{row.starts.isoformat()}..{row.ends.isoformat()}"
        after = None
        if row in begun:
            row.ends = today - timedelta(days=1)
            writing.add(row)
            after = f"{row.starts.isoformat()}..{row.ends.isoformat()}"
        else:
            writing.delete(row)
        writing.note("back", f"person:{person}", {"away": (before, after)})
    writing.forget_directory()
    if any(row.starts > today for row in rows):
        spans = ", ".join(_said(row.starts, row.ends) for row in rows)
        told = "absence is" if len(rows) == 1 else "absences are"
        return Reply(f"Duly noted. Your {told} withdrawn: {spans}.")
    return Reply("Duly noted. Welcome back: your reminders come to you again.")


def _speaker(reading: Reading, asked: Asked) -> str:
    """Who is asking, if reminders can be theirs; raises Refused for somebody with no post."""
    person = asked.request.person
    if person is None or not reading.directory.posts_of(person, reading.today):
        raise Refused("You hold no post and deputise for none, so no reminder goes to you.")
    return person


def _absences(reading: Reading, person: str) -> list[t.Absence]:
    asked = reading.select(t.Absence).where(t.Absence.person == person)
    return reading.all(asked.order_by(col(t.Absence.starts)))


def _said(start: date, end: date) -> str:
    if start == end:
        return f"on {say_day(start)}"
    return f"from {say_day(start)} to {say_day(end)}"
