"""The phrases that state a deadline: by a date, within a time, at once.

Each finder goes through a text and gives what it found in order; `reading` weighs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from governance.dates import MONTH, full_year, month_number
from governance.deadlines.periods import Edge, Period, take_period
from governance.deadlines.sentences import SentenceContext, obliges, sentence_context
from governance.deadlines.spans import Within, within

_FLAGS = re.IGNORECASE | re.VERBOSE

_LEAD = re.compile(
    r"""(?<![\w-])(?:
        (?P<by>
            (?:by\s*,?\s*(?:and\s+)?(?:at\s+the\s+(?:very\s+)?latest,?\s*|or\s+before\s*)?
                (?:(?:no|not)\s+later\s+than\s*)?)
          | (?:no|not|never)\s+later\s+than\s*
          | (?:no|not)\s+after\s*
          | on\s+or\s+(?:by|before)\s*
          | ha(?:s|ve)\s+until\s*
          | between\s+now\s+and\s*
          | at\s+the\s+(?:very\s+)?latest,?\s+(?:(?:by|on)\s+)?
          | (?:the\s+|a\s+)?(?:deadline|(?:target|due|completion)\s+date)\s*
                (?:\s(?:is|of)\s|[:–—-])\s*
          | (?:target|completion|timescale|time\s?frame|w/?e|week\s+ending|w/?c)(?:\s*[:–—]\s*|\s+)
          | due(?:\s+(?:on|in)\b|\s*:)?\s*
        )
      | (?P<before>(?:before|prior\s+to|ahead\s+of|in\s+advance\s+of)\s*)
      | (?P<start>with\s+effect\s+from\s+)
      | (?P<year>within\s+)
    )(?:[:,]\s*)?(?<=[\s,:–—-])""",
    _FLAGS,
)
_EDGE = re.compile(
    r"""(?:the\s+)?(?:very\s+)?(?:
        (?P<end>(?:end\s+of\s+the\s+(?:working\s+|business\s+)?day|close\s+of\s+(?:business|play))
                (?:\s+on|,)?\s+(?=\w)
          | (?:end|close|last\s+day|final\s+day|last\s+working\s+day)\b(?:\s+of\b|[\s-](?=\w)))
      | (?P<start>(?:start|beginning|first\s+day|outset)\s+of\b)
    )\s*(?:the\s+month\s+of\s+)?""",
    _FLAGS,
)
_LATEST = re.compile(r"\s*,?\s*\(?at\s+the\s+(?:very\s+)?latest\b(?!\s+by)", re.IGNORECASE)
_THEN = re.compile(
    r"\s?(?:[,;]?\s?(?:and|or|&)\s+(?:then\s+|again\s+)?(?P<lead>on\s+|by\s+)?|,\s?)", re.IGNORECASE
)
_EVERY_YEAR = re.compile(
    r"\s*,?\s*(?:(?:of\s+)?(?:each|every)\s+(?:calendar\s+)?year|annually(?!\s+there)|yearly)\b",
    re.IGNORECASE,
)
_EARLIEST = re.compile(r"\s*,?\s*\(?at\s+the\s+(?:very\s+)?earliest\b", re.IGNORECASE)
_MENTION = re.compile(
    rf"""(?<![\w/£.-])(?:(?P<lead>in|during|for|towards|over|on|from|until|till|since|after|between)\s+)?
    (?:the\s+)?(?P<date>
        (?:\d{{1,2}}\s?(?:st|nd|rd|th)?\s(?:of\s)?)?(?:{MONTH})\b
      | \d{{1,2}}[/.]\d{{1,2}}[/.](?:\d{{4}}|\d{{2}})\b | \d{{4}}-\d\d-\d\d\b
      | q[1-4]\b | (?:early|mid|late|end\s+of)\b[\s-] | (?:FY\s?)?\d{{4}}/\d{{2}}\b
    )""",
    _FLAGS,
)
_IMMEDIATE = re.compile(
    r"""(?<!\w)(?:
        with\s+immediate\s+effect
      | (?P<word>immediately|forthwith)
            (?!\s+(?:after|following|before|upon|on|prior|when|if|once|there|available))
    )(?!\w)""",
    _FLAGS,
)
_SOON = re.compile(
    r"as\s+soon\s+as\s+(?:is\s+)?(?:\w+\s+)?(?:possible|practicable)"
    r"(?!\s+(?:after|following|once|when))(?!\w)",
    re.IGNORECASE,
)
_IMMEDIATE_CELL = re.compile(r"\s*immediate\s*[.;]?\s*\Z", re.IGNORECASE)
_SHORT_MONTH_AND_YEAR = re.compile(
    r"\b(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\.?\s(?P<year>[2-4]\d)\b",
    re.I,
)
_UNKNOWN_CELL = re.compile(
    r"\s*(?:tb[acd]|a\.?s\.?a\.?p\.?|to\s+be\s+(?:agreed|confirmed|decided|determined))\.?\s*\Z",
    re.I,
)
_CELL_LENGTH = 120
_CELL_STEP = re.compile(
    r"(?:\s?[/;,(–—&+-]\s?|\b(?:to|and|then|now|revised|extended|until|by)\b[:\s]\s?)(?=[\w'’])",
    re.I,
)
_MOST_MENTIONS = 200
_PAST_LEADS = frozenset({"since"})
_SOON_REACH = 45  # how far before "at the latest" a date may begin


@dataclass(frozen=True)
class ByDate:
    """A date, month or year that something is due by; `edge` says which of its days."""

    start: int
    end: int
    period: Period
    edge: Edge
    is_head: bool = True
    """It begins its sentence, where nothing but a deadline stands."""

    def day(self, published: date | None) -> date | None:
        return self.period.day_at(self.edge, published)


@dataclass(frozen=True)
class AtOnce:
    """Due on publication."""

    start: int
    end: int


@dataclass(frozen=True)
class Vague:
    """Words about time that no date can be taken from; `soon` ones count only alone.

    A `mentioned` one is a date, but no deadline: work is put in it or on it.
    """

    start: int
    end: int
    soon: bool = False
    mentioned: Period | None = None


@dataclass(frozen=True)
class Excluded:
    """A date that is surely no deadline: an earliest day, a plan, a day in the past."""

    start: int
    end: int


Phrase = ByDate | Within | AtOnce | Vague


def find_phrases(text: str) -> list[Phrase]:
    """Every phrase that states a deadline, in the text's order, none over another."""
    found: list[Phrase | Excluded] = []
    for finder in (_by_date, _latest, within, _at_once, _mentions, _soon, _cell):
        found.extend(finder(text))
    found.sort(key=lambda phrase: (phrase.start, -phrase.end))
    kept: list[Phrase | Excluded] = []
    for phrase in found:
        if not kept or phrase.start >= kept[-1].end:
            kept.append(phrase)
    return [_as_phrase(phrase) for phrase in kept if not isinstance(phrase, Excluded)]


