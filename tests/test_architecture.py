"""Queries stand in db/: what is above it asks for rows by functions with names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ABOVE = ("commands", "bot", "messages", "scheduler")
QUERYING = {"select", "insert", "update", "delete", "union_all", "text", "col"}


def queries(module: Path) -> Iterator[int]:
    """The lines on which a module imports what builds a statement, or has a reading build one."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in (
            "sqlalchemy",
            "sqlmodel",
        ):
            if not QUERYING.isdisjoint(alias.name for alias in node.names):
                yield node.lineno
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "select"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("reading", "writing")
        ):
            yield node.lineno


def test_nothing_above_the_store_builds_a_query() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for floor in ABOVE
        for path in (ROOT / floor).rglob("*.py")
        if (lines := list(queries(path)))
    }
    assert found == {}
