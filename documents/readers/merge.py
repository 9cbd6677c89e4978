"""Items that stand in a document twice, and answers that stand far from what they answer."""

from __future__ import annotations

from collections import Counter, defaultdict

from rapidfuzz import fuzz

from documents.readers.drafts import ItemDraft, RecordDraft, quote
from documents.readers.fields import ReportField
from documents.readers.lines import plain
from documents.readers.paragraphs import Body, Paragraph
from documents.readers.request_phrases import asks, opens_ask, speaks_as_a_person
from governance.words import Kind

_ALIKE = 90
_MOST = 0.6
_GOES_ON = ("this ", "these ", "that ", "those ", "it ", "they ")


def settle_repeats(draft: RecordDraft) -> None:
    """Join each answer and each repeated item to the item it belongs to."""
    _drop_unsure_numbers(draft)
    kept: list[ItemDraft] = []
    named: dict[tuple[Kind, str], list[ItemDraft]] = defaultdict(list)
    for item in draft.items:
        names = [(item.kind, name) for name in (item.ref, item.number) if name]
        alike = (other for name in names for other in named[name] if _same(other, item))
        first = min(alike, key=lambda other: other.line, default=None)
        before = len(kept)
        if first is not None:
            _settle_second(draft, kept, first, item)
        elif item.answering is not None:
            _settle_answer(draft, kept, item)
        else:
            kept.append(item)
        if len(kept) > before:
            for name in names:
                named[name].append(item)
    draft.items = kept


def _drop_unsure_numbers(draft: RecordDraft) -> None:
    """A numbered list counts its items only if no number comes twice."""
    loose = [item for item in draft.items if not item.headed and item.number]
    taken = Counter((item.kind, item.number) for item in draft.items)
    for item in loose:
        if taken[item.kind, item.number] > 1:
            item.number = None


def _same(one: ItemDraft, other: ItemDraft) -> bool:
    if one.kind is not other.kind:
        return False
    if one.ref and other.ref:
        return one.ref == other.ref
    return bool(one.number) and one.number == other.number


def _settle_second(
    draft: RecordDraft, kept: list[ItemDraft], first: ItemDraft, second: ItemDraft
) -> None:
    wording = "\n".join(part.text for part in second.body.parts)
    earlier = "\n".join(part.text for part in first.body.parts)
    alike = fuzz.ratio(plain(wording), plain(earlier)) >= _ALIKE
    if not first.body and second.body and second.answering is None:
        first.body = second.body
    elif wording and not alike:
        if second.answering is None and opens_ask(wording):
            draft.warn(
                second.line,
                f"{second.name[0].upper()}{second.name[1:]} stands twice with different words, "
                f"first at line {first.line}: {quote(wording)}. Both are kept.",
            )
            kept.append(second)
            return
        _answer(first, second.body)
    elif second.answering is None and second.body and not second.response:
        _tell_of_second(draft, first, second, same=plain(wording) == plain(earlier))
    if second.response:
        _answer(first, second.response)


def _tell_of_second(draft: RecordDraft, first: ItemDraft, second: ItemDraft, *, same: bool) -> None:
    """A second wording that is dropped is told, because its deadline may be another."""
    how = "in the same words" if same else "in words a little different"
    words = quote(second.body.parts[0].text)
    draft.warn(
        second.line,
        f"{second.name[0].upper()}{second.name[1:]} stands twice {how}, first at line "
        f"{first.line}: {words}. The first is kept.",
    )


def _settle_answer(draft: RecordDraft, kept: list[ItemDraft], item: ItemDraft) -> None:
    """An item heading inside a statement, for an item that has no such number."""
    wording = item.body.parts[0].text if item.body else ""
    if item.response is not None or (opens_ask(wording) and not speaks_as_a_person(wording)):
        item.answering = None
        kept.append(item)
        return
    unnumbered = [other for other in kept if other.kind is item.kind]
    at = int(item.number) - 1 if item.number and item.number.isdigit() else -1
    if 0 <= at < len(unnumbered) and unnumbered[at].number is None:
        target = unnumbered[at]
        _answer(target, item.body)
        draft.warn(
            item.line,
            f"The response to {item.name} was joined to the item that stands in that place: "
            f"{quote(target.body.parts[0].text)}.",
        )
        return
    draft.warn(
        item.line,
        f"A response to {item.name} stands here, but the document has no {item.name}: "
        f"{quote(wording)}.",
    )
    if item.answering is not None:
        draft.body(item.answering).parts.extend(item.body.parts)


def _answer(item: ItemDraft, words: Body) -> None:
    item.answered_by_name = True
    if item.response is None:
        item.response = Body()
    held = [part.text for part in item.response.parts]
    if held != [part.text for part in words.parts]:
        item.response.parts.extend(words.parts)


def settle_one_response_to_all(draft: RecordDraft) -> None:
    """A single response, after the last of several items, answers the report and not that item."""
    answered = [item for item in draft.items if item.response]
    if len(draft.items) < 2 or len(answered) != 1 or answered[0] is not draft.items[-1]:
        return
    last = answered[0]
    if last.response is None or last.answered_by_name:
        return
    draft.warn(
        last.response.line,
        f"One response stands after {len(draft.items)} items, and was taken as the response to "
        f"the whole report: {quote(last.response.parts[0].text)}.",
    )
    draft.body(ReportField.RESPONSE).parts.extend(last.response.parts)
    last.response = None


def settle_missing_responses(draft: RecordDraft) -> None:
    """Look in the wording for the response of an item that alone has none."""
    answered = [item for item in draft.items if item.response]
    if len(draft.items) < 2 or len(answered) < _MOST * len(draft.items):
        return
    for item in draft.items:
        if item.response:
            continue
        for at, part in enumerate(item.body.parts):
            if at and _is_response(part):
                item.response = item.body.take_from(at)
                draft.warn(
                    part.line.number,
                    f"No heading stands above {quote(part.text)}; it was taken as the response to "
                    f"{item.name}.",
                )
                break
        else:
            words = quote(item.body.parts[0].text) if item.body else "no wording"
            draft.warn(
                item.line, f"No response was found for {item.name} ({words}); the others have one."
            )


def _is_response(part: Paragraph) -> bool:
    """Test whether a later paragraph of an item asks for nothing and does not go on with it."""
    if part.level is not None or asks(part.text) or part.text.endswith(":"):
        return False
    return not plain(part.text).startswith(_GOES_ON)
