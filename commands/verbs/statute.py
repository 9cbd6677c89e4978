"""The statutory clock of a report: the dates of its publication and of the PCC's response."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from datetime import date

from commands.changes import CommandRefused, question_reply
from commands.invocation import Context
from commands.registry import Act, Family
from db.queries import lookup
from db.store import Reading, Writing
from db.tables import Recommendation, Report
from governance.calendar import last_day
from governance.dates import MOST_WORDS, read_typed_date, say_date, say_day
from governance.errors import DulyError
from governance.rights import Right
from messages.boards import in_days
from messages.naming import name_of
from messages.reply import Button, Reply

FAMILY = Family("Reports")
PUBLISHED = "published vetting of Cumbria 2 November 2022"
ANSWERED = "answered vetting of Cumbria 20 December 2022"
MOST_TOLD = 10
_ON = re.compile(r"(?:\s+on|[:,–—-])\s*$", re.I)
_OF = re.compile(r"(?<=\s)of\s+", re.I)
MOST_OFS = 5
"""A force's name follows one of the last so many "of"s."""


class WhichReport(DulyError):
    """No report, or no date, could be read from what was typed."""


@FAMILY.verb(
    "published",
    usage=(PUBLISHED, "published vetting 2 November 2022"),
    summary="record when a report was published",
    right=Right.REPORTS,
    detail=(
        "The secretary or the PCC's office. It starts the 56 days of section 55 of the Police Act "
        "1996, and gives a date to deadlines that count from publication. The report is named by "
        "words of its title, with `of FORCE` where several forces answer it."
    ),
)
def published(reading: Reading, context: Context) -> Reply | Act:
    target = _read(reading, context, PUBLISHED)
    if isinstance(target, Reply):
        return target
    report, day = target
    if report.answered and day > report.answered:
        raise CommandRefused(
            f"“{report.title}” was answered on {say_date(report.answered)}, "
            f"so it was not published on {say_date(day)}."
        )
    if report.published == day:
        return Reply(f"{_name(report)} is known to be of {say_date(day)} already.", ok=False)
    return lambda writing: _published(writing, report, day)


def _published(writing: Writing, report: Report, day: date) -> Reply:
    from db.importing.records import settle_publication  # reading deadlines takes long to import

    before = report.published
    writing.change(report, "published", {"published": day, "published_set_at": writing.now})
    dated = settle_publication(writing, report, before=before)
    was = f" (it was {say_date(before)})" if before else ""
    if report.answered or report.pcc_response:
        statutory = "The PCC's response is held, so no statutory reminder is sent."
    else:
        end = last_day(day)
        left = in_days(end, writing.today)
        statutory = f"The PCC's comments are due by {say_day(end)}, the 56th day ({left})."
    text = f"Duly noted. {_name(report)} was published on {say_date(day)}{was}. {statutory}"
    return Reply("\n".join([text, *_dated(writing, dated)]))


def _dated(writing: Writing, rows: Sequence[Recommendation]) -> list[str]:
    """A line for each recommendation whose deadline is known now."""
    lines = [
        f"- {name_of(writing, row)} is due {say_date(row.deadline)}"
        for row in rows
        if row.deadline is not None
    ]
    more = [f"- and {len(lines) - MOST_TOLD} more"] if len(lines) > MOST_TOLD else []
    return lines[:MOST_TOLD] + more


@FAMILY.verb(
    "answered",
    usage=(ANSWERED, "answered vetting 20 December 2022"),
    summary="record when the PCC's response to a report was published",
    right=Right.REPORTS,
    detail="The secretary or the PCC's office. It ends the statutory clock of the report.",
)
def answered(reading: Reading, context: Context) -> Reply | Act:
    target = _read(reading, context, ANSWERED)
    if isinstance(target, Reply):
        return target
    report, day = target
    if report.published and day < report.published:
        raise CommandRefused(
            f"“{report.title}” was published on {say_date(report.published)}, "
            f"so it was not answered on {say_date(day)}."
        )
    if report.answered == day:
        return Reply(f"{_name(report)} is marked so already.", ok=False)
    return lambda writing: _answered(writing, report, day)


def _answered(writing: Writing, report: Report, day: date) -> Reply:
    writing.change(report, "answered", {"answered": day})
    text = f"Duly noted. {_name(report)} was answered on {say_date(day)}"
    if report.published is None:
        return Reply(f"{text}.")
    end = last_day(report.published)
    late = (day - end).days
    if late > 0:
        days = "1 day" if late == 1 else f"{late} days"
        return Reply(f"{text}, {days} after the 56th day, {say_date(end)}.")
    return Reply(f"{text}, within the 56 days, which end on {say_date(end)}.")


def _read(reading: Reading, context: Context, example: str) -> tuple[Report, date] | Reply:
    """The report and the date that were typed; a choice when several reports are meant."""
    context.check(reading)
    words, day = _split(context.rest, reading.today)
    if day is None:
        when = "When? " if context.rest else ""
        raise WhichReport(f"{when}Say the report and the date, for example: {example}")
    if day > reading.today:
        raise CommandRefused(
            f"{say_date(day)} is still to come. If you meant an earlier year, write the year."
        )
    if not words:
        raise WhichReport(f"Which report? Say words of its title, for example: {example}")
    reports = _reports(reading, words)
    if len(reports) == 1:
        return reports[0], day
    if not reports:
        titles = dict.fromkeys(report.title for report in reading.reports.values())
        known = "; ".join(titles) or "none yet: import its response record first"
        raise WhichReport(f"No report here is called “{words}”. There is {known}.")
    choices = [
        Button(f"{r.force}: {r.title}", f"{context.word} {r.title} of {r.force} {say_date(day)}")
        for r in reports
    ]
    return question_reply("Which report is meant? Say one of:", choices)


def _split(text: str, today: date) -> tuple[str, date | None]:
    """The words of the report, and the date at the end: the longest tail that is one."""
    words = text.split()
    for start in range(max(0, len(words) - MOST_WORDS), len(words)):
        day = read_typed_date(" ".join(words[start:]), today)
        if day is not None:
            return _ON.sub("", " ".join(words[:start])).strip(), day
    return text.strip(), None


def _reports(reading: Reading, words: str) -> list[Report]:
    """The reports of a title, whole or in part, with `of FORCE` at the end or without."""
    name = words.lstrip("@ ").replace('"', "").replace("“", "").replace("”", "")
    ofs = deque(_OF.finditer(name), MOST_OFS)
    for of in reversed(ofs):
        title, force = name[: of.start()].rstrip(), name[of.end() :]
        if reports := lookup.reports(reading, title, force):
            return reports
    return lookup.reports(reading, name)


def _name(report: Report) -> str:
    return f"“{report.title}” ({report.force})"
