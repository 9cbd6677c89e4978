"""Slack's limits, and whether a payload keeps to them.

Figures: Slack's Block Kit reference. The sum over one message is documented nowhere;
`msg_blocks_too_long` has been met near 13,200 characters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from bot.chat.text import size

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ALL_BLOCKS = 13_200
MESSAGE_TEXT = 40_000
SECTION = 3000
FIELD = 2000
FIELDS = 10
ACTIONS = 25
CONTEXT = 10
HEADER = 150
BUTTON = 75
VALUE = 2000
OPTIONS = 100
OVERFLOW = 5
OPTION = 75
OPTION_VALUE = 150
TITLE = 24
LABEL = 2000
HINT = 2000
PLACEHOLDER = 150
INPUT = 3000
METADATA = 3000
ID = 255
VIEW_BYTES = 250_000

_SHOWN = ("text", "value", "initial_value", "url")
_ELEMENT_LIMITS = {"action_id": ID, "block_id": ID, "initial_value": INPUT}


def check(payload: Mapping[str, Any]) -> list[str]:
    """Every limit that a message's or a view's payload breaks, each in a sentence; empty is good.

    A payload with a "type" of "modal" or "home" is a view, any other a message.
    """
    return list(_view(payload) if payload.get("type") in ("modal", "home") else _message(payload))


def _message(payload: Mapping[str, Any]) -> Iterator[str]:
    text = payload.get("text", "")
    if not text.strip():
        yield "the message has no text"
    yield from _long("the message's text", text, MESSAGE_TEXT)
    blocks = payload.get("blocks", [])
    if len(blocks) > MESSAGE_BLOCKS:
        yield f"{len(blocks)} blocks in a message, at most {MESSAGE_BLOCKS}"
    if (total := sum(room(block) for block in blocks)) > ALL_BLOCKS:
        yield f"{total} characters over all blocks, at most {ALL_BLOCKS}"
    yield from _blocks(blocks)


def _view(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view.get("blocks", [])
    if not blocks:
        yield "the view has no blocks"
    if len(blocks) > VIEW_BLOCKS:
        yield f"{len(blocks)} blocks in a view, at most {VIEW_BLOCKS}"
    if view["type"] == "modal":
        for name in ("title", "submit", "close"):
            if name in view:
                yield from _text(f"the view's {name}", view[name], TITLE)
        if "title" not in view:
            yield "the modal has no title"
        if "submit" not in view and any(block["type"] == "input" for block in blocks):
            yield "the modal has inputs and nothing to submit them with"
    yield from _long("private_metadata", view.get("private_metadata", ""), METADATA)
    yield from _long("callback_id", view.get("callback_id", ""), ID)
    if (length := len(json.dumps(view).encode())) > VIEW_BYTES:
        yield f"the view has {length} bytes, at most {VIEW_BYTES}"
    yield from _blocks(blocks)


def room(block: Any) -> int:
    """The characters of a block, its buttons' labels and values included."""
    found = 0
    if isinstance(block, dict):
        for name, value in block.items():
            if not isinstance(value, str):
                found += room(value)
            elif name in _SHOWN:
                found += size(value)
    elif isinstance(block, list):
        for each in block:
            found += room(each)
    return found


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    named = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"block_id {each!r} is there {n} times" for each, n in named.items() if n > 1)
    for number, block in enumerate(blocks, start=1):
        for problem in _block(block):
            yield f"block {number} ({block['type']}): {problem}"


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _long("block_id", block.get("block_id", ""), ID)
    match block["type"]:
        case "section":
            if "text" not in block and not block.get("fields"):
                yield "neither text nor fields"
            if "text" in block:
                yield from _text("text", block["text"], SECTION)
            fields = block.get("fields", [])
            if len(fields) > FIELDS:
                yield f"{len(fields)} fields, at most {FIELDS}"
            for each in fields:
                yield from _text("a field", each, FIELD)
            if "accessory" in block:
                yield from _element(block["accessory"])
        case "header":
            yield from _text("text", block["text"], HEADER)
        case "context":
            if not 1 <= len(block["elements"]) <= CONTEXT:
                yield f"{len(block['elements'])} elements, 1 to {CONTEXT}"
            for each in block["elements"]:
                yield from _text("an element", each, SECTION)
        case "actions":
            elements = block["elements"]
            if not 1 <= len(elements) <= ACTIONS:
                yield f"{len(elements)} elements, 1 to {ACTIONS}"
            ids = Counter(each["action_id"] for each in elements)
            yield from (
                f"action_id {each!r} is there {n} times" for each, n in ids.items() if n > 1
            )
            for each in elements:
                yield from _element(each)
        case "input":
            yield from _text("label", block["label"], LABEL)
            if "hint" in block:
                yield from _text("hint", block["hint"], HINT)
            yield from _element(block["element"])
        case "divider":
            pass
        case other:
            yield f"blocks of type {other!r} are not used here"


def _element(element: Mapping[str, Any]) -> Iterator[str]:
    for name, most in _ELEMENT_LIMITS.items():
        yield from _long(name, element.get(name, ""), most)
    if "placeholder" in element:
        yield from _text("placeholder", element["placeholder"], PLACEHOLDER)
    match element["type"]:
        case "button":
            yield from _text("a button's text", element["text"], BUTTON)
            yield from _long("a button's value", element.get("value", ""), VALUE)
            if element.get("style", "primary") not in ("primary", "danger"):
                yield f"a button's style is {element['style']!r}"
        case "overflow":
            yield from _options(element["options"], OVERFLOW)
        case "static_select" | "radio_buttons":
            groups = element.get("option_groups")
            if groups is not None:
                if not 1 <= len(groups) <= OPTIONS:
                    yield f"{len(groups)} groups of options, 1 to {OPTIONS}"
                for group in groups:
                    yield from _text("a group's label", group["label"], OPTION)
                    yield from _options(group["options"], OPTIONS)
            else:
                yield from _options(element["options"], OPTIONS)
        case "datepicker":
            if "initial_date" in element:
                date.fromisoformat(element["initial_date"])
        case "plain_text_input" | "external_select":
            pass
        case other:
            yield f"elements of type {other!r} are not used here"
    if "initial_option" in element:
        yield from _options([element["initial_option"]], 1)
        given = [*element.get("options", [])]
        for group in element.get("option_groups", []):
            given += group["options"]
        if element["type"] == "static_select" and element["initial_option"] not in given:
            yield "the initial option is none of the options"


def _options(options: Sequence[Mapping[str, Any]], most: int) -> Iterator[str]:
    if not 1 <= len(options) <= most:
        yield f"{len(options)} options, 1 to {most}"
    for each in options:
        yield from _text("an option's text", each["text"], OPTION)
        yield from _long("an option's value", each["value"], OPTION_VALUE)
        if not each["value"]:
            yield "an option has no value"


def _text(name: str, found: Mapping[str, Any], most: int) -> Iterator[str]:
    if not found["text"].strip():
        yield f"{name} is empty"
    yield from _long(name, found["text"], most)


def _long(name: str, text: str, most: int) -> Iterator[str]:
    if (length := size(text)) > most:
        yield f"{name} has {length} characters, at most {most}"
