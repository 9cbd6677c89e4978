"""Snapshot of an organisation file as the store keeps it: JSON, to compare the next one with.

`Organisation.file` holds what was applied last. An entry of a new file acts only where it differs
from this, so what people did in chat since then stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from documents.record import FileEntry, FileTarget, OrganisationFile
from governance.directory import Board, Post
from governance.words import Kind

SECTIONS = ("owners", "board_of", "reminders")
"""Sections about single recommendations; an entry waits until its recommendation is there."""


def applied(file: OrganisationFile) -> dict[str, Any]:
    """Everything a file says, keyed as it is compared; `settled` is added by what uses it."""
    return {
        "force": {
            "key": file.force_key,
            "name": file.force_name,
            "timezone": file.timezone,
            "holidays": file.holidays,
            "go_live": _iso(file.go_live),
            "default_board": file.default_board,
        },
        "boards": {board.key: _board(board) for board in file.boards},
        "meetings": {board.key: _meetings(board) for board in file.boards},
        "posts": {post.key: _post(post) for post in file.posts},
        "people": {p.key: {"name": p.name, **p.identities} for p in file.people},
        "away": {
            p.key: {f"{a.start}..{a.end}": [_iso(a.start), _iso(a.end)] for a in p.away}
            for p in file.people
            if p.away
        },
        "order": {"boards": [b.key for b in file.boards], "posts": [p.key for p in file.posts]},
        "reminders": {"organisation": file.reminders, "boards": file.board_reminders},
        "entries": {
            "owners": _entries(file.owners),
            "board_of": _entries(file.board_of),
            "reminders": _entries(file.recommendation_reminders),
        },
        "settled": {section: {} for section in SECTIONS},
    }


def nothing() -> dict[str, Any]:
    """The snapshot of an organisation that never had a file."""
    parts = ("force", "boards", "meetings", "posts", "people", "away", "order", "reminders")
    return {
        **{part: {} for part in parts},
        "entries": {section: {} for section in SECTIONS},
        "settled": {section: {} for section in SECTIONS},
    }


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, Any | None, Any | None]]:
    """(key, before, after) wherever two mappings differ; None where one has no such key."""
    for key in dict.fromkeys([*after, *before]):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def target(kept: Mapping[str, Any]) -> FileTarget:
    """The target of an entry, of its JSON."""
    return FileTarget(**{**kept, "kind": Kind(kept["kind"]) if kept["kind"] else None})


def day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _minute(value: datetime) -> str:
    """A naive local start, as it names a meeting: "2023-05-02T14:00"."""
    return value.isoformat(timespec="minutes")


def _board(board: Board) -> dict[str, Any]:
    return {
        "name": board.name,
        "chair": board.chair,
        "secretary": board.secretary,
        "channel": board.channel,
        "first": _minute(board.cadence.first),
        "rule": board.cadence.rule,
        "every_months": board.cadence.every_months,
        "minutes": board.minutes,
    }


def _meetings(board: Board) -> dict[str, Any]:
    moved = {_minute(original): {"moved_to": _minute(to)} for original, to in board.moved.items()}
    return moved | {_minute(original): {"moved_to": None} for original in sorted(board.cancelled)}


def _post(post: Post) -> dict[str, Any]:
    return {
        "title": post.title,
        "role": post.role.value,
        "deputy": post.deputy,
        "holders": [[t.person, _iso(t.start), _iso(t.end)] for t in post.tenures],
    }


def _entries(entries: tuple[FileEntry, ...]) -> dict[str, Any]:
    return {e.target.written: {"target": asdict(e.target), "value": e.value} for e in entries}
