"""Elements of Adaptive Cards: builders of the parts that every card is made of.

All text is in RichTextBlocks: a TextBlock, a FactSet and a message's own text read Markdown, and
links and mentions with it; a TextRun shows exactly the text it is given. Text that a person typed
stands in nothing else.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat.message_state import MessageState
from bot.chat.text import blank, clean, cut, size, typed_part
from messages.reply import Button

Json = dict[str, Any]

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"

SAY = "say"
"""Verb of the buttons that run a command; the answer replaces the card."""
FETCH = "task/fetch"
"""Type of the buttons that open a dialog."""

ROW = 6
"""Buttons in one row: Teams shows no more."""
MAX_BUTTONS = 60
MAX_LINES = 150
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
_TYPED_BACKTICK = "\ue000"
"""Placeholder of a backtick that is no mark of code."""
_MACRO = re.compile(r"\{\{(?=\s*(?:DATE|TIME)\b)", re.I)


def shown(text: str) -> str:
    """The text as a card shows it: Teams would read `{{DATE(…)}}` as a date to write."""
    return _MACRO.sub("{\u200b{", clean(text))


def text_run(text: str, **style: Any) -> Json:
    """A piece of text; `style` has weight, color, size, isSubtle."""
    return {"type": "TextRun", "text": shown(text), **style}


def rich_text(*runs: Json, **layout: Any) -> Json:
    """A line or paragraph; `layout` has spacing, separator, id, isVisible."""
    return {"type": "RichTextBlock", "inlines": list(runs), **layout}


def paragraphs(text: str, *, max_lines: int = MAX_LINES, **style: Any) -> list[Json]:
    """A text as lines: a blank line between paragraphs is space, other breaks are none.

    Of a text with more than `max_lines` the last ones run together.
    """
    lines: list[Json] = []
    for paragraph in clean(text).split("\n\n"):
        spacing = "Medium"
        for line in paragraph.split("\n"):
            if blank(line):
                continue
            if len(lines) >= max_lines:
                last = lines[-1]["inlines"][0]
                last["text"] = f"{last['text']} {shown(line.strip())}"
                continue
            lines.append(rich_text(text_run(line.rstrip(), **style), spacing=spacing))
            spacing = "None"
    if lines:
        lines[0]["spacing"] = "Default"
    return lines


def formatted(text: str) -> list[Json]:
    """Paragraphs of Duly's own words: the line above each list of bullets is its heading, and
    words in backticks are code, but for those that they quote."""
    lines: list[Json] = []
    text = clean(text)
    start, end = typed_part(text)
    text = text[:start] + text[start:end].replace("`", _TYPED_BACKTICK) + text[end:]
    for paragraph in text.split("\n\n"):
        heading, _, rest = paragraph.partition("\n")
        bullets = bool(rest) and all(x.startswith(("• ", "- ", "… ")) for x in rest.split("\n"))
        short = heading.strip() == heading and 0 < len(heading) <= 120 and "`" not in heading
        if bullets and short:
            lines.append(rich_text(text_run(heading, weight="Bolder"), spacing="Medium"))
            items = paragraphs(rest)
            items[0]["spacing"] = "None"
            lines += items
        else:
            lines += paragraphs(paragraph)
    for line in lines:
        line["inlines"] = [part for run in line["inlines"] for part in _with_code(run)]
    return lines


def _with_code(run: Json) -> list[Json]:
    """A run in parts: those in backticks without them, as code."""
    parts = _CODE.split(run["text"])
    return [
        {
            **run,
            "text": part.replace(_TYPED_BACKTICK, "`"),
            **({"fontType": "Monospace"} if place % 2 else {}),
        }
        for place, part in enumerate(parts)
        if part
    ]


def container(items: Sequence[Json], **layout: Any) -> Json:
    return {"type": "Container", "items": list(items), **layout}


def column_set(*columns: tuple[str, Sequence[Json]], **layout: Any) -> Json:
    """Columns, each its width ("auto", "stretch" or "110px") and its elements."""
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": width, "items": list(items)} for width, items in columns
        ],
        **layout,
    }


@dataclass(frozen=True)
class Rendering:
    """One rendering of a message: its contents, and a token that tells it from the next, so that
    both halves of a double click are one press."""

    standing: MessageState = field(default_factory=MessageState)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(6))

    def data(self, command: str) -> Json:
        """The data that a button carries, and brings back."""
        data: Json = {"say": clean(command), "rendering": self.token, "what": self.standing.what}
        if self.standing.names:
            data["names"] = list(self.standing.names)
        return data


def standing_in(data: Json) -> MessageState:
    """The contents of the message that a button was on, as its data has them."""
    names = data.get("names")
    kept = tuple(str(name) for name in names) if isinstance(names, list) else ()
    return MessageState(str(data.get("what") or MessageState().what), kept)


def fits_button(command: str) -> bool:
    """True where a button can carry the command; a longer one is in the answer's text."""
    return 0 < size(clean(command)) <= COMMAND


def action(button: Button, rendering: Rendering) -> Json:
    """A button that runs its command at once, or opens a dialog with its form."""
    data = rendering.data(button.command)
    element: Json = {"title": cut(clean(button.label).strip(), LABEL) or "–"}
    if button.style in _STYLES:
        element["style"] = _STYLES[button.style]
    if button.opens_form:
        return {"type": "Action.Submit", **element, "data": {**data, "msteams": {"type": FETCH}}}
    # Teams wants the verb in the data too.
    return {"type": "Action.Execute", **element, "verb": SAY, "data": {**data, "action": SAY}}


def actions(buttons: Iterable[Button], rendering: Rendering) -> list[Json]:
    """Rows of buttons; those too long to carry are left out, and can be typed."""
    fitting = [button for button in buttons if fits_button(button.command)][:MAX_BUTTONS]
    return action_sets([action(button, rendering) for button in fitting])


def action_sets(elements: Sequence[Json]) -> list[Json]:
    """Buttons in rows that Teams shows whole."""
    return [
        {"type": "ActionSet", "actions": list(elements[at : at + ROW])}
        for at in range(0, len(elements), ROW)
    ]


def toggle(label: str, ids: Sequence[str]) -> Json:
    """A button that shows the hidden elements among `ids`, and hides the shown ones."""
    return {"type": "Action.ToggleVisibility", "title": label, "targetElements": list(ids)}


def adaptive_card(body: Sequence[Json], fallback: str) -> Json:
    """A card; `fallback` is read where a client cannot show it."""
    return {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": VERSION,
        "lang": "en",
        "fallbackText": cut(clean(fallback).strip(), FALLBACK) or "–",
        "body": list(body),
    }


def attachment(card: Json) -> Json:
    return {"contentType": CONTENT_TYPE, "content": card}


def weight(message: Json) -> int:
    """The bytes of a message as Teams may count them."""
    text = json.dumps(message, ensure_ascii=False)
    return max(len(text.encode()), len(text.encode("utf-16-le")))


def fits(message: Json) -> bool:
    """True where Teams takes a message of this length."""
    return weight(message) < MESSAGE_BYTES
