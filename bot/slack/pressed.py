"""Which rendering of a message a button belongs to, so that a double click acts once."""

from __future__ import annotations

import secrets
from typing import Any


def marked(payload: dict[str, Any]) -> dict[str, Any]:
    """Give each block with something to press an id of this rendering's own, as Slack advises.

    The second click of a double click carries the same one; the message that replaced it, and
    may be pressed again, another.
    """
    rendering = secrets.token_urlsafe(9)
    for place, block in enumerate(payload.get("blocks", ())):
        if block["type"] == "actions" or "accessory" in block:
            block["block_id"] = f"{rendering}:{place}"
    return payload
