"""Which recommendation already held is meant by an item of a document (DESIGN: identity).

By its reference, else by the number the document states, else by its text without case and
punctuation, else by a text at least 0.9 alike. Its position never says which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from db.tables import Recommendation
from documents.record import ImportedItem, Warning
from governance.identity import ALIKE, likeness, text_key
from governance.words import Kind, label


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
    found: list[Recognised] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


def whole_key(text: str, points: Iterable[str]) -> str:
    """Text and points as one key, so that it does not matter which layout has them as bullets."""
    return text_key("\n".join((text, *points)))


def named(kind: str, number: str, ref: str | None) -> str:
    """A recommendation as a warning calls it: "#24087", else "AFI 1"."""
    return f"#{ref}" if ref else label(Kind(kind), number)


def quoted(text: str, length: int = 70) -> str:
    """The first words of a text, in quotation marks."""
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= length else f"“{line[:length].rsplit(' ', 1)[0]}…”"


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
    for one in result.found:
        if one.ref in elsewhere:
            result.warnings.append(
                Warning(
                    one.item.line,
                    f"Reference “{one.ref}” already belongs to {elsewhere[one.ref]}; "
                    f"{quoted(one.item.text)} is imported without it.",
                )
            )
            one.ref = None
    free = list(held)
    _match(result.found, free, lambda one, row: one.ref is not None and one.ref == row.ref)
    for rule in (
        lambda one, row: _same_number(one, row) and one.whole == row.text_key,
        _same_number,
        lambda one, row: one.item.kind == row.kind and one.whole == row.text_key,
        lambda one, row: one.whole == row.text_key,
        lambda one, row: _could_be(one, row) and one.text != "" and one.text == text_key(row.text),
    ):
        _match(result.found, free, rule)
    for one in _match(result.found, free, _alike):
        assert one.row is not None
        result.warnings.append(
            Warning(
                one.item.line,
                f"{quoted(one.item.text)} is taken for "
                f"{named(one.row.kind, one.row.number, one.row.ref)}, whose wording it nearly has.",
            )
        )
    return result


def _without_repeats(items: Iterable[ImportedItem], result: Recognition) -> None:
    """The items, each reference once and each numbered wording once."""
    refs: dict[str, ImportedItem] = {}
    numbers: dict[tuple[Kind, str], list[Recognised]] = {}
    for item in items:
        one = Recognised(item)
        first = refs.setdefault(item.ref, item) if item.ref else item
        if first is not item:
            where = f" (first at line {first.line})" if first.line else ""
            result.warnings.append(
                Warning(
                    item.line,
                    f"Reference “{item.ref}” stands twice{where}; the first is kept and "
                    f"{quoted(item.text)} is left out.",
                )
            )
            continue
        if item.number is not None and item.ref is None:
            same = numbers.setdefault((item.kind, item.number), [])
            if any(one.whole == other.whole for other in same):
                result.warnings.append(
                    Warning(
                        item.line,
                        f"{label(item.kind, item.number)} stands twice in the same words, "
                        f"{quoted(item.text)}; the first is kept.",
                    )
                )
                continue
            same.append(one)
        result.found.append(one)


def _match(
    found: list[Recognised],
    free: list[Recommendation],
    meant: Callable[[Recognised, Recommendation], bool],
) -> list[Recognised]:
    """Give each unmatched item the nearest free row that it may mean; the nearest pairs first."""
    pairs = [
        (likeness(one.whole, row.text_key), one, row)
        for one in found
        if one.row is None
        for row in free
        if not _other_reference(one, row) and meant(one, row)
    ]
    matched = []
    for _, one, row in sorted(pairs, key=lambda pair: -pair[0]):
        if one.row is None and row in free:
            one.row = row
            free.remove(row)
            matched.append(one)
    return matched


def _other_reference(one: Recognised, row: Recommendation) -> bool:
    return one.ref is not None and row.ref is not None and one.ref != row.ref


def _same_number(one: Recognised, row: Recommendation) -> bool:
    """Both state the number; one that only stands in order never says which it is."""
    return (
        one.item.number is not None
        and row.number_stated
        and (one.item.kind, one.item.number) == (row.kind, row.number)
    )


def _could_be(one: Recognised, row: Recommendation) -> bool:
    """The same kind, and no two different numbers stated."""
    return one.item.kind == row.kind and not (
        one.item.number is not None and row.number_stated and one.item.number != row.number
    )


def _alike(one: Recognised, row: Recommendation) -> bool:
    return _could_be(one, row) and (
        likeness(one.whole, row.text_key, ALIKE) > 0
        or likeness(one.text, text_key(row.text), ALIKE) > 0
    )
