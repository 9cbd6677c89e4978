"""Slack's mrkdwn, written and read: escapes, links, date tokens, and a message's text as typed.

Slack reads `<…>` as a mention or a link, so `&`, `<` and `>` are written as entities (its own rule
for text that comes from elsewhere): nothing a person typed may ping anybody. A plain_text object
needs none of it.

Slack has no escape for its formatting marks (`*`, `_`, `~`, backticks, `>` at a line's head,
`:name:`), and promises nothing of a zero-width character beside one. Typed marks are written as
placeholders; `text_object` makes a text that holds any a plain_text, which Slack shows exactly as
it is, at the price of bold labels and links in that one object.

A moment becomes a date token, so that each reader sees their own time zone. A deadline is a day,
not a moment: the zones of the world span 26 hours, so no moment falls on that day for every
reader, and a token would show some of them the day before or after. Days stay in words.

Anyone in a workspace can send a text to be read, so each pattern of the parser takes time in
proportion to its length: no repetition within another, and none that runs past the `<` where the
next token begins.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat.text import clean, typed_part
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
"""Without it there is no moment in a text."""
_TRAILING = ".,;:!?)]}'’*_~"
"""Characters that end a sentence or a markup, and no web address."""
_AMPERSAND = "&amp;"
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, start=1)}
_FIRST_YEAR, _LAST_YEAR = 1971, 2999
_LINK = re.compile(r"<((?:https?|mailto|tel):[^<>|]+)(?:\|[^<>]*)?>")
_CHANNEL = re.compile(r"<#(\w+)(?:\|([^<>]*))?>")
_SPECIAL = re.compile(r"<!(?:subteam\^\w+\|)?([^<>|]*)(?:\|([^<>]*))?>")
_MAILTO = "mailto:"
_WORD = re.compile(r"\S+")
_PLACEHOLDERS = {ord(mark): chr(0xE000 + place) for place, mark in enumerate("*_~`:")}
_QUOTE = "\ue00f"
"""Placeholder of a `>` at the head of a line."""
_TYPED_MARKS = {ord(c): m for m, c in zip("*_~`:>", [*_PLACEHOLDERS.values(), _QUOTE], strict=True)}
"""Typed mark of each placeholder."""
_NO_PLACEHOLDERS = dict.fromkeys(_TYPED_MARKS)
_HAS_TYPED_MARK = re.compile(f"[{''.join(map(chr, _TYPED_MARKS))}]")
_FORMATTING = re.compile(r"[*_~`]|:(?=[a-z+-][a-z0-9_+'-]*:)", re.I)
_QUOTED_LINE = re.compile(r"^( *)&gt;", re.M)
_OWN_MARKUP = re.compile(r"<!date[^<>|]*\|([^<>]*)>|<([^<>]*)>|(`[^`\n]*`)|[*~]")


def escape(text: str) -> str:
    """The text as mrkdwn that shows exactly these characters and mentions nobody."""
    text = clean(text)
    if "&" in text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;")


def to_mrkdwn(text: str, zone: ZoneInfo | None = None, *, own: bool = False) -> str:
    """A text as mrkdwn: escaped, its web addresses links, its moments date tokens, its formatting
    marks placeholders.

    In Duly's `own` words (out of `own_words`) what stands between backticks is something to type,
    and stays as it is. `zone` is the zone the moments are written in; without it they stay in
    words.
    """
    safe = escape(text if own else _without_placeholders(text))
    parts, at = [], 0
    # Most texts have none of what is searched for.
    searched = "://" in safe or "`" in safe or (zone is not None and _WEEKDAY in safe)
    for match in _FOUND.finditer(safe) if searched else ():
        parts += [_with_placeholders(safe[at : match.start()]), _dressed(match, zone, own=own)]
        at = match.end()
    shown = "".join([*parts, _with_placeholders(safe[at:])])
    return _QUOTED_LINE.sub(rf"\1{_QUOTE}", shown) if "&gt;" in shown else shown


def _without_placeholders(text: str) -> str:
    """The text as somebody typed it, who cannot type a placeholder; most texts have none."""
    return text if text.isascii() else text.translate(_NO_PLACEHOLDERS)


def own_words(text: str) -> str:
    """Duly's own words with placeholders for the backticks of what they quote."""
    text = _without_placeholders(text)
    start, end = typed_part(text)
    return text[:start] + text[start:end].replace("`", _PLACEHOLDERS[ord("`")]) + text[end:]


