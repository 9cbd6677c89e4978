"""A record written another way holds the same items, or a warning says where one went."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from documents.readers import read_document
from documents.record import ImportedItem, ImportedRecord
from tests.documents import record_variations as variations

RECORDS = variations.records()
BY_NAME = pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])


@cache
def _as_written(path: Path) -> ImportedRecord:
    return read_document(path.name, path.read_bytes())


def _read(path: Path, text: str) -> ImportedRecord:
    return read_document(path.name, text.encode())


@cache
def _letters(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", text or "").casefold()


def _wording(item: ImportedItem) -> tuple[str, ...]:
    return (item.kind, _letters(item.text), *(_letters(point) for point in item.points))


def _opening(item: ImportedItem) -> str:
    """Enough of an item's words to know it by, past what many items begin with."""
    words = _letters(item.text + "".join(item.points))
    return words[:120]


def _unaccounted(before: ImportedRecord, after: ImportedRecord) -> list[str]:
    """The items that are neither found whole nor named in a warning, and those merged."""
    wordings = [_wording(item) for item in after.items]
    warnings = [_letters(warning.text) for warning in after.warnings if warning.line is not None]
    lost = [
        f"lost: {item.kind} {item.number} {item.text[:60]}"
        for item in before.items
        if _wording(item) not in wordings
        and not any(_letters(item.text)[:30] in text for text in warnings)
        and not any(f"{item.kind.noun}{item.number}".casefold() in text for text in warnings)
    ]
    merged = [
        f"merged: {other.text[:40]} into {item.kind} {item.number} {item.text[:40]}"
        for item in after.items
        for other in before.items
        if _opening(other)
        in _letters("\n".join([item.text, *item.points]))[1:] + "|" + _letters(item.response)
        and not _wording(item)[1].startswith(_letters(other.text)[:30])
    ]
    extra = len(after.items) - len(before.items)
    return lost + merged + ([f"{extra} more items than there are"] if extra > 0 else [])


@BY_NAME
@pytest.mark.parametrize("spelling", variations.SPELLINGS)
def test_a_record_spelt_another_way_holds_the_same_items(path: Path, spelling: str) -> None:
    before = _as_written(path)
    text = variations.SPELLINGS[spelling](path.read_text("utf-8"))
    after = _read(path, text)
    assert [_wording(item) for item in after.items] == [_wording(item) for item in before.items]
    assert [item.ref for item in after.items] == [item.ref for item in before.items]
    assert [_letters(item.response) for item in after.items] == [
        _letters(item.response) for item in before.items
    ]
    assert [_letters(item.theme) for item in after.items] == [
        _letters(item.theme) for item in before.items
    ]


@BY_NAME
@pytest.mark.parametrize("encoding", variations.BYTES)
def test_a_record_in_other_bytes_is_the_same_record(path: Path, encoding: str) -> None:
    before = _as_written(path)
    after = read_document(path.name, variations.BYTES[encoding](path.read_text("utf-8")))
    assert [_wording(item) for item in after.items] == [_wording(item) for item in before.items]
    assert _letters(after.report.force) == _letters(before.report.force)
    assert _letters(after.report.title) == _letters(before.report.title)
    assert len(after.warnings) == len(before.warnings)


@BY_NAME
def test_no_item_is_lost_or_merged_when_a_heading_is_dropped(path: Path) -> None:
    before = _as_written(path)
    faults = {
        heading: unaccounted
        for heading, text in variations.without_each_heading(path.read_text("utf-8"))
        if (unaccounted := _unaccounted(before, _read(path, text)))
    }
    assert not faults


@BY_NAME
def test_no_item_is_lost_or_merged_when_an_unknown_heading_is_inserted(path: Path) -> None:
    before = _as_written(path)
    faults = {
        where: unaccounted
        for where, text in variations.with_unknown_headings(path.read_text("utf-8"))
        if (unaccounted := _unaccounted(before, _read(path, text)))
    }
    assert not faults


REORDERABLE = [path for path in RECORDS if variations.reordered(path.read_text("utf-8"))]


@pytest.mark.parametrize("path", REORDERABLE, ids=[path.stem for path in REORDERABLE])
def test_items_in_another_order_are_the_same_items(path: Path) -> None:
    before = _as_written(path)
    after = _read(path, variations.reordered(path.read_text("utf-8")) or "")
    assert {(item.number, *_wording(item)) for item in after.items} == {
        (item.number, *_wording(item)) for item in before.items
    }
    assert {(item.number, _letters(item.response)) for item in after.items} == {
        (item.number, _letters(item.response)) for item in before.items
    }
