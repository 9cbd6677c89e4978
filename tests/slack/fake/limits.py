"""Slack's limits on what it is sent, block by block."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.slack.fake.model import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_200
TEXT_CHARACTERS = 40_000
VIEW_BYTES = 250_000
PINGS = re.compile(r"<!(channel|here|everyone|subteam)\b")
DATE = re.compile(r"<!date\^-?\d+\^[^<>]*\|[^<>|]+>")
ROOM = {"section", "context", "actions", "header", "divider", "input", "image", "rich_text"}
BUTTON_STYLES = (None, "primary", "danger")
SELECTS = ("static_select", "multi_static_select", "external_select", "multi_external_select")
LISTS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10, "static_select": 100}
INPUTS = {
    "plain_text_input", "static_select", "external_select", "datepicker", "radio_buttons",
    "checkboxes", "users_select", "url_text_input", "multi_static_select", "timepicker",
    "multi_external_select", "number_input", "email_text_input", "datetimepicker",
    "conversations_select", "channels_select", "file_input",
}  # fmt: skip

Wrong = Iterator[str]


def wrong_in_message(text: str, blocks: Sequence[Json]) -> list[str]:
    """Breaches of Slack's limits, and of Duly's own rules, in a message; none when it is well."""
    return list(_message(text, blocks))


def wrong_in_view(view: Json) -> list[str]:
    """The same for a modal or a Home."""
    return list(_view(view))


def wrong_in_options(options: Sequence[Json]) -> list[str]:
    """The same for the answer to an external select."""
    if len(options) > 100:
        return [f"{len(options)} options; Slack shows 100"]
    return [wrong for option in options for wrong in _option(option, "option")]


def characters(blocks: Sequence[Json]) -> int:
    """Number of characters of text in all the blocks of a message."""
    return sum(len(text) for block in blocks for text in _texts(block))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text", "text") and "text" in value:
            yield str(value["text"])
        else:
            for inner in value.values():
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _message(text: str, blocks: Sequence[Json]) -> Wrong:
    if not text:
        yield "no plain text beside the blocks" if blocks else "no_text"
    if len(text) > TEXT_CHARACTERS:
        yield f"msg_too_long: {len(text)} characters"
    if PINGS.search(text):
        yield f"the text pings everybody: {text!r}"
    if len(blocks) > MESSAGE_BLOCKS:
        yield f"{len(blocks)} blocks; a message has {MESSAGE_BLOCKS}"
    if (count := characters(blocks)) > MESSAGE_CHARACTERS:
        yield f"msg_blocks_too_long: {count} characters"
    yield from _blocks(blocks)


def _view(view: Json) -> Wrong:
    kind = view.get("type")
    if kind not in ("modal", "home"):
        yield f"a view of type {kind!r}"
    known = {"type", "title", "blocks", "close", "submit", "private_metadata", "callback_id",
             "clear_on_close", "notify_on_close", "external_id", "submit_disabled"}  # fmt: skip
    if unknown := set(view) - known:
        yield f"a view has no {sorted(unknown)}"
    blocks = view.get("blocks", [])
    if kind == "modal":
        if "title" not in view:
            yield "a modal without a title"
        for name in ("title", "submit", "close"):
            if (said := view.get(name)) is not None:
                yield from _text(said, name, 24, plain=True)
        if any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
            yield "a modal with inputs and no submit"
    elif {"title", "submit", "close"} & set(view):
        yield "a Home has no title, submit or close"
    if len(blocks) > VIEW_BLOCKS:
        yield f"{len(blocks)} blocks; a view has {VIEW_BLOCKS}"
    if len(view.get("private_metadata", "")) > 3_000:
        yield "private_metadata over 3,000 characters"
    if len(view.get("callback_id", "")) > 255:
        yield "callback_id over 255 characters"
    if (size := len(json.dumps(view).encode())) > VIEW_BYTES:
        yield f"view_too_large: {size} bytes"
    yield from _blocks(blocks)


def _blocks(blocks: Sequence[Json]) -> Wrong:
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        where = f"block {place} ({block.get('type')})"
        id = block.get("block_id")
        if id is not None and (not 0 < len(id) <= 255 or id in seen):
            yield f"{where}: block_id {id!r} is twice there, empty or over 255 characters"
        seen.add(id or "")
        yield from _block(block, where)
        try:
            parsed = Block.parse(block)
            if parsed is None:
                yield f"{where}: unknown to slack_sdk"
            else:
                parsed.validate_json()
        except SlackObjectFormationError as error:
            yield f"{where}: {error}"


def _block(block: Json, where: str) -> Wrong:
    kind = block.get("type")
    if kind not in ROOM:
        yield f"{where}: unknown type"
    elif kind == "section":
        fields = block.get("fields", [])
        if "text" not in block and not fields:
            yield f"{where}: neither text nor fields"
        if "text" in block:
            yield from _text(block["text"], where, 3_000)
        if "fields" in block and not 1 <= len(fields) <= 10:
            yield f"{where}: {len(fields)} fields; 1 to 10"
        for field in fields:
            yield from _text(field, f"{where} field", 2_000)
        if "accessory" in block:
            yield from _element(block["accessory"], where)
    elif kind == "header":
        yield from _text(block.get("text"), where, 150, plain=True)
    elif kind == "context":
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= 10:
            yield f"{where}: {len(elements)} elements; 1 to 10"
        for element in elements:
            if element.get("type") != "image":
                yield from _text(element, where, 3_000)
    elif kind == "actions":
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= 25:
            yield f"{where}: {len(elements)} elements; 1 to 25"
        ids = [element.get("action_id") for element in elements]
        if twice := {id for id in ids if id is not None and ids.count(id) > 1}:
            yield f"{where}: action_id {sorted(twice)} already exists in this block"
        for element in elements:
            yield from _element(element, where)
    elif kind == "input":
        yield from _text(block.get("label"), f"{where} label", 2_000, plain=True)
        if "hint" in block:
            yield from _text(block["hint"], f"{where} hint", 2_000, plain=True)
        element = block.get("element", {})
        if element.get("type") not in INPUTS:
            yield f"{where}: {element.get('type')} is no input"
        yield from _element(element, where)
    elif kind == "image" and not (block.get("image_url") and block.get("alt_text")):
        yield f"{where}: wants image_url and alt_text"


def _element(element: Json, where: str) -> Wrong:
    kind = element.get("type", "")
    where = f"{where} {kind}"
    if len(element.get("action_id", "")) > 255:
        yield f"{where}: action_id over 255 characters"
    if "placeholder" in element:
        yield from _text(element["placeholder"], f"{where} placeholder", 150, plain=True)
    if kind == "button":
        yield from _text(element.get("text"), where, 75, plain=True)
        if len(element.get("value", "")) > 2_000:
            yield f"{where}: value over 2,000 characters"
        if len(element.get("url", "")) > 3_000:
            yield f"{where}: url over 3,000 characters"
        if element.get("style") not in BUTTON_STYLES:
            yield f"{where}: style {element.get('style')!r}"
        if "action_id" not in element:
            yield f"{where}: no action_id"
    elif kind in LISTS or kind in SELECTS:
        options = element.get("options", [])
        groups = element.get("option_groups", [])
        for group in groups:
            yield from _text(group.get("label"), f"{where} group", 75, plain=True)
            options = [*options, *group.get("options", [])]
        most = LISTS.get(kind, 100)
        if kind in LISTS and not 1 <= len(options) <= most:
            yield f"{where}: {len(options)} options; 1 to {most}"
        for option in options:
            yield from _option(option, where)
        initial = element.get("initial_option")
        if kind in LISTS and initial is not None and initial not in options:
            yield f"{where}: initial_option is none of the options"
        if not 0 <= element.get("min_query_length", 1) <= 100:
            yield f"{where}: min_query_length"
    elif kind == "plain_text_input" and element.get("max_length", 1) > 3_000:
        yield f"{where}: max_length over 3,000"
    elif kind == "datepicker":
        day = element.get("initial_date", "2023-01-03")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
            yield f"{where}: initial_date {day!r}"
    if "confirm" in element:
        for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            if name in element["confirm"]:
                yield from _text(element["confirm"][name], f"{where} confirm {name}", most)


def _option(option: Json, where: str) -> Wrong:
    yield from _text(option.get("text"), f"{where} option", 75)
    if not 0 < len(option.get("value", "")) <= 150:
        yield f"{where}: an option's value has 1 to 150 characters"
    if "description" in option:
        yield from _text(option["description"], f"{where} description", 75)


def _text(said: Json | None, where: str, most: int, *, plain: bool = False) -> Wrong:
    if not isinstance(said, dict) or said.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{where}: no text object"
        return
    if plain and said["type"] != "plain_text":
        yield f"{where}: plain_text is wanted"
    text = said.get("text", "")
    if not 0 < len(text) <= most:
        yield f"{where}: {len(text)} characters; 1 to {most}"
    if said["type"] == "mrkdwn":
        if PINGS.search(text):
            yield f"{where}: pings everybody: {text!r}"
        if text.count("<!date") != len(DATE.findall(text)):
            yield f"{where}: a date token without its fallback: {text!r}"
