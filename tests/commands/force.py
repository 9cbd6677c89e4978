"""Names of factories under which some tests still know them."""

from __future__ import annotations

from tests.factories import LONDON, NAMES, TITLE, add_report, at, history, rec
from tests.factories import NAMED_POSTS as POSTS
from tests.factories import create_force as found_force
from tests.factories import import_recommendation as add
from tests.support.chat import say

__all__ = [
    "LONDON", "NAMES", "POSTS", "TITLE", "add", "add_report", "at", "found_force", "history",
    "rec", "say",
]  # fmt: skip
