"""Moments as Slack's date token, so that each reader sees their own time zone.

Only a moment becomes one. A deadline is a day, not a moment: the zones of the world span 26
hours, so no moment falls on that day for every reader, and a token would show some of them the
day before or after. Days stay in words.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.slack.blocks.escape import escape
from governance.dates import DAYS, MONTHS, possible, say_moment

_DAYS = "|".join(DAYS)
_MONTHS = "|".join(MONTHS)
_FOUND = re.compile(
    rf"""
    (?P<code>`[^`\n]*`)
  | (?P<url>\bhttps?://(?:&amp;|[^\s<>|&"“”…`])+)
  | (?P<moment>\b(?:{_DAYS})\ (?P<day>\d{{1,2}})\ (?P<month>{_MONTHS})\ (?P<year>\d{{4}})
        ,\ (?P<hour>\d\d):(?P<minute>\d\d)) (?:\ to\ (?P<end>\d\d:\d\d))? (?![\d:])
    """,
    re.VERBOSE,
)
_WEEKDAY = "day "
"""Without it there is no moment in a text: most have none, and need not be searched."""
_TRAILING = re.compile(r"(?:&amp;|[.,;:!?)\]}'’*_~])+\Z")
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, start=1)}
_FIRST_YEAR, _LAST_YEAR = 1971, 2999


def said(text: str, zone: ZoneInfo | None = None) -> str:
    """A text as mrkdwn: escaped, its web addresses links, its moments date tokens.

    What stands between backticks is something to type, and stays as it is. `zone` is the zone
    the moments are written in; without it they stay in words.
    """
    safe = escape(text)
    if "://" not in safe and (zone is None or _WEEKDAY not in safe):
        return safe

    def dressed(match: re.Match[str]) -> str:
        if match["url"]:
            address = _TRAILING.sub("", match["url"])
            if address.endswith("//"):
                return match[0]
            return f"<{address}>{match['url'][len(address) :]}"
        if match["moment"] and zone is not None:
            return _tokens(match, zone)
        return match[0]

    return _FOUND.sub(dressed, safe)


def token(moment: datetime, words: str, form: str = "{date_long}, {time}") -> str:
    """Slack's date token of an aware moment; `words` are shown where it cannot be."""
    return f"<!date^{int(moment.timestamp())}^{form}|{words}>"


def _tokens(match: re.Match[str], zone: ZoneInfo) -> str:
    """The moment found, and the end of the meeting where one follows, each as a token.

    Words that name no such moment (another weekday, an hour that the clocks skip or repeat)
    stay words.
    """
    start = _moment(match, zone)
    if start is None or say_moment(start, zone) != match["moment"]:
        return match[0]
    told = token(start, match["moment"])
    if not match["end"]:
        return told
    hour, minute = (int(part) for part in match["end"].split(":"))
    if hour > 23 or minute > 59:
        return f"{told} to {match['end']}"
    end = start.replace(hour=hour, minute=minute)
    if end <= start:
        end += timedelta(days=1)
    return f"{told} to {token(end, match['end'], '{time}')}"


def _moment(match: re.Match[str], zone: ZoneInfo) -> datetime | None:
    year, hour, minute = int(match["year"]), int(match["hour"]), int(match["minute"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR or hour > 23 or minute > 59:
        return None
    day = possible(year, _MONTH_NUMBER[match["month"]], int(match["day"]))
    if day is None:
        return None
    first = datetime(year, day.month, day.day, hour, minute, tzinfo=zone)
    return first if first.utcoffset() == first.replace(fold=1).utcoffset() else None
