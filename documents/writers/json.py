"""JSON of a dataclass: dates ISO 8601, texts verbatim."""

from __future__ import annotations

from pydantic import TypeAdapter


def write(value: object) -> str:
    """A dataclass as one JSON object; its fields' annotations say how they are written."""
    return TypeAdapter(type(value)).dump_json(value, indent=2).decode() + "\n"
