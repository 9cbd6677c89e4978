"""How much Teams takes: a message with its card stays under 80 KB."""

from __future__ import annotations

import json
from typing import Any

MESSAGE_BYTES = 80_000
"""Of the message as JSON, in whichever of UTF-8 and UTF-16 is longer: near 100 KB of the latter
Teams answers 413."""


def weight(message: Any) -> int:
    """The bytes of a message as Teams may count them."""
    text = json.dumps(message, ensure_ascii=False)
    return max(len(text.encode()), len(text.encode("utf-16-le")))


def fits(message: Any) -> bool:
    return weight(message) < MESSAGE_BYTES
