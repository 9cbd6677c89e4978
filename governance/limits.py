"""Length limits: how much a text, a file or a question may hold before it is refused.

Each limit stands here once. Beyond it the answer is a sentence, the same through every face.
"""

from __future__ import annotations

from governance.errors import DulyError

COMMAND = 4_000
"""Characters of a command, and so of an update in one line."""
FIELD = 4_000
"""Characters of one field of a form, such as the text of an update."""
REFERENCES = 50
"""References, numbers and ranges that one command may name."""
CARDS = 50
"""Recommendations whose cards one answer may show."""
SEARCH_WORDS = 20
"""Different words that one search looks for; further ones narrow it no more."""
SEARCH_SECONDS = 2.0
"""Seconds of the database for one statement of a search."""
RECORD_BYTES = 10 * 1024 * 1024
RECORD_LINE = 100_000
"""Characters of one line of a response record."""
ORGANISATION_FILE = 5_000_000
"""Characters of an organisation file."""


class TooMuch(DulyError):
    """A text, a file or a question is beyond its limit; the sentence names the limit."""


def check_length(what: str, text: str, most: int) -> None:
    """Raises TooMuch for a text of more than `most` characters; `what` begins the sentence."""
    if len(text) > most:
        raise TooMuch(
            f"{what} may have up to {most:,} characters, and this has {len(text):,}; "
            "please shorten it."
        )
