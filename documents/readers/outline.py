"""The walk through a document's lines: each goes to the item, response or field it stands under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from documents.readers.body import put
from documents.readers.cursor import Cursor, HeadingStack
from documents.readers.drafts import ItemDraft, RecordDraft, quote
from documents.readers.fields import PROSE, STATEMENTS, FieldHeading, ReportField
from documents.readers.headings import (
    GroupHeading,
    ItemHeading,
    ResponseHeading,
    SectionHeading,
    item_heading,
)
from documents.readers.lines import Line, closed
from documents.readers.lookahead import Lookahead
from documents.readers.paragraphs import Body
from documents.readers.request_phrases import asks

_FAR = 100
"""Paragraphs of a response that are looked through for an item whose heading is missing."""


def read_outline(lines: list[Line]) -> RecordDraft:
    """Every line of a document, under what it belongs to."""
    lines = list(_headings_whole(lines))
    cursor = Cursor()
    lookahead = Lookahead(lines, cursor)
    for index, line in enumerate(lines):
        _take(cursor, lookahead, index, line)
    return cursor.draft


def _headings_whole(lines: list[Line]) -> Iterator[Line]:
    """The lines, with a heading that a line break cuts before its number in one piece."""
    held: Line | None = None
    for line in lines:
        if held is not None:
            whole = replace(held, text=f"{held.text} {line.text}")
            heading = item_heading(whole.text) if not line.gap and line.mark is None else None
            if heading and heading.title and heading.number:
                held = None
                yield whole
                continue
            yield held
        heading = item_heading(line.text)
        held = line if heading and heading.ref and heading.number is None else None
        if held is None:
            yield line
    if held is not None:
        yield held


def _take(cursor: Cursor, lookahead: Lookahead, index: int, line: Line) -> None:
    heading = lookahead.heading(line)
    if isinstance(heading, FieldHeading) and heading.field in lookahead.under_each_item:
        voice = ResponseHeading(heading.rest, goes_on=True)
        heading = voice if cursor.item is not None else heading
    if isinstance(heading, SectionHeading) and _is_inside_statement(cursor, lookahead, index):
        heading = None
    if isinstance(heading, ItemHeading):
        _begin_item(cursor, line, heading)
    elif isinstance(heading, ResponseHeading) and _is_a_response(cursor, heading):
        _begin_response(cursor, line, heading)
    elif isinstance(heading, SectionHeading):
        cursor.leave()
        cursor.section, cursor.themes = heading.kind, HeadingStack()
        if heading.rest:
            _take(cursor, lookahead, index, replace(line, text=heading.rest, mark=None))
    elif isinstance(heading, FieldHeading):
        _begin_field(cursor, line, heading)
    elif isinstance(heading, GroupHeading):
        _begin_group(cursor, line)
    else:
        put(cursor, lookahead, index, line)


def _is_inside_statement(cursor: Cursor, lookahead: Lookahead, index: int) -> bool:
    """Test whether "Recommendations" is only a heading within somebody's statement."""
    in_statement = cursor.field in STATEMENTS and bool(cursor.draft.items)
    return in_statement and not lookahead.leads_to_item(index)


def _is_a_response(cursor: Cursor, heading: ResponseHeading) -> bool:
    """Test whether "Response" heads one, rather than a part of a statement."""
    named = heading.to_all or heading.kind is not None
    return named or cursor.item is not None or cursor.field not in PROSE


def _begin_item(cursor: Cursor, line: Line, heading: ItemHeading) -> None:
    answering = cursor.item.answering if cursor.item else None
    if cursor.field in STATEMENTS and cursor.draft.items:
        answering = cursor.field
    if heading.title:
        cursor.draft.titles.append(heading.title)
    item = cursor.open_item(line, heading.kind, answering)
    item.number, item.ref = heading.number, heading.ref
    if heading.rest:
        if answering or asks(heading.rest) or closed(heading.rest):
            item.body.add(replace(line, mark=None), heading.rest)
        else:
            item.caption = heading.rest


def _begin_field(cursor: Cursor, line: Line, heading: FieldHeading) -> None:
    cursor.leave(heading.field, shared=heading.shared)
    body = cursor.draft.body(heading.field)
    if heading.field in STATEMENTS:
        # The heading itself may say whose force this is.
        cursor.draft.header.append((line.number, line.words))
    if heading.rest:
        body.add(replace(line, mark=None), heading.rest)


def _begin_group(cursor: Cursor, line: Line) -> None:
    """One heading for several items: what follows answers, or asks, more than one."""
    field = cursor.field if cursor.field in STATEMENTS else None
    if cursor.item is not None and cursor.item.answering:
        field = cursor.item.answering
    if field is None:
        cursor.draft.warn(
            line.number,
            f"{quote(line.words)} heads several items at once; what stands under it is kept as a "
            "response to the whole report.",
        )
        field = ReportField.RESPONSE
    cursor.item, cursor.field = None, field
    cursor.draft.body(field).add(line)


def _begin_response(cursor: Cursor, line: Line, heading: ResponseHeading) -> None:
    item = cursor.item
    if heading.to_all:
        cursor.leave(ReportField.RESPONSE)
    elif heading.kind is not None:
        named = cursor.open_item(line, heading.kind, ReportField.RESPONSE)
        named.number = heading.number
    elif item is not None:
        if item.response is not None and not heading.goes_on:
            item = _recover_item(cursor, line, item)
        item.response = item.response or Body()
    else:
        cursor.leave(ReportField.RESPONSE)
    if heading.rest:
        cursor.body.add(replace(line, mark=None), heading.rest)


def _recover_item(cursor: Cursor, line: Line, item: ItemDraft) -> ItemDraft:
    """A second response under one item: find the wording whose heading is missing."""
    parts = item.response.parts if item.response else []
    first = max(1, len(parts) - _FAR)
    asking = (
        at
        for at in range(len(parts) - 1, first - 1, -1)
        if parts[at].level is None and asks(parts[at].text)
    )
    if item.response and (last := next(asking, None)) is not None:
        body = item.response.take_from(last)
        recovered = cursor.open_unheaded(body.parts[0].line, warn=True)
        recovered.body = body
        return recovered
    cursor.draft.warn(
        line.number,
        f"A second {quote(line.words)} stands under {item.name}; the item it answers was not "
        "found, and both are kept together.",
    )
    return item
