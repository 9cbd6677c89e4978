"""Names of factories under which some tests still know them."""

from __future__ import annotations

from tests.factories import create_organisation as found_organisation

__all__ = ["found_organisation"]
