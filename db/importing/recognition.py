"""Recognition of the recommendations held that a document's items mean (DESIGN: identity).

By its reference, else by the number the document states, else by its text without case and
punctuation, else by a text at least 0.9 alike. Its position never says which it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from db.importing.candidates import CandidateIndex, around
from db.tables import Recommendation
from documents.record import ImportedItem, Warning
from governance.identity import ALIKE, likeness, text_key
from governance.words import Kind, label, reference_or_label


@dataclass
class Recognised:
    """An item, and the recommendation it was recognised as; None for a new one."""

    item: ImportedItem
    row: Recommendation | None = None
    ref: str | None = None
    """The item's reference, unless another report has it."""
    whole: str = ""
    """Text and points as one key."""
    text: str = ""

    def __post_init__(self) -> None:
        self.ref = self.item.ref
        self.whole = whole_key(self.item.text, self.item.points)
        self.text = text_key(self.item.text)


@dataclass
class Recognition:
    items: list[Recognised] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


def whole_key(text: str, points: Iterable[str]) -> str:
    """Text and points as one key, so that it does not matter which layout has them as bullets."""
    return text_key("\n".join((text, *points)))


def quoted(text: str, length: int = 70) -> str:
    """The first words of a text, in quotation marks."""
    line = " ".join(text.split())
    if len(line) <= length:
        return f"“{line}”"
    return f"“{line[:length].rsplit(' ', 1)[0].rstrip('.,;: ')}…”"


def recognise(
    items: Iterable[ImportedItem],
    held: Iterable[Recommendation],
    elsewhere: dict[str, str],
) -> Recognition:
    """Match a document's items with the recommendations `held` of its report.

    `elsewhere`: references that other reports have, with what each is called there. Gives the
    items in document order, those that stand twice left out with a warning.
    """
    result = Recognition()
    _without_repeats(items, result)
    for one in result.items:
        if one.ref in elsewhere:
            result.warnings.append(
                Warning(
                    one.item.line,
                    f"Reference “{one.ref}” already belongs to {elsewhere[one.ref]}; "
                    f"{quoted(one.item.text)} is imported without it.",
                )
            )
            one.ref = None
    free = {row.id: row for row in held}
    for item_key, row_key in SAME:
        _match(result.items, free, _sharing(item_key, row_key))
    for one in _match(result.items, free, _alike):
        assert one.row is not None
        result.warnings.append(
            Warning(
                one.item.line,
                f"{quoted(one.item.text)} is taken for "
                f"{reference_or_label(one.row.ref, one.row.kind, one.row.number)}, "
                "whose wording it nearly has.",
            )
        )
    return result


def _without_repeats(items: Iterable[ImportedItem], result: Recognition) -> None:
    """The items, each reference once and each numbered wording once."""
    refs: dict[str, ImportedItem] = {}
    numbered_wholes: set[tuple[Kind, str, str]] = set()
    for item in items:
        one = Recognised(item)
        first = refs.setdefault(item.ref, item) if item.ref else item
        if first is not item:
            where = f" (first at line {first.line})" if first.line else ""
            same = one.whole == whole_key(first.text, first.points)
            fate = "is left out" if same else "is imported without it"
            result.warnings.append(
                Warning(
                    item.line,
                    f"Reference “{item.ref}” stands twice{where}; the first keeps it and "
                    f"{quoted(item.text)} {fate}.",
                )
            )
            if same:
                continue
            one.ref = None
        if item.number is not None and one.ref is None:
            key = (item.kind, item.number, one.whole)
            if key in numbered_wholes:
                result.warnings.append(
                    Warning(
                        item.line,
                        f"{label(item.kind, item.number)} stands twice in the same words, "
                        f"{quoted(item.text)}; the first is kept.",
                    )
                )
                continue
            numbered_wholes.add(key)
        result.items.append(one)


Pairs = Callable[
    [list["Recognised"], list[Recommendation]], Iterable[tuple[Recognised, Recommendation]]
]


def _match(
    items: list[Recognised], free: dict[int | None, Recommendation], pairs: Pairs
) -> list[Recognised]:
    """Give each unmatched item the nearest free row that it may mean; the nearest pairs first."""
    open_items = [one for one in items if one.row is None]
    if not open_items or not free:
        return []
    ranked = [
        (likeness(one.whole, row.text_key), one, row)
        for one, row in pairs(open_items, list(free.values()))
        if one.ref is None or row.ref is None or one.ref == row.ref
    ]
    matched = []
    for _, one, row in sorted(ranked, key=lambda pair: -pair[0]):
        if one.row is None and row.id in free:
            one.row = free.pop(row.id)
            matched.append(one)
    return matched


def _sharing(
    item_key: Callable[[Recognised], Any], row_key: Callable[[Recommendation], Any]
) -> Pairs:
    """The pairs that have a key in common; None is no key."""

    def pairs(
        items: list[Recognised], rows: list[Recommendation]
    ) -> Iterator[tuple[Recognised, Recommendation]]:
        by_key = defaultdict(list)
        for row in rows:
            by_key[row_key(row)].append(row)
        seen: Counter[Any] = Counter()
        for one in items:
            key = item_key(one)
            if key is not None and key in by_key:
                for row in around(by_key[key], seen[key]):
                    yield one, row
                seen[key] += 1

    return pairs


def _stated(one: Recognised) -> tuple[str, str] | None:
    """The number that the document states; one that only stands in order never says which it is."""
    return (one.item.kind.value, one.item.number) if one.item.number is not None else None


def _stated_number(row: Recommendation) -> tuple[str, str] | None:
    return (row.kind, row.number) if row.number_stated else None


def _alike(
    items: list[Recognised], rows: list[Recommendation]
) -> Iterator[tuple[Recognised, Recommendation]]:
    """The pairs of one kind whose words are nearly the same, unless their numbers say otherwise."""
    candidates = CandidateIndex(rows)
    for position, one in enumerate(items):
        stated = _stated(one)
        for row in candidates.of(one.item.kind, one.whole, position):
            number = _stated_number(row)
            if stated and number and stated != number:
                continue
            if likeness(one.whole, row.text_key, ALIKE) or likeness(
                one.text, text_key(row.text), ALIKE
            ):
                yield one, row


SAME: tuple[tuple[Callable[[Recognised], Any], Callable[[Recommendation], Any]], ...] = (
    (lambda one: one.ref, lambda row: row.ref),
    (_stated, _stated_number),
    (lambda one: (one.item.kind, one.whole), lambda row: (row.kind, row.text_key)),
    (lambda one: one.whole, lambda row: row.text_key),
    (
        lambda one: (one.item.kind, one.text) if one.text and not one.item.number else None,
        lambda row: (row.kind, text_key(row.text)),
    ),
    (
        lambda one: (one.item.kind, one.text) if one.text else None,
        lambda row: None if row.number_stated else (row.kind, text_key(row.text)),
    ),
)
"""Keys that an item and a recommendation share when they are the same, the surest first."""
