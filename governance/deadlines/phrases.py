"""The phrases that state a deadline: by a date, within a time, at once.

Each finder goes through a text and gives what it found in order; `reading` weighs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from governance.deadlines.periods import Edge, Period, take_period
from governance.deadlines.sentences import Place, place
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
    r"\s*(?:[,;]?\s*(?:and|or|&)\s+(?:then\s+|again\s+)?(?:on\s+|by\s+)?|,\s*)", re.IGNORECASE
)
_SCHEDULED = re.compile(r"\b(?:in|during|for|towards|over)\s+(?=\S)", re.IGNORECASE)
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
    """Words about time that no date can be taken from; `soon` ones count only alone."""

    start: int
    end: int
    soon: bool = False


Phrase = ByDate | Within | AtOnce | Vague


def find_phrases(text: str) -> list[Phrase]:
    """Every phrase that states a deadline, in the text's order, none over another."""
    found: list[Phrase] = []
    for finder in (_by_date, _latest, within, _at_once, _scheduled, _soon, _whole_text):
        found.extend(finder(text))
    found.sort(key=lambda phrase: (phrase.start, -phrase.end))
    kept: list[Phrase] = []
    for phrase in found:
        if not kept or phrase.start >= kept[-1].end:
            kept.append(phrase)
    return [_as_phrase(phrase) for phrase in kept]


def _as_phrase(phrase: Phrase) -> Phrase:
    if isinstance(phrase, ByDate) and phrase.period.vague:
        return Vague(phrase.start, phrase.end)
    if isinstance(phrase, Within) and phrase.vague:
        return Vague(phrase.start, phrase.end)
    return phrase


def _by_date(text: str) -> Iterator[ByDate]:
    for lead in _LEAD.finditer(text):
        taken = _dated(
            text, lead.end(), before=bool(lead["before"]), from_start=bool(lead["start"])
        )
        if taken is None:
            continue
        period, edge = taken
        if lead["year"] and (period.vague or period.month is not None):
            continue
        where = place(text, lead.start(), period.end)
        if where.is_narrative or (where.is_about_past_cases and not where.is_head):
            continue
        if lead["start"] and not where.begins_clause:
            continue
        if lead["before"] and where.is_in_subject:
            continue
        for phrase in _listed(text, lead.start(), period, edge):
            yield replace(phrase, is_head=where.is_head)


def _listed(text: str, start: int, period: Period, edge: Edge) -> Iterator[ByDate]:
    """A phrase and the dates listed after it: "by 30 April and 31 October 2023"."""
    while (after := _next_listed(text, period, edge)) is not None:
        yield ByDate(start, period.end, period.sharing_year_of(after[0]), edge)
        period, edge = after
        start = period.start
    latest = _LATEST.match(text, period.end)
    yield ByDate(start, latest.end() if latest else period.end, period, edge)


def _next_listed(text: str, period: Period, edge: Edge) -> tuple[Period, Edge] | None:
    """The date listed after a period, with its year; "and 2024" alone may be anything."""
    then = _THEN.match(text, period.end)
    taken = _dated(text, then.end(), before=edge is Edge.DAY_BEFORE) if then else None
    if taken is None or taken[0].year is None or taken[0].month is None:
        return None
    return taken


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
        where = place(text, match.start(), match.end())
        if where.is_narrative:
            continue
        if where.is_head or (not match["word"] and _is_order(where)):
            yield AtOnce(match.start(), match.end())


def _is_order(where: Place) -> bool:
    return where.is_asked_for and not (where.is_for_each_case or where.is_in_relative_clause)


def _scheduled(text: str) -> Iterator[ByDate]:
    """A vague period that work is put in: "In Q3 2023, forces should …"."""
    for lead in _SCHEDULED.finditer(text):
        taken = _dated(text, lead.end())
        if taken is None or not taken[0].vague:
            continue
        where = place(text, lead.start(), taken[0].end)
        if where.is_head and where.obliges:
            yield ByDate(lead.start(), taken[0].end, *taken)


def _soon(text: str) -> Iterator[Vague]:
    for match in _SOON.finditer(text):
        if place(text, match.start(), match.end()).is_head:
            yield Vague(match.start(), match.end(), soon=True)


def _whole_text(text: str) -> Iterator[ByDate]:
    """A text that is nothing but a date, as in a cell of a table."""
    start = len(text) - len(text.lstrip())
    taken = _dated(text, start)
    if taken is not None and not text[taken[0].end :].strip(" .,;\t\n\u00a0"):
        yield ByDate(start, taken[0].end, *taken)
