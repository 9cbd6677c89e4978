"""An organisation file against its shape, and what pydantic finds as sentences."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from documents.organisation.lines import Written, without
from documents.organisation.problems import Path, Problems, listed, quoted, suggestion
from documents.organisation.shape import SHAPES, FileShape

MOST_MISTAKES = 50
"""With more than this the file is something else; looking up its keys would say nothing new."""


def validated(written: Written, problems: Problems) -> tuple[FileShape | None, Written]:
    """The file's shape, with everything wrong told to `problems`.

    What is wrong is then left out, so that the keys that remain can still be looked up and one
    reading names everything; None where nothing usable remains.
    """
    told = False
    rest: Written | None = written
    while rest is not None:
        try:
            return FileShape.model_validate(rest.data), rest
        except ValidationError as error:
            found = error.errors(include_url=False)
            if not told:
                for one in found:
                    _tell(one, written, problems)
                told = True
            if len(found) > MOST_MISTAKES:
                return None, written
            # One at a time: what is left keeps the lines it has.
            rest = without(rest, _path(found[-1]))
    return None, written


def where(path: Path, data: Any) -> str:
    """A path as a person would say it: "boards.pib.cadence"; items by their key or number."""
    said: list[str] = []
    for part in path:
        data = _inside(data, part)
        if isinstance(part, int):
            key = data.get("key") if isinstance(data, dict) else None
            said.append(key if isinstance(key, str) else str(part + 1))
        else:
            said.append(part if len(part) <= 60 else f"{part[:57]}…")
    return ".".join(said)


def _inside(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _path(error: ErrorDetails) -> Path:
    return tuple(part for part in error["loc"] if part != "[key]")


def _tell(error: ErrorDetails, written: Written, problems: Problems) -> None:
    path = _path(error)
    line = written.line(path)
    said = _sentence(error, path)
    if error["type"] in ("missing", "extra_forbidden"):
        path = path[:-1]
    problems.add(line, where(path, written.data), said)


def _sentence(error: ErrorDetails, path: Path) -> str:
    """The end of a sentence that begins with the key."""
    name, given = path[-1] if path else "", error["input"]
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            part = SHAPES.get(tuple(p for p in path[:-1] if isinstance(p, str)))
            known = [f.alias or n for n, f in part.model_fields.items()] if part else []
            hint = suggestion(str(name), known) or f"; it may hold {listed(known, 'and')}"
            return f"{quoted(name)} is not known here{hint}"
        case "value_error":
            return str(context["error"])
        case "list_type":
            return "must be a list: begin each item with a hyphen"
        case "dict_type" | "model_type":
            return "must hold keys with values, such as key: value"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"{quoted(given)} must be a whole number"
        case "greater_than_equal":
            return f"{quoted(given)} must be at least {context['ge']}"
        case "less_than_equal":
            return f"{quoted(given)} must be at most {context['le']}"
    if given is None or given == "":
        return "is empty"
    return f"{quoted(given)} must be plain text"