def _as_phrase(phrase: Phrase) -> Phrase:
    if isinstance(phrase, ByDate) and phrase.period.vague:
        return Vague(phrase.start, phrase.end)
    if isinstance(phrase, Within) and phrase.vague:
        return Vague(phrase.start, phrase.end)
    return phrase


def _by_date(text: str) -> Iterator[ByDate | Vague | Excluded]:
    for lead in _LEAD.finditer(text):
        taken = _dated(
            text, lead.end(), before=bool(lead["before"]), from_start=bool(lead["start"])
        )
        if taken is None:
            continue
        period, edge = taken
        if lead["year"] and (period.vague or period.month is not None):
            continue
        context = sentence_context(text, lead.start(), period.end)
        earliest = _EARLIEST.match(text, period.end) is not None
        if (
            context.is_narrative
            or (context.is_about_past_cases and not context.is_head)
            or context.is_own_plan
            or (lead["start"] and not context.begins_clause)
            or (lead["before"] and (context.is_in_subject or context.forbids))
            or earliest
        ):
            yield Excluded(lead.start(), period.end)
            continue
        dates = _listed(text, period, edge)
        every_year = _EVERY_YEAR.match(text, dates[-1].end)
        if every_year is not None and len(dates) == 1:
            yield Vague(lead.start(), every_year.end())
            continue
        start: int | None = lead.start()
        latest = _LATEST.match(text, dates[-1].end)
        for period in dates:
            end = latest.end() if latest and period is dates[-1] else period.end
            yield ByDate(
                period.start if start is None else start, end, period, edge, context.is_head
            )
            start = None


def _listed(text: str, period: Period, edge: Edge) -> list[Period]:
    """The dates of one phrase: "by 30 April, 31 July and 31 October 2023".

    The last year serves those before it. A date that another "by" leads in ends the list, and
    gives its year too; so does what may be anything, such as "and 2024" alone.
    """
    dates = [period]
    while (then := _THEN.match(text, dates[-1].end)) is not None:
        taken = _dated(text, then.end(), before=edge is Edge.DAY_BEFORE)
        if taken is None or taken[0].month is None or taken[0].vague:
            break
        dates.append(taken[0])
        if then["lead"] and then["lead"].lower().startswith("by"):
            break
    while len(dates) > 1 and dates[-1].year is None:
        dates.pop()
    for at in range(len(dates) - 2, -1, -1):
        dates[at] = dates[at].sharing_year_of(dates[at + 1])
    if len(dates) > 1 and _is_led_in(text, dates[-1].start):
        dates.pop()
    return dates


