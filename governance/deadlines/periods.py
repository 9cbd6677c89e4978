"""Days, months and years as typed: which days they cover, once a year is known.

A period is what stands after "by" or "before": "30 April 2023", "October", "2024", "the
financial year 2023/24", or something too vague to be a date ("spring 2025").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from governance.dates import MONTH, YEARS, full_year, last_of_month, month_number, possible

_YEARS_AHEAD = 9  # 29 February may be eight years off
_FINANCIAL_MONTH = 4
_DAYS = range(20, 32)  # what could be a day or a year in "April 23"
_FLAGS = re.IGNORECASE | re.VERBOSE

_WEEKDAY = r"(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"""(?:(?:(?:midnight|midday|noon|close\s+of\s+(?:play|business)|the\s+close
    |\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm|hours|hrs)|\d{1,2}[:.]\d{2})\s*(?:,|\bon\b|\bof\b)?\s*))?"""
_YEAR = r"(?:19|20|21)\d{2}"
# Two digits are a year only where nothing follows that they could count ("30 April 23, forces").
_SHORT_YEAR = (
    r"(?:['’][2-4]\d|[2-4]\d(?=\s*(?:$|[,;:)\]/\0–—]|\.(?!\d)|at\s+the\s+latest|and\b|or\b|the\b"
    r"|all\b|each\b|every\b|chief\b|forces?\b|police\b|constabular|should\b|must\b|to\b)))"
)
# After a comma four digits may count something too ("By 30 April, 2000 officers").
_YEAR_AFTER_COMMA = (
    rf",\s*(?:(?:in|of)\s+)?(?P<comma_year>{_YEAR})(?=\s*(?:$|[,.;:)\]\0–—]|at\s+the\s+latest|and\b"
    r"|or\b|the\b|all\b|each\b|every\b|chief\b|forces?\b|police\b|constabular|should\b|must\b))"
)
_OF = r"(?:(?:in|of)\s+)?"
_END = r"(?![\w/]|[-–]\d)"
_NEXT = r"(?:\s+(?P<when>next|this|that|the\s+following)\s+year)"

_NUMERIC = re.compile(
    rf"""{_CLOCK}(?:{_WEEKDAY},?\s+)?(?:
        (?P<year>{_YEAR})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})
            (?:T\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?Z?)?
      | (?P<day2>\d{{1,2}})\s?(?P<mark>[/.-])\s?(?P<month2>\d{{1,2}})\s?(?P=mark)\s?
        (?P<year2>{_YEAR}|\d{{2}})
    ){_END}""",
    _FLAGS,
)
_DAY = re.compile(
    rf"""{_CLOCK}(?:{_WEEKDAY},?\s+)?(?:the\s+)?
    (?P<day>\d{{1,2}})\s?(?:st|nd|rd|th)?[\s-]*(?:(?:day\s+)?of\s+)?(?P<month>{MONTH})\b\.?
    (?:\s?-?\s?{_OF}(?P<year>{_YEAR}|{_SHORT_YEAR})|{_YEAR_AFTER_COMMA}|{_NEXT})?+
    {_END}(?!\s*\d\w{{2,}})""",
    _FLAGS,
)
_MONTH_DAY = re.compile(
    rf"""{_CLOCK}(?:{_WEEKDAY},?\s+)?
    (?P<month>{MONTH})\b\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?P<ordinal>st|nd|rd|th)?
    (?:\s?{_OF}(?P<year>{_YEAR})|{_YEAR_AFTER_COMMA}|{_NEXT})?+{_END}""",
    _FLAGS,
)
_MONTH = re.compile(
    rf"""(?:the\s+)?(?:month\s+of\s+)?(?P<month>{MONTH})\b\.?
    (?:\s?-?\s?{_OF}(?P<year>{_YEAR})|{_YEAR_AFTER_COMMA}|\s*-?['’](?P<short>\d{{2}})
       |-(?P<dashed>\d{{2}})|{_NEXT})?+{_END}(?!\s*\d)""",
    _FLAGS,
)
_FINANCIAL = re.compile(
    rf"""(?:the\s+)?(?:
        (?:financial|fiscal)\s+year(?:\s+of)?\s+(?P<start>{_YEAR})\s?[/–-]\s?(?P<stop>\d{{4}}|\d{{2}})
      | FY\s?(?P<start2>{_YEAR}|\d{{2}})\s?[/–-]\s?(?P<stop2>\d{{4}}|\d{{2}})
      | (?P<start3>{_YEAR})\s?[/–-]\s?(?P<stop3>\d{{4}}|\d{{2}})(?:\s+(?:financial|fiscal)\s+year)?
    )(?![\w/-])""",
    _FLAGS,
)
_FINANCIAL_ENDING = re.compile(
    r"(?:the\s+)?(?:financial|fiscal)\s+year\s+(?:ending|to|that\s+ends)\s+(?:on\s+|in\s+)?", _FLAGS
)
_SOME_FINANCIAL = re.compile(
    r"(?:the|this|our|its)\s+(?P<when>current|present|next|coming)?\s*"
    r"(?:financial|fiscal)\s+year\b|(?P<when2>this|next)\s+(?:financial|fiscal)\s+year\b",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(
    rf"""(?:the\s+)?(?P<named>(?:calendar\s+)?year\s+(?:of\s+)?)?(?P<year>{_YEAR}){_END}
       | (?P<when>this|next|the\s+(?:current|following))\s+(?:calendar\s+)?year\b
       | the\s+calendar\s+year\b""",
    _FLAGS,
)
_YEAR_STANDS_ALONE = re.compile(
    r"\s*(?:$|[,.;:)\]–—]|at\s+the\s+latest|and\b|or\b|the\b|all\b|each\b|every\b|chief\b|forces?\b"
    r"|police\b|constabular|should\b|must\b)",
    re.IGNORECASE,
)
_SEASON = r"(?:spring|summer|autumn|winter|easter|christmas)"
_ORDINAL = r"(?:first|second|third|fourth|last|final|next|1st|2nd|3rd|4th)"
_OF_YEAR = rf"(?:,?\s*(?:of\s+)?(?:the\s+)?{_YEAR}(?:\s?[/–-]\s?\d{{2,4}})?)"
_VAGUE = re.compile(
    rf"""(?:the\s+)?(?:
        (?:(?:early|mid|late|end|start|middle|beginning)[\s-]*(?:of\s+)?(?:the\s+)?(?:in\s+)?)?
        (?:next\s+|this\s+)?{_SEASON}\b{_OF_YEAR}?
      | q(?:uarter\s*)?[1-4]\b(?:\s*[–/-]\s*q[1-4])?(?:{_OF_YEAR}|\s+\d\d\s?/\s?\d\d)?
      | quarter\s+(?:one|two|three|four)\b{_OF_YEAR}?
      | h[12]\s*{_YEAR}
      | {_ORDINAL}\s+(?:quarter|half|part|week|month|fortnight)\b
            (?:\s+(?:of|in)\s+(?:the\s+)?(?:(?:{MONTH})\s*)?(?:{_YEAR}|year|financial\s+year)?)?
      | (?:early|mid|late|around|about|approximately|roughly|circa|sometime\s+in)[\s-]+
            (?:in\s+)?(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?
            (?:(?:{MONTH})\b\.?(?:\s+{_YEAR})?|{_YEAR})
      | (?:\d{{1,2}}\s?[/–-]\s?\d{{1,2}}\s+|(?:{MONTH})\b\.?\s?[/–-]\s?)(?:{MONTH})\b\.?
            (?:\s+{_YEAR})?
      | \d{{1,2}}(?:st|nd|rd|th)?\s+(?:{MONTH})\s+\d\w{{2,}}
      | middle\s+of\s+(?:(?:{MONTH})(?:\s+{_YEAR})?|{_YEAR}|the\s+year)
      | new\s+year\b
      | year[\s-]end\b(?:\s+{_YEAR})? | month[\s-]end\b
      | (?:year|month|quarter|week)\b(?!\s+{_YEAR})
      | (?:next|this|following|coming)\s+(?:year|month|quarter|week|half)\b
      | (?:time\s+of\s+)?(?:our|the|its|their)?\s*next\s+(?:\w+\s+)?
            (?:inspection|round|visit|review)\b
    )(?!\w)""",
    _FLAGS,
)


class Edge(StrEnum):
    """Which day of the period, or beside it, is meant."""

    FIRST = "first"
    LAST = "last"
    DAY_BEFORE = "day before"


@dataclass(frozen=True)
class Period:
    """Part of the calendar as typed, from one position of the text to another.

    `year` is None where none was typed: then `offset` counts from the year of publication
    (0 this year, 1 next year), or is None for the first one after publication.
    """

    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    offset: int | None = None
    financial: bool = False
    vague: bool = False
    weekday: int | None = None
    """The day of the week typed before the date: 0 is Monday."""

    @property
    def wants_publication(self) -> bool:
        return self.year is None and not self.vague

    def day_at(self, edge: Edge, published: date | None) -> date | None:
        """The day meant; None where it is impossible, vague, or wants a publication date."""
        if self.vague:
            return None
        if self.year is not None:
            return self._in_year(self.year, edge)
        if published is None:
            return None
        base = published.year
        if self.financial and published.month < _FINANCIAL_MONTH:
            base -= 1
        if self.offset is not None:
            return self._in_year(base + self.offset, edge)
        years = range(base, base + _YEARS_AHEAD)
        days = (self._in_year(year, edge) for year in years)
        return next((day for day in days if day is not None and day > published), None)

    @property
    def is_possible(self) -> bool:
        """Does any year that fits have such a period?"""
        years = range(2000, 2004 + 1) if self.year is None else (self.year,)
        return self.vague or any(self._in_year(year, Edge.LAST) for year in years)

    def sharing_year_of(self, later: Period) -> Period:
        """With the year of a date listed after it: "30 April and 31 October 2023"."""
        if self.year is not None or self.offset is not None or later.year is None or self.vague:
            return self
        shared = replace(self, year=later.year)
        mine, theirs = shared.day_at(Edge.LAST, None), later.day_at(Edge.LAST, None)
        if mine is not None and theirs is not None and mine > theirs:
            return replace(shared, year=later.year - 1)
        return shared

    def _in_year(self, year: int, edge: Edge) -> date | None:
        span = self._span(year)
        if span is None:
            return None
        match edge:
            case Edge.FIRST:
                return span[0]
            case Edge.LAST:
                return span[1]
            case Edge.DAY_BEFORE:
                return span[0] - timedelta(days=1)

    def _span(self, year: int) -> tuple[date, date] | None:
        if year not in YEARS:
            return None
        if self.financial:
            return date(year, _FINANCIAL_MONTH, 1), date(year + 1, 3, 31)
        if self.month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if self.day is None:
            return date(year, self.month, 1), last_of_month(year, self.month)
        day = possible(year, self.month, self.day)
        return None if day is None else (day, day)


def take_period(text: str, start: int) -> Period | None:
    """The period that begins at `start`, None when what stands there is none."""
    for take in (_numeric, _day, _month_day, _financial, _vague, _month, _year):
        found = take(text, start)
        if found is not None:
            return found
    return None


def _offset(when: str | None) -> int | None:
    if not when:
        return None
    return 1 if when.lower().split()[-1] in {"next", "following", "coming"} else 0


def _numeric(text: str, start: int) -> Period | None:
    match = _NUMERIC.match(text, start)
    if match is None:
        return None
    which = "" if match["year"] else "2"
    return Period(
        start,
        match.end(),
        day=int(match[f"day{which}"]),
        month=int(match[f"month{which}"]),
        year=full_year(match[f"year{which}"]),
        weekday=_weekday(match),
    )


def _day(text: str, start: int) -> Period | None:
    match = _DAY.match(text, start)
    if match is None or _is_the_verb(match, text):
        return None
    year = match["year"] or match["comma_year"]
    return Period(
        start,
        match.end(),
        day=int(match["day"]),
        month=month_number(match["month"]),
        year=full_year(year.lstrip("'’")) if year else None,
        offset=_offset(match["when"]),
        weekday=_weekday(match),
    )


def _weekday(match: re.Match[str]) -> int | None:
    typed = match["weekday"]
    return _WEEKDAYS.index(typed[:3].lower()) if typed else None


def _month_day(text: str, start: int) -> Period | None:
    match = _MONTH_DAY.match(text, start)
    if match is None:
        return None
    day = int(match["day"])
    year = match["year"] or match["comma_year"]
    bare = year is None and match["ordinal"] is None and match["when"] is None
    return Period(
        start,
        match.end(),
        day=day,
        month=month_number(match["month"]),
        year=int(year) if year else None,
        offset=_offset(match["when"]),
        weekday=_weekday(match),
        vague=bare and day in _DAYS,  # "April 23" may be a day or a year
    )


def _month(text: str, start: int) -> Period | None:
    match = _MONTH.match(text, start)
    if match is None or _is_the_verb(match, text):
        return None
    year = match["year"] or match["comma_year"] or match["short"] or match["dashed"]
    return Period(
        start,
        match.end(),
        month=month_number(match["month"]),
        year=full_year(year) if year else None,
        offset=_offset(match["when"]),
    )


def _is_the_verb(match: re.Match[str], text: str) -> bool:
    """ "may" and "march" in lower case with no year are verbs unless the phrase stops there."""
    if match["month"] not in {"may", "march"} or match["year"] or match["comma_year"]:
        return False
    return re.match(r"\s*(?:$|[,.;:)])", text[match.end() :]) is None


def _financial(text: str, start: int) -> Period | None:
    if (ending := _FINANCIAL_ENDING.match(text, start)) is not None:
        inner = take_period(text, ending.end())
        return None if inner is None else replace(inner, start=start)
    if (match := _FINANCIAL.match(text, start)) is not None:
        first = match["start"] or match["start2"] or match["start3"]
        last = match["stop"] or match["stop2"] or match["stop3"]
        year = full_year(first)
        follows = int(last) % 100 == (year + 1) % 100
        return Period(start, match.end(), year=year, financial=follows, vague=not follows)
    if (match := _SOME_FINANCIAL.match(text, start)) is not None:
        when = match["when"] or match["when2"]
        return Period(start, match.end(), offset=_offset(when) or 0, financial=True)
    return None


def _year(text: str, start: int) -> Period | None:
    match = _YEAR_ALONE.match(text, start)
    if match is None:
        return None
    if match["year"]:
        if not match["named"] and _YEAR_STANDS_ALONE.match(text, match.end()) is None:
            return None
        return Period(start, match.end(), year=int(match["year"]))
    return Period(start, match.end(), offset=_offset(match["when"]) or 0)


def _vague(text: str, start: int) -> Period | None:
    match = _VAGUE.match(text, start)
    if match is None or _YEAR_ALONE.match(text, start) is not None:
        return None
    return Period(start, match.end(), vague=True)
