"""The reader of plain text: bytes, lines, an outline, and from it the record."""

from __future__ import annotations

from collections import Counter

from documents.readers.counts import check_counts
from documents.readers.decoding import NotUnderstood, decode
from documents.readers.drafts import ItemDraft, RecordDraft
from documents.readers.fields import ReportField
from documents.readers.lines import plain, read_lines
from documents.readers.markup import without_markup
from documents.readers.merge import (
    settle_missing_responses,
    settle_one_response_to_all,
    settle_repeats,
)
from documents.readers.outline import read_outline
from documents.readers.report import report_of
from documents.readers.request_phrases import addressee
from documents.record import ImportedItem, ImportedRecord
from governance.words import Kind


def read_text(name: str, content: bytes) -> ImportedRecord:
    """Read a response record in plain text, whatever its layout.

    Raises NotUnderstood when the content is no text, or holds no item and no field of a report.
    """
    raw, warnings = decode(name, content)
    draft = read_outline(read_lines(without_markup(raw)))
    draft.warnings[:0] = warnings
    settle_repeats(draft)
    settle_one_response_to_all(draft)
    settle_missing_responses(draft)
    understood = {field for field, body in draft.fields.items() if body} - {ReportField.SUMMARY}
    if not draft.items and not understood:
        raise NotUnderstood(
            f"{name} holds no recommendation, area for improvement or report field that Duly knows."
        )
    check_counts(draft)
    if not draft.items:
        draft.warn(None, f"{name} holds no recommendation or area for improvement.")
    report = report_of(draft)
    items = _items(draft)
    ordered = sorted(draft.warnings, key=lambda warning: warning.line or 0)
    return ImportedRecord(report, items, tuple(ordered))


def _items(draft: RecordDraft) -> tuple[ImportedItem, ...]:
    captions = Counter(plain(item.caption) for item in draft.items if item.caption)
    places: Counter[Kind] = Counter()
    items = []
    for item in draft.items:
        lines = tuple((part.line.number, part.text) for part in item.body.parts)
        text, points = item.body.wording()
        themes = list(item.themes)
        if item.caption and not text:
            text = item.caption
        elif item.caption and captions[plain(item.caption)] == 1:
            themes.append(item.caption)
        if not item.headed and item.body and item.body.parts[0].level is not None:
            text, points = _bullet_item(item)
        if not text:
            draft.warn(
                item.line, f"{item.name[0].upper()}{item.name[1:]} has a heading but no wording."
            )
            if not points:
                continue
        places[item.kind] += 1
        items.append(
            ImportedItem(
                kind=item.kind,
                text=text,
                points=points,
                ref=item.ref,
                number=item.number,
                position=places[item.kind],
                theme=" – ".join(themes) or None,
                addressee=addressee(text),
                response=item.response.prose() if item.response else None,
                line=item.line,
                lines=lines,
            )
        )
    return tuple(items)


def _bullet_item(item: ItemDraft) -> tuple[str, tuple[str, ...]]:
    """An item that is itself a bullet: the bullets under it are its points."""
    first, *rest = item.body.parts
    first.level = None
    for part in rest:
        if part.level is not None:
            part.level = max(0, part.level - 1)
    return item.body.wording()
