"""Times counted from publication ("within six months"), told apart from service standards.

"Within two working days of a report" says how fast each case is dealt with; it is no deadline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from governance.deadlines.sentences import sentence_context

_FLAGS = re.IGNORECASE | re.VERBOSE
_UNITS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORDS = "|".join(sorted(_UNITS, key=len, reverse=True))
_COUNT = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{_WORDS}))?|{_WORDS}|\d{{1,4}})"
_SPAN = re.compile(
    rf"""(?<![\w-])(?:
        (?:
            (?P<label>(?:time\s?scale|time\s?frame|target|deadline|due)\s?[:–—-])
          | (?P<has>ha(?:s|ve))
          | (?P<lead>(?:with)?in(?:side)?
                (?:\s+(?:a|the)\s+(?:maximum\s+|further\s+)?(?:period|space)\s+of)?
              | (?:no|not)\s+(?:later|more)\s+than | at\s+most
              | by | before | under | over | during)
        )
        \s+(?P<next>(?:the\s+)?(?:next|coming|following)\s+)?
        (?:the\s+|a\s+further\s+|a\s+maximum\s+of\s+|(?:no|not)\s+more\s+than\s+)?
    )?
    (?:(?:(?P<count>{_COUNT})(?:\s*\(\s*\w+(?:[\s-]\w+)?\s*\))?
            (?P<range>\s*(?:to|or|–|-)\s*(?:{_COUNT})(?=[\s-]))?
          |(?P<some>a\s+few|several|a\s+couple\s+of|some)|(?P<half>half\s+an?))[\s-]+
        |(?<=\bnext\s)|(?<=\bcoming\s)|(?<=\bfollowing\s))
    (?:full\s+|complete\s+)?(?P<kind>calendar|working|business|clear)?\s*
    (?P<unit>minute|hour|day|fortnight|week|month|year)s?(?P<own>['’]s?)?(?:[\s-]+(?P<trail>time|period))?
    (?![\w-])""",
    _FLAGS,
)
_TO_DO = re.compile(r"\s+(?:(?:in\s+which|within\s+which)\s+)?to\s+\w", re.IGNORECASE)
_INSPECTION = re.compile(
    r"(?:the|this|our|its)\s+(?:\w+\s+){0,2}(?:inspection|visit)\b", re.IGNORECASE
)
# "Within six months of its publication", after somebody was asked to publish something else.
_ANOTHER_IS_PUBLISHED = re.compile(
    r"\b(?:should|must|shall|will|to)\s+(?:\w+\s+)?(?:publish|issue|produce|release)\b",
    re.IGNORECASE,
)
_ITS = re.compile(r"its\b|the\s+publication\b|publication\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[.,;:)\0]|\Z)")
_DOCUMENT_REACH = 400
_AFTER = re.compile(r"\s+(?P<word>of|from|after|following|since|upon|to)\b\s*", re.IGNORECASE)
_REPORT = (
    r"(?:(?:inspection|thematic|national|final|full|hmicfrs|hmicfrs['’]s?)\s+){0,3}"
    r"(?:report|recommendations?)"
)
_PUBLICATION = re.compile(
    rf"""(?:
        (?:the\s+|its\s+|this\s+)?(?:(?:date|day)\s+of\s+)?(?:the\s+|its\s+|our\s+|this\s+)?
            (?:publication|publishing|release|issue|issuing)(?:\s+date)?
            (?:\s+of\s+(?:(?:this|the|our|that)\s+{_REPORT}|it))?
            (?!\s+of\b)
      | (?:the\s+date\s+of\s+)?(?:this|our|the)\s+{_REPORT}['’]?s?\s+
            (?:publication|being\s+(?:published|issued)|is\s+published|was\s+published)
      | (?:the\s+date\s+of\s+)?(?:this|our)\s+{_REPORT}
      | the\s+date\s+of\s+the\s+{_REPORT}
      | the\s+(?:{_REPORT})(?=\s*(?:[,.;:)]|$|chief\b|forces?\b|all\b|the\b))
      | (?:today|now)
    )(?!\w)""",
    _FLAGS,
)
_THIS = re.compile(r"(?:this|that|which|then)\b(?!\s+\w+ion\b)", re.IGNORECASE)
_OURS = re.compile(r"\b(?:publi|releas|issu|this|our|today|now)", re.IGNORECASE)
_NEVER_DUE = frozenset({"minute", "hour"})
_NOUN_FOLLOWS = re.compile(r"\s*['’]|-\w", re.IGNORECASE)


@dataclass(frozen=True)
class Within:
    """So much time from publication. `vague` ones cannot be counted, or may be no deadline."""

    start: int
    end: int
    days: int = 0
    months: int = 0
    vague: bool = False

    def day(self, published: date | None) -> date | None:
        """The last day; months are clipped to the month's last day. None if past all calendars."""
        if published is None:
            return None
        try:
            return published + relativedelta(months=self.months, days=self.days)
        except (ValueError, OverflowError):
            return None


def within(text: str) -> Iterator[Within]:
    """The times in `text` that are deadlines."""
    for match in _SPAN.finditer(text):
        found = _weigh(text, match)
        if found is not None:
            yield found


def _weigh(text: str, match: re.Match[str]) -> Within | None:
    """Weigh one match: a deadline, doubtful (vague), or a service standard (None)."""
    unit = match["unit"].lower()
    working = (match["kind"] or "").lower() in {"working", "business"}
    if unit in _NEVER_DUE or _NOUN_FOLLOWS.match(text, match.end()):
        return None
    context = sentence_context(text, match.start(), match.end())
    lead = (match["lead"] or "").lower()
    if match["has"]:
        counted = _TO_DO.match(text, match.end()) is not None and not context.is_for_each_case
        return _span(match, match.end(), vague=True) if counted else None
    if match["label"]:
        return _span(match, match.end(), vague=working)
    uncountable = bool(working or match["range"] or match["some"])
    after = _AFTER.match(text, match.end())
    if not lead and not (after is not None and context.is_head and context.obliges):
        return None
    if after is not None:
        return _anchored(text, match, after, uncountable, head=context.is_head)
    if context.is_narrative or working:
        return None
    plain = lead.startswith(("within", "inside")) or (
        lead.startswith("in") and (match["trail"] or match["own"])
    )
    later = lead == "in" and context.is_asked_for and _ENDS.match(text, match.end()) is not None
    if not plain and not match["next"] and not later and not (lead == "in" and context.is_head):
        return None
    if context.is_head:
        return _span(match, match.end(), vague=uncountable)
    if context.is_for_each_case or context.is_in_relative_clause:
        return None
    if context.is_casework and not context.begins_clause:
        return None
    doubtful = unit == "day" and not context.begins_clause
    return _span(match, match.end(), vague=uncountable or doubtful)


def _anchored(
    text: str, match: re.Match[str], after: re.Match[str], uncountable: bool, *, head: bool
) -> Within | None:
    """A time counted from something: from publication it is a deadline, else hardly ever."""
    anchor = _PUBLICATION.match(text, after.end())
    if anchor is not None and _ITS.match(anchor[0]):
        before = text[max(0, match.start() - _DOCUMENT_REACH) : match.start()]
        if _ANOTHER_IS_PUBLISHED.search(before) is not None:
            return None
    if anchor is not None:
        if uncountable or match["unit"].lower() == "day":
            # "two working days of the report" may mean any report that somebody makes
            ours = (head and not uncountable) or _OURS.search(anchor[0]) is not None
            return _span(match, anchor.end(), vague=uncountable) if ours else None
        return _span(match, anchor.end(), vague=False)
    this = _THIS.match(text, after.end()) or _INSPECTION.match(text, after.end())
    if this is not None and head:
        return _span(match, this.end(), vague=True)
    return None


def _span(match: re.Match[str], end: int, *, vague: bool) -> Within:
    if vague:
        return Within(match.start(), end, vague=True)
    unit = match["unit"].lower()
    if match["half"]:
        months = {"year": 6}.get(unit)
        return Within(match.start(), end, months=months or 0, vague=months is None)
    count = _number(match["count"]) if match["count"] else 1
    match unit:
        case "year":
            return Within(match.start(), end, months=12 * count)
        case "month":
            return Within(match.start(), end, months=count)
        case "fortnight":
            return Within(match.start(), end, days=14 * count)
        case "week":
            return Within(match.start(), end, days=7 * count)
        case _:
            return Within(match.start(), end, days=count)


def _number(words: str) -> int:
    """A count as typed: "18", "eighteen", "twenty-four"."""
    if words.isdigit():
        return int(words)
    parts = re.split(r"[\s-]", words.lower())
    return sum(_TENS.get(part, 0) or _UNITS.get(part, 0) for part in parts)
