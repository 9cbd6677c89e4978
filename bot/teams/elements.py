"""The parts every Adaptive Card is made of.

All text is in RichTextBlocks: a TextBlock, a FactSet and a message's own text read Markdown, and
links and mentions with it; a TextRun shows exactly what it is given. What a person typed stands in
nothing else.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat.message_state import Standing
from bot.chat.text import blank, clean, cut, size
from messages.reply import Button

Json = dict[str, Any]

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"

SAY = "say"
"""The verb that says its command; the answer replaces the card."""
FETCH = "task/fetch"
"""What a button that opens a dialog sends."""

ROW = 6
"""Buttons in one row: Teams shows no more."""
MOST_BUTTONS = 60
MOST_LINES = 150
"""Lines of one text that stand by themselves."""
LABEL = 80
COMMAND = 4000
"""Characters of a command that a button carries."""
FALLBACK = 6_000
MESSAGE_BYTES = 80_000
"""Of the message as JSON, in whichever of UTF-8 and UTF-16 is longer: near 100 KB of the latter
Teams answers 413."""

_STYLES = {"primary": "positive", "danger": "destructive"}
_CODE = re.compile(r"`([^`\n]+)`")
_MACRO = re.compile(r"\{\{(?=\s*(?:DATE|TIME)\b)", re.I)


def shown(text: str) -> str:
    """A text as a card shows it: Teams would read `{{DATE(…)}}` as a date to write."""
    return _MACRO.sub("{\u200b{", clean(text))


def run(text: str, **how: Any) -> Json:
    """A piece of text; `how` has weight, color, size, isSubtle."""
    return {"type": "TextRun", "text": shown(text), **how}


def line(*runs: Json, **how: Any) -> Json:
    """One line or paragraph; `how` has spacing, separator, id, isVisible."""
    return {"type": "RichTextBlock", "inlines": list(runs), **how}


def prose(text: str, *, most: int = MOST_LINES, **how: Any) -> list[Json]:
    """A text as lines: a blank line between paragraphs is space, other breaks are none.

    Of a text with more than `most` lines the last ones run together.
    """
    found: list[Json] = []
    for paragraph in clean(text).split("\n\n"):
        spacing = "Medium"
        for each in paragraph.split("\n"):
            if blank(each):
                continue
            if len(found) >= most:
                last = found[-1]["inlines"][0]
                last["text"] = f"{last['text']} {shown(each.strip())}"
                continue
            found.append(line(run(each.rstrip(), **how), spacing=spacing))
            spacing = "None"
    if found:
        found[0]["spacing"] = "Default"
    return found


def headed(text: str) -> list[Json]:
    """As `prose`, of Duly's own words: the line above each list of bullets is its heading, and
    what stands in backticks is what can be typed."""
    found: list[Json] = []
    for paragraph in clean(text).split("\n\n"):
        heading, _, rest = paragraph.partition("\n")
        own = bool(rest) and all(x.startswith(("• ", "- ", "… ")) for x in rest.split("\n"))
        if own and heading.strip() == heading and 0 < len(heading) <= 120 and "`" not in heading:
            found.append(line(run(heading, weight="Bolder"), spacing="Medium"))
            rows = prose(rest)
            rows[0]["spacing"] = "None"
            found += rows
        else:
            found += prose(paragraph)
    for each in found:
        each["inlines"] = [part for one in each["inlines"] for part in _with_code(one)]
    return found


def _with_code(one: Json) -> list[Json]:
    """A piece of text in parts: those in backticks without them, as code."""
    parts = _CODE.split(one["text"])
    return [
        {**one, "text": part, **({"fontType": "Monospace"} if place % 2 else {})}
        for place, part in enumerate(parts)
        if part
    ]


def container(items: Sequence[Json], **how: Any) -> Json:
    return {"type": "Container", "items": list(items), **how}


def beside(*columns: tuple[str, Sequence[Json]], **how: Any) -> Json:
    """Columns, each its width ("auto", "stretch" or "110px") and what it holds."""
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": width, "items": list(items)} for width, items in columns
        ],
        **how,
    }


@dataclass(frozen=True)
class Rendering:
    """One rendering of a message: what stands in it, and a token that tells it from the next, so
    that both halves of a double click are one press."""

    standing: Standing = field(default_factory=Standing)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(6))

    def data(self, command: str, **more: Any) -> Json:
        """What a button carries, and brings back."""
        found: Json = {"say": clean(command), "rendering": self.token, "what": self.standing.what}
        if self.standing.names:
            found["names"] = list(self.standing.names)
        return {**found, **more}


def standing_in(data: Json) -> Standing:
    """What stood in the message that a button was on, as it brought it back."""
    names = data.get("names")
    kept = tuple(str(name) for name in names) if isinstance(names, list) else ()
    return Standing(str(data.get("what") or Standing().what), kept)


def sayable(command: str) -> bool:
    """Whether a button can carry the command; a longer one is in the answer's text."""
    return 0 < size(clean(command)) <= COMMAND


def button(each: Button, rendering: Rendering, **more: Any) -> Json:
    """A button that says its command at once, or opens a dialog with its form."""
    data = rendering.data(each.command, **more)
    found: Json = {"title": cut(clean(each.label).strip(), LABEL) or "–"}
    if each.style in _STYLES:
        found["style"] = _STYLES[each.style]
    if each.opens_form:
        return {"type": "Action.Submit", **found, "data": {**data, "msteams": {"type": FETCH}}}
    return {
        "type": "Action.Execute",
        **found,
        "verb": SAY,
        "data": {**data, "action": SAY},
    }


def actions(buttons: Iterable[Button], rendering: Rendering) -> list[Json]:
    """Rows of buttons; those too long to carry are left out, and can be typed."""
    fitting = [each for each in buttons if sayable(each.command)][:MOST_BUTTONS]
    return rows([button(each, rendering) for each in fitting])


def rows(found: Sequence[Json]) -> list[Json]:
    """Buttons in rows that Teams shows whole."""
    return [
        {"type": "ActionSet", "actions": list(found[at : at + ROW])}
        for at in range(0, len(found), ROW)
    ]


def toggle(label: str, ids: Sequence[str]) -> Json:
    """A button that shows what is hidden of `ids`, and hides what is shown."""
    return {"type": "Action.ToggleVisibility", "title": label, "targetElements": list(ids)}


def adaptive(body: Sequence[Json], fallback: str) -> Json:
    """A card; `fallback` is what is read where a client cannot show it."""
    return {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": VERSION,
        "lang": "en",
        "fallbackText": cut(clean(fallback).strip(), FALLBACK) or "–",
        "body": list(body),
    }


def attached(card: Json) -> Json:
    return {"contentType": CONTENT_TYPE, "content": card}


def weight(message: Any) -> int:
    """The bytes of a message as Teams may count them."""
    text = json.dumps(message, ensure_ascii=False)
    return max(len(text.encode()), len(text.encode("utf-16-le")))


def fits(message: Any) -> bool:
    return weight(message) < MESSAGE_BYTES
