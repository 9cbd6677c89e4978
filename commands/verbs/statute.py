"""The statutory clock of a report: when it was published, and when it was answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from commands.changes import Act, Refused, act
from commands.invocation import Context
from commands.registry import Family
from db.queries import lookup
from db.store import Reading, Writing
from db.tables import Recommendation, Report
from governance.calendar import last_day
from governance.dates import read_typed_date, say_date, say_day
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
_OF = re.compile(r"\s+of\s+", re.I)


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
def published(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        found = _read(reading, context, PUBLISHED)
        if isinstance(found, Reply):
            return found
        report, day = found
        if report.answered and day > report.answered:
            raise Refused(
                f"“{report.title}” was answered on {say_date(report.answered)}, "
                f"so it was not published on {say_date(day)}."
            )
        if report.published == day:
            return Reply(f"{_name(report)} is known to be of {say_date(day)} already.", ok=False)
        return lambda writing: _published(writing, report, day)

    return act(context, plan)


def _published(writing: Writing, report: Report, day: date) -> Reply:
    from db.importing.records import settle_publication  # reading deadlines takes long to import

    before = report.published
    writing.change(report, "published", {"published": day, "published_set_at": writing.now})
    dated = settle_publication(writing, report, before=before)
    was = f" (it was {say_date(before)})" if before else ""
    told = [f"Duly noted. {_name(report)} was published on {say_date(day)}{was}."]
    if report.answered or report.pcc_response:
        told.append("The PCC's response is held, so no statutory reminder is sent.")
    else:
        end = last_day(day)
        told.append(
            f"The PCC's comments are due by {say_day(end)}, the 56th day "
            f"({in_days(end, writing.today)})."
        )
    told += _dated(writing, dated)
    return Reply(" ".join(told[:2]) + "".join(f"\n{line}" for line in told[2:]))


def _dated(writing: Writing, rows: Sequence[Recommendation]) -> list[str]:
    """The recommendations whose deadline is known now."""
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
def answered(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        found = _read(reading, context, ANSWERED)
        if isinstance(found, Reply):
            return found
        report, day = found
        if report.published and day < report.published:
            raise Refused(
                f"“{report.title}” was published on {say_date(report.published)}, "
                f"so it was not answered on {say_date(day)}."
            )
        if report.answered == day:
            return Reply(f"{_name(report)} is marked so already.", ok=False)
        return lambda writing: _answered(writing, report, day)

    return act(context, plan)


def _answered(writing: Writing, report: Report, day: date) -> Reply:
    writing.change(report, "answered", {"answered": day})
    told = f"Duly noted. {_name(report)} was answered on {say_date(day)}"
    if report.published is None:
        return Reply(f"{told}.")
    end = last_day(report.published)
    late = (day - end).days
    if late > 0:
        days = "1 day" if late == 1 else f"{late} days"
        return Reply(f"{told}, {days} after the 56th day, {say_date(end)}.")
    return Reply(f"{told}, within the 56 days, which end on {say_date(end)}.")


def _read(reading: Reading, context: Context, example: str) -> tuple[Report, date] | Reply:
    """The report and the date that were typed; a choice when several reports are meant."""
    context.check(reading)
    words, day = _split(context.rest, reading.today)
    if day is None:
        said = "When? " if context.rest else ""
        raise WhichReport(f"{said}Say the report and the date, for example: {example}")
    if day > reading.today:
        raise Refused(
            f"{say_date(day)} is still to come. If you meant an earlier year, write the year."
        )
    if not words:
        raise WhichReport(f"Which report? Say words of its title, for example: {example}")
    found = _reports(reading, words)
    if len(found) == 1:
        return found[0], day
    if not found:
        titles = dict.fromkeys(report.title for report in reading.reports.values())
        known = "; ".join(titles) or "none yet: import its response record first"
        raise WhichReport(f"No report here is called “{words}”. There is {known}.")
    commands = [f"{context.word} {r.title} of {r.force} {say_date(day)}" for r in found]
    return Reply(
        "\n".join(["Which report is meant? Say one of:", *(f"- `{c}`" for c in commands)]),
        ok=False,
        buttons=tuple(
            Button(f"{r.force}: {r.title}", c) for r, c in zip(found, commands, strict=True)
        ),
    )


def _split(text: str, today: date) -> tuple[str, date | None]:
    """The words of the report, and the date at the end: the longest tail that is one."""
    said = text.split()
    for start in range(len(said)):
        day = read_typed_date(" ".join(said[start:]), today)
        if day is not None:
            return _ON.sub("", " ".join(said[:start])).strip(), day
    return text.strip(), None


def _reports(reading: Reading, words: str) -> list[Report]:
    """Those the words name: a title, whole or in part, with `of FORCE` at the end or without."""
    said = words.lstrip("@ ").replace('"', "").replace("“", "").replace("”", "")
    for of in reversed(list(_OF.finditer(said))):
        title, force = said[: of.start()], said[of.end() :]
        if found := lookup.reports(reading, title, force):
            return found
    return lookup.reports(reading, said)


def _name(report: Report) -> str:
    return f"“{report.title}” ({report.force})"
