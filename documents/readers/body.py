"""Lines that announce nothing: each goes where it belongs, or begins something unannounced."""

from __future__ import annotations

import re
from dataclasses import replace

from documents.readers.counts import counts_for_forces, counts_in, is_only_a_count, says_none
from documents.readers.cursor import Cursor
from documents.readers.drafts import ItemDraft, quote
from documents.readers.fields import PROSE, ReportField, speaker
from documents.readers.headings import heading_like
from documents.readers.lines import Line
from documents.readers.lookahead import Lookahead
from documents.readers.paragraphs import level_of
from documents.readers.request_phrases import (
    addressee,
    asked_at_once,
    asks,
    kind_by_wording,
    opens_ask,
    opens_with_deadline,
    speaks_as_a_person,
    starts_with_deadline,
)

_IMPRINT = re.compile(
    r"^this (?:response|document|record|page|statement) (?:is|was|has been|will be) (?:also )?"
    r"published\b"
)
_HEADER_WORDS = 25
# The document's own first line, who published it and when, are no theme of what follows.
_MASTHEAD = re.compile(r"\b(?:published|dated|version|pcc|pfcc|commissioner)\b|\b20\d\d\b")


def put(cursor: Cursor, lookahead: Lookahead, index: int, line: Line) -> None:
    """Put a line that is no heading where it belongs."""
    item = cursor.item
    if cursor.body.continues(line) and not (item and item.left_out):
        cursor.body.add(line)
    elif _IMPRINT.match(line.plain):
        cursor.draft.imprint.add(line)
    elif item is not None and item.answering:
        item.body.add(line)
    elif item is not None and item.response is not None:
        _in_response(cursor, lookahead, index, line, item)
    elif item is not None:
        _in_item(cursor, lookahead, index, line, item)
    elif cursor.field is not None:
        _in_field(cursor, lookahead, index, line, cursor.field)
    elif cursor.section is not None:
        _in_section(cursor, lookahead, index, line)
    else:
        _in_preamble(cursor, lookahead, index, line)


def _in_section(cursor: Cursor, lookahead: Lookahead, index: int, line: Line) -> None:
    """A line of a section no item of which is open: a count, a theme, or an item."""
    if says_none(line.text):
        return
    if is_only_a_count(line.text):
        cursor.draft.counts.extend(counts_in(line.words, line.number))
    elif lookahead.is_theme(index, line):
        cursor.add_theme(line)
    elif asks(line.text) or kind_by_wording(line.text) or lookahead.response_is_next(index):
        cursor.open_unheaded(line, warn=False)
    elif speaker(line.text) or speaks_as_a_person(line.text):
        cursor.begin_statement(line)
    elif not line.text.endswith(":"):
        cursor.draft.warn(line.number, f"Not understood: {quote(line.words)}.")


def _in_preamble(cursor: Cursor, lookahead: Lookahead, index: int, line: Line) -> None:
    draft, words = cursor.draft, line.words
    masthead = _MASTHEAD.search(line.plain) is not None or not draft.header
    if not masthead and lookahead.is_theme(index, line):
        cursor.add_theme(line)
    elif opens_ask(words) and not speaks_as_a_person(words):
        cursor.open_unheaded(line, warn=True)
    elif not draft.items and not draft.preamble and _is_header(words):
        draft.header.append((line.number, words))
    elif draft.items:
        draft.warn(line.number, f"Not understood: {quote(words)}.")
    else:
        draft.counts.extend(counts_for_forces(words, line.number))
        draft.preamble.add(line)


def _in_field(
    cursor: Cursor, lookahead: Lookahead, index: int, line: Line, field: ReportField
) -> None:
    body = cursor.draft.body(field)
    if field not in PROSE:
        if body:
            cursor.field = None
            _in_preamble(cursor, lookahead, index, line)
        else:
            body.add(replace(line, mark=None))
        return
    if field is ReportField.SUMMARY and lookahead.is_theme(index, line):
        cursor.add_theme(line)
        return
    if opens_with_deadline(line.text) and not speaks_as_a_person(line.text):
        cursor.open_unheaded(line, warn=True)
        return
    if cursor.shared:
        field = cursor.field = speaker(line.text) or field
    if not cursor.draft.items and field is not ReportField.SUMMARY:
        cursor.draft.counts.extend(counts_for_forces(line.text, line.number))
    cursor.draft.body(field).add(line)


