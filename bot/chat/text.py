"""Sanitising and truncation of texts on their way to a platform."""

from __future__ import annotations

import re
from collections.abc import Callable

Render = Callable[[str], str]

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control characters and lone surrogates: no platform shows them, and some refuse them."""

MORE = " …"


def clean(text: str) -> str:
    """The text without unprintable characters, its line ends as \\n."""
    if text.replace("\n", "").isprintable():
        return text
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def blank(text: str) -> bool:
    """True for a text with nothing to see; Slack refuses such a one."""
    return not clean(text).strip()


def size(text: str) -> int:
    """The length of a text as Slack may count it: an emoji beyond the first plane is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int, render: Render = clean) -> str:
    """The beginning of the text that takes at most `most` characters once rendered.

    Cut at a word, with a mark that something is missing; unchanged when all of it fits.
    """
    if size(render(text)) <= most:
        return text
    return _head(text, most - size(MORE), render).rstrip() + MORE


def pieces(text: str, most: int, render: Render = clean) -> list[str]:
    """The whole text in pieces of at most `most` characters once rendered.

    Parted at a paragraph, else at a line, else at a word; only a longer word is parted.
    """
    parts = []
    left = clean(text).strip()
    while left:
        # What is rendered is never shorter, and the rest of a long text is not rendered each time.
        head = left if len(left) <= most and size(render(left)) <= most else None
        head = head or _head(left, most, render)
        parts.append(head.rstrip())
        left = left[len(head) :].lstrip()
    return [part for part in parts if clean(part).strip()]


def typed_part(text: str) -> tuple[int, int]:
    """The beginning and end of the part of Duly's own words that somebody may have typed: it stands
    in “…”, and may have such marks in it, so that it goes from the first to the last of them."""
    start, end = text.find("“"), text.rfind("”") + 1
    if start < 0 and not end:
        return 0, 0
    return (start, end) if 0 <= start < end else (0, len(text))


def _head(text: str, most: int, render: Render) -> str:
    """The longest beginning that fits and ends well; at least one character."""
    length = min(len(text), most)
    while length > 1 and (took := size(render(text[:length]))) > most:
        length = min(length - 1, max(1, length * most // took))
    head = text[: max(length, 1)]
    for mark in ("\n\n", "\n", " "):
        if (at := head.rfind(mark)) > len(head) // 2:
            return head[: at + len(mark)]
    return head
