"""Checks of every payload: Slack's limits, its own models, and nobody pinged."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from slack_sdk.models.blocks import Block

from bot.chat.text import size
from bot.slack.blocks import limits

# The sum over one message is documented nowhere: msg_blocks_too_long has been met near 13,200.
ALL_BLOCKS = 13_200
MESSAGE_TEXT = 40_000
SECTION = 3000
FIELD = 2000
CONTEXT = 10
OVERFLOW = 5
LABEL = 2000
HINT = 2000
ID = 255
VIEW_BYTES = 250_000
_ELEMENT_LIMITS = {"action_id": ID, "block_id": ID, "initial_value": limits.INPUT}
_OWN = re.compile(r"<!date\^\d+\^[^<>|]*\|[^<>|]*>|<https?://[^\s<>|]+>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")


def assert_good(payload: dict[str, Any]) -> None:
    """The payload is within the limits, every block is one to Slack's models, no markup runs."""
    assert broken_limits(payload) == []
    json.dumps(payload).encode("ascii")
    for block in payload.get("blocks", []):
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()
    for text in read_as_markup(payload):
        bare = _OWN.sub("", text)
        assert "<" not in bare, text
        assert ">" not in bare, text
        assert not _ENTITY.search(text), text
        assert "\x00" not in text


def read_as_markup(payload: dict[str, Any]) -> Iterator[str]:
    """Every text in which Slack would see a mention."""
    if isinstance(payload.get("text"), str) and payload.get("type") != "plain_text":
        yield payload["text"]
    for value in payload.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from read_as_markup(each)


def shown(payload: dict[str, Any]) -> str:
    """Everything the blocks show, one text a line."""
    return "\n".join(_shown(payload.get("blocks", [])))


