"""Texts of any length that a pattern could stall on: `n` repetitions of what somebody may type."""

from __future__ import annotations

from collections.abc import Callable

Shape = Callable[[int], str]


def _repeated(piece: str, head: str = "", tail: str = "") -> Shape:
    return lambda n: head + n * piece + tail


TYPED: dict[str, Shape] = {
    "words": _repeated("word "),
    "one word": _repeated("x"),
    "lines": _repeated("line\n"),
    "paragraphs": _repeated("one\n\n"),
    "blanks": _repeated(" ", "a", "b"),
    "line ends": _repeated("\n", "a", "b"),
    "carriage returns": _repeated("\r", "a", "b"),
    "control characters": _repeated("\x07", "a", "b"),
    "bullets": _repeated("• a\n", "Heading\n"),
    "dashes": _repeated("- ", "Heading\n"),
    "ampersands": _repeated("&"),
    "angle brackets": _repeated("<"),
    "entities": _repeated("&amp;"),
    "emoji": _repeated("🙂"),
    "a link's end": _repeated("!", "24087 note: https://x.example/", "x"),
    "a link's end of ampersands": _repeated("&", "https://x.example/", "x"),
    "a link's end of marks": _repeated("&.", "https://x.example/", "x"),
    "links": _repeated("https://x.example/a?b=1&c=2. "),
    "links in links": _repeated("https://"),
    "half a link": _repeated("http:/"),
    "backticks": _repeated("`"),
    "backticks apart": _repeated("` "),
    "one backtick": _repeated("x", "`"),
    "code": _repeated("`a` "),
    "stars": _repeated("*"),
    "bold": _repeated("*a* "),
    "strokes": _repeated("~_"),
    "a macro": _repeated(" ", "{{", "DAT"),
    "macros": _repeated("{{ "),
    "braces": _repeated("{"),
    "moments": _repeated("Wednesday 3 May 2023, 10:00 to 11:30 "),
    "half a moment": _repeated("Wednesday 3 May "),
    "commands": _repeated("/rec and "),
    "mentions": _repeated("<@U01> "),
    "tags": _repeated("<a "),
    "a colon": _repeated(":a"),
}
"""By their name."""
