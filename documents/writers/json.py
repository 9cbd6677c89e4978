"""The whole export as JSON, every text verbatim."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

from documents.record import Export


def write(export: Export) -> str:
    """One JSON object; dates ISO 8601, no escaping beyond what JSON itself asks for."""
    return json.dumps(asdict(export), ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no part of an export")
