"""The walk through a document's lines: each goes to the item, response or field it stands under."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from documents.readers.asks import (
    addressee,
    asked_at_once,
    asks,
    kind_by_wording,
    opens_ask,
    opens_with_deadline,
    speaks_as_a_person,
)
from documents.readers.counts import counts_for_forces, counts_in, is_only_a_count, says_none
from documents.readers.drafts import ItemDraft, RecordDraft, quote
from documents.readers.fields import (
    PROSE,
    STATEMENTS,
    Field,
    FieldHeading,
    field_heading,
    speaker,
)
from documents.readers.headings import (
    GroupHeading,
    ItemHeading,
    ResponseHeading,
    SectionHeading,
    group_heading,
    heading_like,
    item_heading,
    response_heading,
    section_heading,
)
from documents.readers.lines import Line, closed
from documents.readers.themes import Themes
from documents.readers.wording import Body, level_of
from governance.words import Kind

Heading = ItemHeading | SectionHeading | GroupHeading | ResponseHeading | FieldHeading

_IMPRINT = re.compile(
    r"^this (?:response|document|record|page|statement) (?:is|was|has been|will be) (?:also )?"
    r"published\b"
)
_HEADER_WORDS = 25
_LABELS_OF_A_FORM = 4


class Outline:
    """Reads lines into a RecordDraft. `draft` is complete after `walk`."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.draft = RecordDraft()
        self._section: Kind | None = None
        self._item: ItemDraft | None = None
        self._field: Field | None = None
        self._shared = False
        self._themes = Themes()
        self._spaced = _labels_end_in_space(lines)
        self._each_answers = self._statements_under_each_item()

    def walk(self) -> RecordDraft:
        """Read every line, in order."""
        for index, line in enumerate(self.lines):
            heading = self._heading(line)
            if isinstance(heading, ItemHeading):
                self._begin_item(line, heading)
            elif isinstance(heading, ResponseHeading):
                self._begin_response(index, line, heading)
            elif isinstance(heading, SectionHeading):
                self._begin_section(index, line, heading)
            elif isinstance(heading, FieldHeading):
                self._begin_field(index, line, heading)
            elif isinstance(heading, GroupHeading):
                self._begin_group(line)
            else:
                self._place(index, line)
        return self.draft

    # What a line announces

    def _heading(self, line: Line) -> Heading | None:
        group = group_heading(line.text)
        if group:
            return group
        item = item_heading(line.text)
        if item:
            return item
        if line.mark is not None and line.count is None and not line.depth:
            return None
        response = response_heading(line.text)
        if response:
            return response
        section = section_heading(line, labels_end_in_space=self._spaced)
        if section:
            return section
        return field_heading(line, in_form=not self.draft.items, labels_end_in_space=self._spaced)

    def _statements_under_each_item(self) -> set[Field]:
        """The statements whose heading comes back under item after item."""
        seen: Counter[Field] = Counter()
        for line in self.lines:
            heading = field_heading(line, in_form=False, labels_end_in_space=False)
            if heading and heading.field in STATEMENTS:
                seen[heading.field] += 1
        return {field for field, times in seen.items() if times > 1}

    # Headings

    def _begin_item(self, line: Line, heading: ItemHeading) -> None:
        answering = self._item.answering if self._item else None
        if self._field in STATEMENTS and self.draft.items:
            answering = self._field
        if heading.title:
            self.draft.titles.append(heading.title)
        item = self._open(line, heading.kind, answering)
        item.number, item.ref = heading.number, heading.ref
        if heading.rest:
            if answering or asks(heading.rest) or closed(heading.rest):
                item.body.add(replace(line, mark=None), heading.rest)
            else:
                item.caption = heading.rest

    def _open(self, line: Line, kind: Kind, answering: Field | None = None) -> ItemDraft:
        item = ItemDraft(kind, line.number, themes=self._themes.begin_item(), answering=answering)
        self.draft.items.append(item)
        self._item, self._field = item, None
        return item

    def _open_unheaded(self, line: Line, *, warn: bool) -> None:
        """Begin an item that has no heading of its own."""
        last = self.draft.items[-1].kind if self.draft.items else Kind.RECOMMENDATION
        kind = kind_by_wording(line.text) or self._section or last
        item = self._open(line, kind)
        item.headed = False
        item.number = line.count if line.count and line.count.isdigit() else None
        item.body.add(line)
        if warn:
            self.draft.warn(
                line.number,
                f"No heading stands above {quote(line.words)}; it was taken as a {kind.noun} "
                "of its own.".replace("a AFI", "an AFI"),
            )

    def _begin_section(self, index: int, line: Line, heading: SectionHeading) -> None:
        if self._field in STATEMENTS and self.draft.items and not self._leads_to_item(index):
            self._place(index, line)
            return
        self._section, self._item, self._field = heading.kind, None, None
        self._themes = Themes()
        if heading.rest:
            self._in_section(index, replace(line, text=heading.rest))

    def _begin_field(self, index: int, line: Line, heading: FieldHeading) -> None:
        if heading.field in self._each_answers and self._item is not None:
            self._begin_response(index, line, ResponseHeading(heading.rest))
            return
        self._item, self._section = None, None
        self._field, self._shared = heading.field, heading.shared
        body = self.draft.body(heading.field)
        if heading.field in STATEMENTS:
            # The heading itself may say whose force this is.
            self.draft.header.append((line.number, line.words))
        if heading.rest:
            body.add(replace(line, mark=None), heading.rest)

    def _begin_group(self, line: Line) -> None:
        """One heading for several items: what follows answers, or asks, more than one."""
        if self._field not in STATEMENTS:
            self._field = self._item.answering if self._item and self._item.answering else None
            if self._field is None:
                self.draft.warn(
                    line.number,
                    f"{quote(line.words)} heads several items at once; what stands under it is "
                    "kept as the response to the report.",
                )
                self._field = Field.RESPONSE
        self._item = None
        self.draft.body(self._field).add(line)

    def _begin_response(self, index: int, line: Line, heading: ResponseHeading) -> None:
        rest = replace(line, text=heading.rest, mark=None)
        if heading.to_all:
            self._item, self._section, self._field = None, None, Field.RESPONSE
        elif heading.kind is not None:
            item = self._open(line, heading.kind, Field.RESPONSE)
            item.number = heading.number
        elif self._item is not None:
            if self._item.response is not None:
                self._recover_item(line)
            self._item.response = self._item.response or Body()
        elif self._field in PROSE:
            self._place(index, line)
            return
        else:
            self._field = Field.RESPONSE
        if heading.rest:
            self._body().add(rest)

    def _recover_item(self, line: Line) -> None:
        """A second response under one item: find the wording whose heading is missing."""
        item = self._item
        if item is None or item.response is None:
            return
        for at, part in enumerate(item.response.parts):
            if at and part.level is None and asks(part.text):
                body = item.response.take_from(at)
                self._open_unheaded(part.line, warn=True)
                if self._item is not None:
                    self._item.body = body
                return
        self.draft.warn(
            line.number,
            f"A second {quote(line.words)} stands under {item.name}; the item it answers was not "
            "found, and both are kept together.",
        )

    # Lines that announce nothing

    def _body(self) -> Body:
        if self._item is not None:
            return self._item.body if self._item.response is None else self._item.response
        if self._field is not None:
            return self.draft.body(self._field)
        return self.draft.preamble

    def _place(self, index: int, line: Line) -> None:
        if self._body().continues(line) and not (self._item and self._item.left_out):
            self._body().add(line)
        elif _IMPRINT.match(line.plain):
            self.draft.imprint.add(line)
        elif self._item is not None and self._item.answering:
            self._item.body.add(line)
        elif self._item is not None and self._item.response is not None:
            self._in_response(index, line, self._item)
        elif self._item is not None:
            self._in_item(index, line, self._item)
        elif self._field is not None:
            self._in_field(index, line, self._field)
        elif self._section is not None:
            self._in_section(index, line)
        else:
            self._in_preamble(index, line)

    def _in_field(self, index: int, line: Line, field: Field) -> None:
        body = self.draft.body(field)
        if field not in PROSE:
            if not body:
                body.add(replace(line, mark=None))
                return
            self._field = None
            self._in_preamble(index, line)
            return
        if field is Field.SUMMARY and self._is_theme(index, line):
            return
        if opens_with_deadline(line.text) and not speaks_as_a_person(line.text):
            self._open_unheaded(line, warn=True)
            return
        if self._shared:
            field = self._field = speaker(line.text) or field
        if not self.draft.items and field is not Field.SUMMARY:
            self.draft.counts.extend(counts_for_forces(line.text, line.number))
        self.draft.body(field).add(line)

    def _in_section(self, index: int, line: Line) -> None:
        if says_none(line.text):
            return
        if is_only_a_count(line.text):
            self.draft.counts.extend(counts_in(line.words, line.number))
        elif self._is_theme(index, line):
            return
        elif asks(line.text) or kind_by_wording(line.text) or self._response_is_next(index):
            self._open_unheaded(line, warn=False)
        elif speaker(line.text) or speaks_as_a_person(line.text):
            self._begin_statement(line)
        elif not line.text.endswith(":"):
            self.draft.warn(line.number, f"Not understood: {quote(line.words)}.")

    def _in_preamble(self, index: int, line: Line) -> None:
        if self._is_theme(index, line):
            return
        words = line.words
        if opens_ask(words) and not speaks_as_a_person(words):
            self._open_unheaded(line, warn=True)
        elif not self.draft.items and not self.draft.preamble and _is_header(words):
            self.draft.header.append((line.number, words))
        elif self.draft.items:
            self.draft.warn(line.number, f"Not understood: {quote(words)}.")
        else:
            self.draft.counts.extend(counts_for_forces(words, line.number))
            self.draft.preamble.add(line)

    def _in_item(self, index: int, line: Line, item: ItemDraft) -> None:
        if self._is_next_loose_item(index, line, item):
            self._open_unheaded(line, warn=False)
            return
        if not item.body:
            if line.mark is None and heading_like(line.text) and self._wording_is_next(index):
                item.caption = line.words
            else:
                item.body.add(line)
            return
        if line.mark is None:
            if self._is_theme(index, line):
                return
            if speaker(line.text) or speaks_as_a_person(line.text):
                self._begin_statement(line)
                return
            if _begins_another(item, line, self._addressees()):
                self._open_unheaded(line, warn=item.headed)
                return
            if not item.left_out and self._is_unknown_heading(index, line):
                item.left_out = True
                self.draft.warn(
                    line.number,
                    f"{quote(line.words)} is not a heading Duly knows; what stands under it was "
                    f"left out of {item.name}.",
                )
        if not item.left_out:
            item.body.add(line)

    def _in_response(self, index: int, line: Line, item: ItemDraft) -> None:
        response = self._body()
        loose = not item.headed and self._section is not None
        if line.mark is not None and loose:
            if asks(line.text) or self._response_is_next(index):
                self._open_unheaded(line, warn=False)
                return
        elif self._is_theme(index, line):
            return
        elif response and speaker(line.text):
            self._begin_statement(line)
            return
        answered = self._response_follows(index)
        dated = opens_with_deadline(line.text) and addressee(line.text) in self._addressees()
        if not speaks_as_a_person(line.text) and (
            dated or (answered and response and opens_ask(line.text))
        ):
            self._open_unheaded(line, warn=True)
            return
        response.add(line)

    def _begin_statement(self, line: Line) -> None:
        """Somebody begins to speak for whom no heading stands."""
        field = speaker(line.text) or Field.RESPONSE
        whose = {
            Field.PCC_RESPONSE: "the PCC's response",
            Field.CHIEF_CONSTABLE_RESPONSE: "the chief constable's response",
            Field.RESPONSE: "a response to the whole report",
        }[field]
        self.draft.warn(
            line.number,
            f"No heading stands above {quote(line.words)}; it was taken as {whose}.",
        )
        self._item, self._section, self._field = None, None, field
        self._shared = True
        self.draft.body(field).add(line)

    # Looking around

    def _is_theme(self, index: int, line: Line) -> bool:
        """Take the line as a heading above the items that follow, if it is one."""
        if line.mark is not None or not heading_like(line.text) or not self._leads_to_item(index):
            return False
        if not self._stands_apart(line):
            return False
        self._themes.add(line.words)
        if self._item is not None:
            self._item = None
        self._field = None
        return True

    def _stands_apart(self, line: Line) -> bool:
        last = self._body().last
        return line.gap or last is None or closed(last.text) or last.level is not None

    def _leads_to_item(self, index: int) -> bool:
        """Whether an item comes next, with no more than headings in between."""
        for line in self.lines[index + 1 : index + 5]:
            heading = self._heading(line)
            if isinstance(heading, ItemHeading):
                return True
            if heading is not None:
                return False
            begins = opens_ask(line.text) or (line.mark is not None and asks(line.text))
            if self._section is not None and begins:
                return self._item is None or not self._item.headed
            if line.mark is not None or not heading_like(line.text):
                return False
        return False

    def _wording_is_next(self, index: int) -> bool:
        following = self.lines[index + 1 : index + 2]
        return bool(following) and following[0].mark is None and not self._heading(following[0])

    def _response_is_next(self, index: int) -> bool:
        following = self.lines[index + 1 : index + 2]
        return bool(following) and isinstance(self._heading(following[0]), ResponseHeading)

    def _response_follows(self, index: int) -> bool:
        """Whether a response heading comes before the next item or field."""
        for line in self.lines[index + 1 :]:
            heading = self._heading(line)
            if heading is not None:
                return isinstance(heading, ResponseHeading)
        return False

    def _is_unknown_heading(self, index: int, line: Line) -> bool:
        if not heading_like(line.text) or not self._stands_apart(line):
            return False
        following = self.lines[index + 1 : index + 2]
        # A short line right above bullets leads into them.
        return not following or following[0].mark is None

    def _is_next_loose_item(self, index: int, line: Line, item: ItemDraft) -> bool:
        """Whether a bullet is the next item of a section whose items are bullets."""
        if item.headed or line.mark is None or not item.body:
            return False
        level = level_of(line, item.body.parts)
        if item.body.parts[0].level is None:
            led = item.body.last is not None and item.body.last.text.endswith(":")
            return not led and level == 0 and opens_ask(line.text)
        if level > 0:
            return False
        leads = item.body.parts[0].text.endswith(":")
        return not leads or asks(line.text) or self._response_is_next(index)

    def _addressees(self) -> set[str | None]:
        """Whom the items so far ask, beside those who are asked everywhere."""
        named = {addressee(item.body.parts[0].text) for item in self.draft.items if item.body.parts}
        return (named | {"chief constables", "forces"}) - {None}


def _begins_another(item: ItemDraft, line: Line, addressees: set[str | None]) -> bool:
    """Whether a paragraph inside an item reads as the beginning of the next one."""
    first = item.body.parts[0].text
    if not item.headed and opens_ask(line.text):
        return True
    if opens_with_deadline(line.text):
        return addressee(line.text) in addressees
    if kind_by_wording(line.text):
        return True
    subject = asked_at_once(line.text)
    return subject is not None and subject == asked_at_once(first)


def _is_header(words: str) -> bool:
    return len(words.split()) <= _HEADER_WORDS and not words.endswith((".", ":", ";", ","))


def _labels_end_in_space(lines: list[Line]) -> bool:
    """Whether this is a record form whose tabs have become spaces."""
    found = set()
    for line in lines:
        if "\t" in line.text or line.mark is not None:
            continue
        heading = field_heading(line, in_form=True, labels_end_in_space=True)
        if heading and heading.field not in STATEMENTS:
            found.add(heading.field)
    return len(found) >= _LABELS_OF_A_FORM
