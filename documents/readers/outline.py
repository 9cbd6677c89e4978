"""The walk through a document's lines: each goes to the item, response or field it stands under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from documents.readers.body import put
from documents.readers.cursor import Place
from documents.readers.drafts import ItemDraft, RecordDraft, quote
from documents.readers.fields import PROSE, STATEMENTS, Field, FieldHeading
from documents.readers.headings import (
    GroupHeading,
    ItemHeading,
    ResponseHeading,
    SectionHeading,
    item_heading,
)
from documents.readers.lines import Line, closed
from documents.readers.lookahead import Sight
from documents.readers.paragraphs import Body
from documents.readers.request_phrases import asks
from documents.readers.themes import Themes


def read_outline(lines: list[Line]) -> RecordDraft:
    """Every line of a document, under what it belongs to."""
    lines = list(_headings_whole(lines))
    place = Place()
    sight = Sight(lines, place)
    for index, line in enumerate(lines):
        _take(place, sight, index, line)
    return place.draft


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
        found = item_heading(line.text)
        held = line if found and found.ref and found.number is None else None
        if held is None:
            yield line
    if held is not None:
        yield held


def _take(place: Place, sight: Sight, index: int, line: Line) -> None:
    heading = sight.heading(line)
    if isinstance(heading, FieldHeading) and heading.field in sight.under_each_item:
        voice = ResponseHeading(heading.rest, goes_on=True)
        heading = voice if place.item is not None else heading
    if isinstance(heading, SectionHeading) and _is_inside_statement(place, sight, index):
        heading = None
    if isinstance(heading, ItemHeading):
        _begin_item(place, line, heading)
    elif isinstance(heading, ResponseHeading) and _is_a_response(place, heading):
        _begin_response(place, line, heading)
    elif isinstance(heading, SectionHeading):
        place.leave()
        place.section, place.themes = heading.kind, Themes()
        if heading.rest:
            _take(place, sight, index, replace(line, text=heading.rest, mark=None))
    elif isinstance(heading, FieldHeading):
        _begin_field(place, line, heading)
    elif isinstance(heading, GroupHeading):
        _begin_group(place, line)
    else:
        put(place, sight, index, line)


def _is_inside_statement(place: Place, sight: Sight, index: int) -> bool:
    """Whether "Recommendations" is only a heading within somebody's statement."""
    in_statement = place.field in STATEMENTS and bool(place.draft.items)
    return in_statement and not sight.leads_to_item(index)


def _is_a_response(place: Place, heading: ResponseHeading) -> bool:
    """Whether "Response" heads one, rather than a part of a statement."""
    named = heading.to_all or heading.kind is not None
    return named or place.item is not None or place.field not in PROSE


def _begin_item(place: Place, line: Line, heading: ItemHeading) -> None:
    answering = place.item.answering if place.item else None
    if place.field in STATEMENTS and place.draft.items:
        answering = place.field
    if heading.title:
        place.draft.titles.append(heading.title)
    item = place.open_item(line, heading.kind, answering)
    item.number, item.ref = heading.number, heading.ref
    if heading.rest:
        if answering or asks(heading.rest) or closed(heading.rest):
            item.body.add(replace(line, mark=None), heading.rest)
        else:
            item.caption = heading.rest


def _begin_field(place: Place, line: Line, heading: FieldHeading) -> None:
    place.leave(heading.field, shared=heading.shared)
    body = place.draft.body(heading.field)
    if heading.field in STATEMENTS:
        # The heading itself may say whose force this is.
        place.draft.header.append((line.number, line.words))
    if heading.rest:
        body.add(replace(line, mark=None), heading.rest)


def _begin_group(place: Place, line: Line) -> None:
    """One heading for several items: what follows answers, or asks, more than one."""
    field = place.field if place.field in STATEMENTS else None
    if place.item is not None and place.item.answering:
        field = place.item.answering
    if field is None:
        place.draft.warn(
            line.number,
            f"{quote(line.words)} heads several items at once; what stands under it is kept as a "
            "response to the whole report.",
        )
        field = Field.RESPONSE
    place.item, place.field = None, field
    place.draft.body(field).add(line)


def _begin_response(place: Place, line: Line, heading: ResponseHeading) -> None:
    item = place.item
    if heading.to_all:
        place.leave(Field.RESPONSE)
    elif heading.kind is not None:
        named = place.open_item(line, heading.kind, Field.RESPONSE)
        named.number = heading.number
    elif item is not None:
        if item.response is not None and not heading.goes_on:
            item = _recover_item(place, line, item)
        item.response = item.response or Body()
    else:
        place.leave(Field.RESPONSE)
    if heading.rest:
        place.body.add(replace(line, mark=None), heading.rest)


def _recover_item(place: Place, line: Line, item: ItemDraft) -> ItemDraft:
    """A second response under one item: find the wording whose heading is missing."""
    parts = item.response.parts if item.response else []
    asking = [at for at, part in enumerate(parts) if at and part.level is None and asks(part.text)]
    if item.response and asking:
        body = item.response.take_from(asking[-1])
        recovered = place.open_unheaded(body.parts[0].line, warn=True)
        recovered.body = body
        return recovered
    place.draft.warn(
        line.number,
        f"A second {quote(line.words)} stands under {item.name}; the item it answers was not "
        "found, and both are kept together.",
    )
    return item
