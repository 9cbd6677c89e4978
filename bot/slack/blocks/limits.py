"""Slack's limits on messages and views, by its Block Kit reference, and the size of blocks."""

from __future__ import annotations

from typing import Any

from bot.chat.text import size

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
FIELDS = 10
ACTIONS = 25
HEADER = 150
BUTTON = 75
VALUE = 2000
OPTIONS = 100
OPTION = 75
OPTION_VALUE = 150
TITLE = 24
PLACEHOLDER = 150
INPUT = 3000
METADATA = 3000

_COUNTED = ("text", "value", "initial_value", "url")


def room(block: Any) -> int:
    """The characters of a block, its buttons' labels and values included."""
    length = 0
    if isinstance(block, dict):
        for name, value in block.items():
            if not isinstance(value, str):
                length += room(value)
            elif name in _COUNTED:
                length += size(value)
    elif isinstance(block, list):
        for each in block:
            length += room(each)
    return length
