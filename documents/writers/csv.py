"""One row a recommendation, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from datetime import date

from documents.record import Export, ExportedMilestone, ExportedRecommendation, ExportedUpdate
from governance.inert import inert

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run, or hide, at the head of a cell."""

COLUMNS = tuple(field.name for field in fields(ExportedRecommendation))


def write(export: Export) -> str:
    """A heading and one row a recommendation; several points or updates stand one a line.

    A cell that a spreadsheet would take for a formula is written as text, after an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for item in export.recommendations:
        writer.writerow([_shown(as_text(_cell(getattr(item, name)))) for name in COLUMNS])
    return out.getvalue()


def as_text(cell: str) -> str:
    """The cell as it is, or behind an apostrophe where a spreadsheet would run it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _shown(cell: str) -> str:
    """The cell without what acts on a terminal; a carriage return stays, which parts its lines."""
    return "\r".join(inert(part) for part in cell.split("\r"))


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case date():
            return value.isoformat()
        case ExportedMilestone():
            return f"{value.date.isoformat()} {value.text}"
        case ExportedUpdate():
            said = f": {value.text}" if value.text else ""
            return f"{value.at} {value.by} {value.progress}{said}"
        case tuple():
            return "\n".join(_cell(part) for part in value)
    raise TypeError(f"{type(value).__name__} is no part of an export")
