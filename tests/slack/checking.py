"""What must hold of every payload: Slack's limits, its own models, and nobody pinged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block

from bot.slack.blocks import limits

_OWN = re.compile(r"<!date\^\d+\^[^<>|]*\|[^<>|]*>|<https?://[^\s<>|]+>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")


def assert_good(payload: dict[str, Any]) -> None:
    """The payload is within the limits, every block is one to Slack's models, no markup runs."""
    assert limits.check(payload) == []
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
