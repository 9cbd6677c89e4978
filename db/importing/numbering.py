"""Numbers of a document's items within their report and kind, without two of the same number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from db.importing.recognition import Recognised
from db.tables import Recommendation
from documents.record import Warning
from governance.words import Kind, label


@dataclass
class Numbers:
    """Numbers of a document's items: `given` one each, in their order; `moved` the rows that give
    way to them."""

    given: list[str] = field(default_factory=list)
    moved: list[tuple[Recommendation, str]] = field(default_factory=list)


def numbered(
    items: Iterable[Recognised], held: Iterable[Recommendation], warnings: list[Warning]
) -> Numbers:
    """Number a document's items within their report and kind, without two of the same number.

    A number that a document states is its item's. What was only numbered by position gives way,
    with a warning, and a new item without a number takes its position where that is free.
    """
    items = list(items)
    stated = {
        (_kind(one), one.item.number): one.item.line for one in items if one.item.number is not None
    }
    taken: dict[str, _TakenNumbers] = defaultdict(_TakenNumbers)
    for kind, number in stated:
        taken[kind].add(number)
    named = {id(one.row) for one in items if one.row is not None and one.item.number is not None}
    result = Numbers()
    giving_way = []
    for row in held:
        if id(row) in named:
            continue
        if (row.kind, row.number) in stated and not row.number_stated:
            giving_way.append(row)
        taken[row.kind].add(row.number)
    new_numbers = {id(row): taken[row.kind].next() for row in giving_way}
    for row in giving_way:
        number = new_numbers[id(row)]
        kind = Kind(row.kind)
        result.moved.append((row, number))
        warnings.append(
            Warning(
                stated[row.kind, row.number],
                f"The document states “{label(kind, row.number)}” for another item, so the one "
                f"that was numbered by its position is now {label(kind, number)}.",
            )
        )
    for one in items:
        if one.item.number is not None:
            number = one.item.number
        elif one.row is not None:
            number = new_numbers.get(id(one.row), one.row.number)
        elif one.item.position and str(one.item.position) not in taken[_kind(one)]:
            number = str(one.item.position)
        else:
            number = taken[_kind(one)].next()
        taken[_kind(one)].add(number)
        result.given.append(number)
    return result


def _kind(one: Recognised) -> str:
    return one.row.kind if one.row is not None else one.item.kind.value


class _TakenNumbers:
    """The numbers that a kind's items have, and the highest of them."""

    def __init__(self) -> None:
        self._numbers: set[str] = set()
        self._highest = 0

    def __contains__(self, number: str) -> bool:
        return number in self._numbers

    def add(self, number: str) -> None:
        self._numbers.add(number)
        if number.isdecimal():
            self._highest = max(self._highest, int(number))

    def next(self) -> str:
        """The number after the highest, which is taken from now on."""
        number = str(self._highest + 1)
        self.add(number)
        return number