def _shown(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from _shown(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _shown(inner)


def pressable(payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every button by its label."""
    return {each["text"]["text"]: each for each in _buttons(payload.get("blocks", []))}


def _buttons(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") == "button":
            yield value
        for inner in value.values():
            yield from _buttons(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _buttons(inner)


def broken_limits(payload: Mapping[str, Any]) -> list[str]:
    """Every limit that a message's or a view's payload breaks, each in a sentence; empty is good.

    A payload with a "type" of "modal" or "home" is a view, any other a message.
    """
    return list(
        _broken_in_view(payload)
        if payload.get("type") in ("modal", "home")
        else _broken_in_message(payload)
    )


def _broken_in_message(payload: Mapping[str, Any]) -> Iterator[str]:
    text = payload.get("text", "")
    if not text.strip():
        yield "the message has no text"
    yield from _too_long("the message's text", text, MESSAGE_TEXT)
    blocks = payload.get("blocks", [])
    if len(blocks) > limits.MESSAGE_BLOCKS:
        yield f"{len(blocks)} blocks in a message, at most {limits.MESSAGE_BLOCKS}"
    if (total := sum(limits.room(block) for block in blocks)) > ALL_BLOCKS:
        yield f"{total} characters over all blocks, at most {ALL_BLOCKS}"
    yield from _broken_in_blocks(blocks)


def _broken_in_view(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view.get("blocks", [])
    if not blocks:
        yield "the view has no blocks"
    if len(blocks) > limits.VIEW_BLOCKS:
        yield f"{len(blocks)} blocks in a view, at most {limits.VIEW_BLOCKS}"
    if view["type"] == "modal":
        for name in ("title", "submit", "close"):
            if name in view:
                yield from _broken_in_text(f"the view's {name}", view[name], limits.TITLE)
        if "title" not in view:
            yield "the modal has no title"
        if "submit" not in view and any(block["type"] == "input" for block in blocks):
            yield "the modal has inputs and nothing to submit them with"
    yield from _too_long("private_metadata", view.get("private_metadata", ""), limits.METADATA)
    yield from _too_long("callback_id", view.get("callback_id", ""), ID)
    if (length := len(json.dumps(view).encode())) > VIEW_BYTES:
        yield f"the view has {length} bytes, at most {VIEW_BYTES}"
    yield from _broken_in_blocks(blocks)


def _broken_in_blocks(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    named = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"block_id {each!r} is there {n} times" for each, n in named.items() if n > 1)
    for number, block in enumerate(blocks, start=1):
        for problem in _broken_in_block(block):
            yield f"block {number} ({block['type']}): {problem}"


def _broken_in_block(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _too_long("block_id", block.get("block_id", ""), ID)
    match block["type"]:
        case "section":
            if "text" not in block and not block.get("fields"):
                yield "neither text nor fields"
            if "text" in block:
                yield from _broken_in_text("text", block["text"], SECTION)
            fields = block.get("fields", [])
            if len(fields) > limits.FIELDS:
                yield f"{len(fields)} fields, at most {limits.FIELDS}"
            for each in fields:
                yield from _broken_in_text("a field", each, FIELD)
            if "accessory" in block:
                yield from _broken_in_element(block["accessory"])
        case "header":
            yield from _broken_in_text("text", block["text"], limits.HEADER)
        case "context":
            if not 1 <= len(block["elements"]) <= CONTEXT:
                yield f"{len(block['elements'])} elements, 1 to {CONTEXT}"
            for each in block["elements"]:
                yield from _broken_in_text("an element", each, SECTION)
        case "actions":
            elements = block["elements"]
            if not 1 <= len(elements) <= limits.ACTIONS:
                yield f"{len(elements)} elements, 1 to {limits.ACTIONS}"
            ids = Counter(each["action_id"] for each in elements)
            yield from (
                f"action_id {each!r} is there {n} times" for each, n in ids.items() if n > 1
            )
            for each in elements:
                yield from _broken_in_element(each)
        case "input":
            yield from _broken_in_text("label", block["label"], LABEL)
            if "hint" in block:
                yield from _broken_in_text("hint", block["hint"], HINT)
            yield from _broken_in_element(block["element"])
        case "divider":
            pass
        case other:
            yield f"blocks of type {other!r} are not used here"


def _broken_in_element(element: Mapping[str, Any]) -> Iterator[str]:
    for name, most in _ELEMENT_LIMITS.items():
        yield from _too_long(name, element.get(name, ""), most)
    if "placeholder" in element:
        yield from _broken_in_text("placeholder", element["placeholder"], limits.PLACEHOLDER)
    match element["type"]:
        case "button":
            yield from _broken_in_text("a button's text", element["text"], limits.BUTTON)
            yield from _too_long("a button's value", element.get("value", ""), limits.VALUE)
            if element.get("style", "primary") not in ("primary", "danger"):
                yield f"a button's style is {element['style']!r}"
        case "overflow":
            yield from _broken_in_options(element["options"], OVERFLOW)
        case "static_select" | "radio_buttons":
            groups = element.get("option_groups")
            if groups is not None:
                if not 1 <= len(groups) <= limits.OPTIONS:
                    yield f"{len(groups)} groups of options, 1 to {limits.OPTIONS}"
                for group in groups:
                    yield from _broken_in_text("a group's label", group["label"], limits.OPTION)
                    yield from _broken_in_options(group["options"], limits.OPTIONS)
            else:
                yield from _broken_in_options(element["options"], limits.OPTIONS)
        case "datepicker":
            if "initial_date" in element:
                date.fromisoformat(element["initial_date"])
        case "plain_text_input" | "external_select":
            pass
        case other:
            yield f"elements of type {other!r} are not used here"
    if "initial_option" in element:
        yield from _broken_in_options([element["initial_option"]], 1)
        given = [*element.get("options", [])]
        for group in element.get("option_groups", []):
            given += group["options"]
        if element["type"] == "static_select" and element["initial_option"] not in given:
            yield "the initial option is none of the options"


def _broken_in_options(options: Sequence[Mapping[str, Any]], most: int) -> Iterator[str]:
    if not 1 <= len(options) <= most:
        yield f"{len(options)} options, 1 to {most}"
    for each in options:
        yield from _broken_in_text("an option's text", each["text"], limits.OPTION)
        yield from _too_long("an option's value", each["value"], limits.OPTION_VALUE)
        if not each["value"]:
            yield "an option has no value"


def _broken_in_text(name: str, found: Mapping[str, Any], most: int) -> Iterator[str]:
    if not found["text"].strip():
        yield f"{name} is empty"
    yield from _too_long(name, found["text"], most)


def _too_long(name: str, text: str, most: int) -> Iterator[str]:
    if (length := size(text)) > most:
        yield f"{name} has {length} characters, at most {most}"
