"""Numbers within a report: as the document states them, else by position when new."""

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
    """`given` is one number for each item, in their order; `moved` are rows that give way."""

    given: list[str] = field(default_factory=list)
    moved: list[tuple[Recommendation, str]] = field(default_factory=list)


def numbered(
    found: Iterable[Recognised], held: Iterable[Recommendation], warnings: list[Warning]
) -> Numbers:
    """Number a document's items within their report and kind, without two of the same number.

    A number that a document states is its item's. What was only numbered by position gives way,
    with a warning, and a new item without a number takes its position where that is free.
    """
    found = list(found)
    stated = {
        (_kind(one), one.item.number): one.item.line for one in found if one.item.number is not None
    }
    taken: dict[str, set[str]] = defaultdict(set)
    for kind, number in stated:
        taken[kind].add(number)
    named = {id(one.row) for one in found if one.row is not None and one.item.number is not None}
    result = Numbers()
    giving_way = []
    for row in held:
        if id(row) in named:
            continue
        if (row.kind, row.number) in stated and not row.number_stated:
            giving_way.append(row)
        taken[row.kind].add(row.number)
    new_numbers = {id(row): _next(taken[row.kind]) for row in giving_way}
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
    for one in found:
        if one.item.number is not None:
            number = one.item.number
        elif one.row is not None:
            number = new_numbers.get(id(one.row), one.row.number)
        elif one.item.position and str(one.item.position) not in taken[_kind(one)]:
            number = str(one.item.position)
        else:
            number = _next(taken[_kind(one)])
        taken[_kind(one)].add(number)
        result.given.append(number)
    return result


def _kind(one: Recognised) -> str:
    return one.row.kind if one.row is not None else one.item.kind.value


def _next(taken: set[str]) -> str:
    """The number after the highest, which is taken from now on."""
    number = str(max((int(n) for n in taken if n.isdecimal()), default=0) + 1)
    taken.add(number)
    return number