def _dressed(match: re.Match[str], zone: ZoneInfo | None, *, own: bool) -> str:
    """A link, date token or piece of code for what was found in a text."""
    if match["url"]:
        address = _trim_address(match["url"])
        if not address.endswith("//"):
            return f"<{address}>{_with_placeholders(match['url'][len(address) :])}"
    if match["moment"] and zone is not None:
        return _tokens(match, zone)
    if match["code"] and own:
        return match[0]
    return _with_placeholders(match[0])


def _with_placeholders(text: str) -> str:
    return _FORMATTING.sub(lambda match: _PLACEHOLDERS[ord(match[0])], text)


def text_object(text: str) -> dict[str, Any]:
    """A text object of mrkdwn; plain_text where a typed mark would be read as formatting."""
    if text.isascii() or _HAS_TYPED_MARK.search(text) is None:
        # Slack finds no names in it by itself.
        return {"type": "mrkdwn", "text": text, "verbatim": True}
    bare = _OWN_MARKUP.sub(lambda m: m[1] or m[2] or m[3] or "", text)
    typed = _unescaped(bare).translate(_TYPED_MARKS)
    return {"type": "plain_text", "text": typed, "emoji": False}


def _trim_address(url: str) -> str:
    """A web address, escaped already, without what stands after it in the sentence."""
    end = len(url)
    while True:
        # Not by a pattern: one that is anchored at the end begins anew at each character.
        if url.endswith(_AMPERSAND, 0, end):
            end -= len(_AMPERSAND)
        elif end and url[end - 1] in _TRAILING:
            end -= 1
        else:
            return url[:end]


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
    moment = token(start, match["moment"])
    if not match["end"]:
        return moment
    hour, minute = (int(part) for part in match["end"].split(":"))
    if hour > 23 or minute > 59:
        return f"{moment} to {match['end']}"
    end = start.replace(hour=hour, minute=minute)
    if end <= start:
        end += timedelta(days=1)
    return f"{moment} to {token(end, match['end'], '{time}')}"


def _moment(match: re.Match[str], zone: ZoneInfo) -> datetime | None:
    year, hour, minute = int(match["year"]), int(match["hour"]), int(match["minute"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR or hour > 23 or minute > 59:
        return None
    day = possible(year, _MONTH_NUMBER[match["month"]], int(match["day"]))
    if day is None:
        return None
    first = datetime(year, day.month, day.day, hour, minute, tzinfo=zone)
    return first if first.utcoffset() == first.replace(fold=1).utcoffset() else None


def parse_text(text: str) -> str:
    """The text as it was typed: links as their address, channels by name, no escapes.

    Mentions of people stay `<@U01JANE>`, which is how a command knows them.
    """
    text = _LINK.sub(lambda m: m[1], text)
    text = _CHANNEL.sub(lambda m: f"#{m[2] or m[1]}", text)
    text = _SPECIAL.sub(lambda m: f"@{m[2] or m[1]}".replace("@@", "@"), text)
    if _MAILTO in text:
        text = _WORD.sub(lambda m: _without_mailto(m[0]), text)
    return _unescaped(text).strip()


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_mention(text: str, bot: str) -> str:
    """The text without the mentions of the bot `bot` (its user id), wherever they stand.

    After a mention at the head, a comma or colon goes too ("@Duly: 24087").
    """
    head, *rest = re.split(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", text)
    pieces = [head.strip()] if head.strip() else []
    for piece in rest:
        words = piece.strip() if pieces else piece.lstrip(" \t\r\n,:").rstrip()
        if words:
            pieces.append(words)
    return " ".join(pieces)


def _without_mailto(word: str) -> str:
    """A word without the scheme that Slack puts before an e-mail address."""
    before, scheme, address = word.rpartition(_MAILTO)
    return before.replace(_MAILTO, "") + address if scheme and "@" in address else word
