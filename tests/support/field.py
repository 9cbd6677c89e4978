"""Names of factories under which some tests still know them."""

from __future__ import annotations

from tests.factories import GB, PIB, POSTS, START, at, post
from tests.factories import LONDON as ZONE
from tests.factories import make_directory as force
from tests.factories import make_recommendation as recommendation
from tests.support.walk import walk

__all__ = ["GB", "PIB", "POSTS", "START", "ZONE", "at", "force", "post", "recommendation", "walk"]