def _in_item(cursor: Cursor, lookahead: Lookahead, index: int, line: Line, item: ItemDraft) -> None:
    if _is_next_bullet_item(lookahead, index, line, item):
        cursor.open_unheaded(line, warn=False)
        return
    if not item.body:
        caption = line.mark is None and heading_like(line.text) and not lookahead.goes_on(index)
        caption = caption and not starts_with_deadline(line.text)
        if caption and lookahead.wording_is_next(index):
            item.caption = line.words
        else:
            item.body.add(line)
        return
    if line.mark is None:
        if lookahead.is_theme(index, line):
            cursor.add_theme(line)
            return
        if speaker(line.text) or speaks_as_a_person(line.text):
            cursor.begin_statement(line)
            return
        if _begins_another(cursor, item, line):
            cursor.open_unheaded(line, warn=item.headed)
            return
        if not item.left_out and lookahead.is_unknown_heading(index, line):
            item.left_out = True
            cursor.draft.warn(
                line.number,
                f"{quote(line.words)} is not a heading Duly knows; what stands under it was left "
                f"out of {item.name}.",
            )
    if not item.left_out:
        item.body.add(line)


def _in_response(
    cursor: Cursor, lookahead: Lookahead, index: int, line: Line, item: ItemDraft
) -> None:
    response = cursor.body
    if line.mark is not None and not item.headed and cursor.section is not None:
        if asks(line.text) or lookahead.response_is_next(index):
            cursor.open_unheaded(line, warn=False)
            return
    elif lookahead.is_theme(index, line):
        cursor.add_theme(line)
        return
    elif response and speaker(line.text):
        cursor.begin_statement(line)
        return
    if response and _is_wording_in_response(cursor, lookahead, index, line):
        cursor.open_unheaded(line, warn=True)
        return
    response.add(line)


def _is_wording_in_response(cursor: Cursor, lookahead: Lookahead, index: int, line: Line) -> bool:
    """Test whether a line in a response is the next item, its heading missing.

    Responses speak of what should happen too, so that only a dated request to somebody who is
    asked elsewhere in the record counts, or one that a response of its own follows.
    """
    if speaks_as_a_person(line.text):
        return False
    if opens_with_deadline(line.text) and cursor.asks_elsewhere(addressee(line.text)):
        return True
    subject = asked_at_once(line.text)
    kind = kind_by_wording(line.text)
    if cursor.names_kind_elsewhere(kind):
        return True
    begins = kind is not None or cursor.begins_elsewhere(subject)
    return begins and lookahead.response_follows(index)


def _is_next_bullet_item(lookahead: Lookahead, index: int, line: Line, item: ItemDraft) -> bool:
    """Test whether a bullet is the next item of a section whose items are bullets."""
    if item.headed or line.mark is None or not item.body:
        return False
    level = level_of(line, item.body.parts)
    first = item.body.parts[0]
    if first.level is None:
        paragraphs = [part.text for part in item.body.parts if part.level is None]
        return not paragraphs[-1].endswith(":") and level == 0 and opens_ask(line.text)
    if level > 0:
        return False
    return not first.text.endswith(":") or asks(line.text) or lookahead.response_is_next(index)


def _begins_another(cursor: Cursor, item: ItemDraft, line: Line) -> bool:
    """Test whether a paragraph inside an item reads as the beginning of the next one."""
    if not item.headed and opens_ask(line.text):
        return True
    if opens_with_deadline(line.text):
        return cursor.asks_elsewhere(addressee(line.text))
    if kind_by_wording(line.text):
        return True
    subject = asked_at_once(line.text)
    return subject is not None and subject == asked_at_once(item.body.parts[0].text)


def _is_header(words: str) -> bool:
    return len(words.split()) <= _HEADER_WORDS and not words.endswith((".", ":", ";", ","))
