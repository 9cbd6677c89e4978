"""Papers out: what an export looks like in each format."""

from __future__ import annotations

from importlib import import_module

from documents.record import Export

FORMATS = ("json", "csv")


def write_export(export: Export, format: str) -> str:
    """The export in one of FORMATS, as text to be written in UTF-8 without newline changes."""
    if format not in FORMATS:
        raise ValueError(f"{format!r} is none of {', '.join(FORMATS)}")
    written: str = import_module(f"documents.writers.{format}").write(export)
    return written
