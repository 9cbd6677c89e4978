"""Text on its way to Slack: nothing a person typed may ping anybody.

Slack reads `<…>` in mrkdwn as a mention or a link, so `&`, `<` and `>` are written as entities
(its own rule for text that comes from elsewhere). A plain_text object needs none of it.
"""

from __future__ import annotations

from bot.chat.text import clean


def escape(text: str) -> str:
    """The text as mrkdwn that shows exactly these characters and mentions nobody."""
    text = clean(text)
    if "&" in text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;")
