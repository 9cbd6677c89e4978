"""Names of factories under which some tests still know them."""

from __future__ import annotations

from tests.factories import FORCE, TEST, add_report, apply, change, ledger, set_clock
from tests.factories import add_recommendation as add

__all__ = ["FORCE", "TEST", "add", "add_report", "apply", "change", "ledger", "set_clock"]
