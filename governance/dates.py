"""Dates as people write and read them: day before month, in English words."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
"""A month's name or its usual short form, for a case-blind pattern."""

_WEEKDAY = (
    r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?"
)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""English whatever the machine's locale is, from Monday as `date.weekday` counts."""
_SHORT_MONTHS = [name[:3].lower() for name in MONTHS]
YEARS = range(1900, 2201)
"""The years of any date that is read: rules count weeks, months and leap years on from each."""
_CENTURY = 2000
_LEAP_CYCLE_GAP = 8  # 29 February may be eight years off (1896 to 1904)

# A two-digit year must not be an hour ("4 May 14:00", "3 May 10 am") or another ordinal.
_SHORT_YEAR = r"['’]?\d{2}(?![\d:]|\.\d|\s?[ap]\.?m\b|st\b|nd\b|rd\b|th\b)"
_YEAR = rf"\d{{4}}|{_SHORT_YEAR}"
_END = r"(?![\w/]|:\d)"
_HEAD = re.compile(
    rf"""\s*
    (?:(?:{_WEEKDAY})\.?,?\s+)?
    (?:
        (?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})(?:T(?=\d)|{_END})
      | (?P<numbers>\d{{1,2}}(?P<mark>[/.-])\d{{1,2}}(?P=mark)(?:\d{{4}}|\d{{2}})){_END}
      | (?P<pair>\d{{1,2}}/\d{{1,2}}){_END}
      | (?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?(?P<month>{MONTH})\b\.?
            (?:,?\s*(?P<year>{_YEAR}))?+{_END}
      | (?P<month2>{MONTH})\b\.?\s+(?:the\s+)?(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?
            (?:,?\s+(?P<year2>{_YEAR}))?+{_END}
      | (?P<word>today|tomorrow|yesterday){_END}
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
MOST_WORDS = 8
"""Words of the longest date: "Sunday , the 30th of April , 2023"."""
_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}


@dataclass(frozen=True)
class TypedDay:
    """A day and month as typed, with the year when one was given."""

    day: int
    month: int
    year: int | None = None

    def on_or_after(self, start: date) -> date | None:
        """The date it means: as typed, or the first on or after `start`; None if impossible."""
        if self.year is not None:
            return possible(self.year, self.month, self.day)
        return first_on_or_after(self.day, self.month, start)


def say_date(day: date) -> str:
    """A date in words: "31 December 2023"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def say_day(day: date) -> str:
    """A date in words with its weekday: "Sunday 31 December 2023"."""
    return f"{DAYS[day.weekday()]} {say_date(day)}"


def say_moment(moment: datetime, zone: ZoneInfo) -> str:
    """An aware moment in the zone's wall time: "Tuesday 2 May 2023, 09:00"."""
    local = moment.astimezone(zone)
    return f"{say_day(local)}, {local.hour:02}:{local.minute:02}"


def month_number(name: str) -> int:
    """1–12 for a name that `MONTH` matched."""
    return _SHORT_MONTHS.index(name[:3].lower()) + 1


def full_year(digits: str) -> int:
    """A typed year: "2023", "23" and "'23" are 2023."""
    plain = digits.lstrip("'’")
    return int(plain) if len(plain) > 2 else _CENTURY + int(plain)


def possible(year: int, month: int, day: int) -> date | None:
    """The date, or None when the calendar has no such day, or the year is none of YEARS."""
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def last_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def first_on_or_after(day: int, month: int, start: date) -> date | None:
    """The first such day on or after `start`; None when no year has one (31 April)."""
    last = min(start.year + _LEAP_CYCLE_GAP, YEARS[-1])
    for year in range(start.year, last + 1):
        found = possible(year, month, day)
        if found is not None and found >= start:
            return found
    return None


def take_typed_day(text: str, today: date) -> tuple[TypedDay, str] | None:
    """A day at the head of `text`, and what follows it; None when there is none.

    The day may be one the calendar does not have (`TypedDay.on_or_after` says so). For those
    who choose the year themselves, such as the nearest meeting on "3 May".
    """
    match = _HEAD.match(text)
    if match is None:
        return None
    return _typed(match, today), text[match.end() :].lstrip(" \t\u00a0,")


def take_typed_date(text: str, today: date) -> tuple[date, str] | None:
    """A date at the head of `text`, and what follows it; None when there is none.

    Understands "30 April 2023", "30 Apr", "the 30th of April", "April 30, 2023",
    "30/04/2023", "30/4", "2023-04-30", today, tomorrow and yesterday, a weekday before it or
    not. Without a year it is the first on or after `today`. An impossible date, and one whose
    year is none of YEARS, is None.
    """
    taken = take_typed_day(text, today)
    if taken is None:
        return None
    typed, rest = taken
    found = typed.on_or_after(today)
    return None if found is None else (found, rest)


def read_typed_date(text: str, today: date) -> date | None:
    """The date that `text` is, as `take_typed_date` reads it; None when it is anything else."""
    taken = take_typed_date(text, today)
    if taken is None or taken[1].strip(" .\t\u00a0\n"):
        return None
    return taken[0]


def _typed(match: re.Match[str], today: date) -> TypedDay:
    if match["word"]:
        meant = today + timedelta(days=_WORDS[match["word"].lower()])
        return TypedDay(meant.day, meant.month, meant.year)
    if match["iso"]:
        year, month, day = match["iso"].split("-")
        return TypedDay(int(day), int(month), int(year))
    if match["numbers"]:
        day, month, year = match["numbers"].split(match["mark"])
        return TypedDay(int(day), int(month), full_year(year))
    if match["pair"]:
        day, month = match["pair"].split("/")
        return TypedDay(int(day), int(month))
    which = "" if match["month"] else "2"
    typed_year = match[f"year{which}"]
    return TypedDay(
        int(match[f"day{which}"]),
        month_number(match[f"month{which}"]),
        full_year(typed_year) if typed_year else None,
    )
