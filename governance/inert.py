"""Inert text: the characters that act on whatever shows a text, as visible escapes.

An ESC sequence moves a terminal's cursor, recolours it or sets its title; a bidirectional control
(U+202E) has the rest of a line read backwards; a line separator breaks a line of a log in two.
"""

from __future__ import annotations

_ACTIVE = (
    (set(range(0xA0)) - set(range(0x20, 0x7F)) - {ord("\n"), ord("\t")})
    | {0x061C, 0x200E, 0x200F, 0x2028, 0x2029}
    | {*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}
)
"""Control characters but tab and newline, bidirectional controls, lone surrogates."""
_VISIBLE = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _ACTIVE}
_JSON = {code: f"\\u{code:04x}" for code in _ACTIVE}


def inert(text: str) -> str:
    """A text for a terminal, a file or a page: what would act is shown, ESC as ``\\x1b``."""
    # By methods of the text itself, so that safe HTML (Markup) stays marked as such.
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_VISIBLE)


def inert_json(document: str) -> str:
    """A JSON document of the same values, in which such characters are JSON's own escapes."""
    return document.translate(_JSON)
