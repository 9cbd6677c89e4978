"""The statutory clock on a local policing body's comments."""

from __future__ import annotations

from datetime import date, timedelta

RESPONSE_DAYS = 56
"""Police Act 1996, s.55: comments are published within 56 days beginning with publication."""


def last_day(published: date) -> date:
    """The last day for the comments: the 56th, counting the day of publication as the first."""
    return published + timedelta(days=RESPONSE_DAYS - 1)
