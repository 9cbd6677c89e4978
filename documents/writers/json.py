"""JSON of a dataclass: dates ISO 8601, texts verbatim."""

from __future__ import annotations

from pydantic import TypeAdapter

from governance.inert import inert_json


def write(value: object) -> str:
    """A dataclass as one JSON object; its fields' annotations say how they are written."""
    return inert_json(TypeAdapter(type(value)).dump_json(value, indent=2).decode()) + "\n"