def _is_led_in(text: str, start: int) -> bool:
    """Test whether a "by" of its own stands before a listed date, so that it is its own phrase."""
    return text[max(0, start - 3) : start].lower() == "by "


def _dated(
    text: str, start: int, *, before: bool = False, from_start: bool = False
) -> tuple[Period, Edge] | None:
    """The period at `start`, after "the end of" or not, and which of its days is meant."""
    edge = _EDGE.match(text, start)
    if edge is not None:
        period = take_period(text, edge.end())
        if period is not None:
            if edge["end"]:
                return period, Edge.LAST
            return period, Edge.DAY_BEFORE if before else Edge.FIRST
    period = take_period(text, start)
    if period is None:
        return None
    if before:
        return period, Edge.DAY_BEFORE
    return period, Edge.FIRST if from_start else Edge.LAST


def _latest(text: str) -> Iterator[ByDate]:
    """A date that only "at the latest" after it makes a deadline."""
    for latest in _LATEST.finditer(text):
        for start in range(max(0, latest.start() - _SOON_REACH), latest.start()):
            if start and (text[start - 1].isalnum() or not text[start].isalnum()):
                continue
            taken = _dated(text, start)
            if taken is not None and taken[0].end == latest.start():
                yield ByDate(start, latest.end(), *taken)
                break


def _at_once(text: str) -> Iterator[AtOnce]:
    for match in _IMMEDIATE.finditer(text):
        context = sentence_context(text, match.start(), match.end())
        if context.is_narrative:
            continue
        ordered = not match["word"] and _is_order(context)
        at_once = match["word"] and context.follows_order and not context.begins_casework
        if context.is_head or ordered or at_once:
            yield AtOnce(match.start(), match.end())
    cell = _IMMEDIATE_CELL.match(text)
    if cell is not None:
        yield AtOnce(len(text) - len(text.lstrip()), len(cell[0].rstrip()))


def _is_order(context: SentenceContext) -> bool:
    return context.is_asked_for and not (context.is_for_each_case or context.is_in_relative_clause)


def _mentions(text: str) -> Iterator[Vague]:
    """A date or period that work is put in or on, and no deadline: "in March 2024", "from Q3"."""
    for mention in islice(_MENTION.finditer(text), _MOST_MENTIONS):
        taken = _dated(text, mention.start("date"))
        if taken is None or (mention["lead"] or "").lower() in _PAST_LEADS:
            continue
        period = taken[0]
        if _LATEST.match(text, period.end) is not None:
            continue
        context = sentence_context(text, mention.start(), period.end)
        if context.obliges and not (
            context.is_narrative
            or context.is_own_plan
            or context.is_title
            or context.is_about_cases
        ):
            yield Vague(mention.start(), period.end, mentioned=period)


def _soon(text: str) -> Iterator[Vague]:
    if (cell := _UNKNOWN_CELL.match(text)) is not None:
        yield Vague(len(text) - len(text.lstrip()), len(cell[0].rstrip()))
    for match in _SOON.finditer(text):
        if sentence_context(text, match.start(), match.end()).is_head:
            yield Vague(match.start(), match.end(), soon=True)


def _cell(text: str) -> Iterator[ByDate | Vague]:
    """A text that is a table's cell: it begins with a date and asks for nothing.

    The first of several dates is the original one, and the last the current one.
    """
    start = len(text) - len(text.lstrip())
    first = _cell_date(text, start)
    if first is None or len(text) > _CELL_LENGTH or "\0" in text.strip("\0"):
        return
    rest = text[first.end :].strip(" .,;\t\n\u00a0\0")
    if rest and (obliges(text) or first.vague):
        return
    yield ByDate(start, first.end, first, Edge.LAST)
    at = first.end
    for match in _CELL_STEP.finditer(text, at):
        later = _cell_date(text, match.end()) if match.end() >= at else None
        if later is not None and not later.vague:
            yield ByDate(match.end(), later.end, later, Edge.LAST)
            at = later.end


def _cell_date(text: str, start: int) -> Period | None:
    """The date at `start` of a cell, where "Dec 23" is a month and its year."""
    short = _SHORT_MONTH_AND_YEAR.match(text, start)
    if short is not None:
        month = month_number(short["month"])
        return Period(start, short.end(), month=month, year=full_year(short["year"]))
    taken = _dated(text, start)
    return None if taken is None else taken[0]
