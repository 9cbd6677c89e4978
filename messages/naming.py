"""Naming: a recommendation as people call it, so that the name can be typed back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from db.queries import lookup
from db.queries.agenda import Item
from db.queries.lists import ListedRecommendation
from db.queries.lookup import placed
from db.store import Reading
from db.tables import Recommendation
from governance.words import label, short_label


def name_of(reading: Reading, row: Recommendation) -> str:
    """A recommendation's name that can be typed back: "#24087", "rec 16 of Avon and Somerset".

    A word of the report's title is added only where the force has the same number in another
    report: "AFI 1 @ arrangements of Staffordshire".
    """
    return f"#{row.ref}" if row.ref else names_of(reading, [row])[0]


def names_of(reading: Reading, rows: Sequence[ListedRecommendation]) -> list[str]:
    """The names of several recommendations, as `name_of` gives them."""
    reports = reading.reports
    same = defaultdict(list)
    # Only where a force has several reports can a number be meant in another.
    several = Counter(report.force_key for report in reports.values())
    numbers = {
        row.number for row in rows if not row.ref and several[reports[row.report_id].force_key] > 1
    }
    if numbers:
        for key, ids in lookup.report_ids(reading, numbers).items():
            same[key] = [reports[id] for id in ids]
    return [
        f"#{row.ref}"
        if row.ref
        else f"{short_label(row.kind, row.number)} "
        f"{placed(reports[row.report_id], same[row.kind, row.number])}"
        for row in rows
    ]


def item_name(item: Item) -> str:
    """The name of an item of a paper or list, as `name_of` gives it."""
    return f"#{item.ref}" if item.ref else f"{short_label(item.kind, item.number)} {item.place}"


def item_label(item: Item) -> str:
    """The head of an item's line: "#24087 (recommendation 16)", "rec 16 of Avon and Somerset"."""
    named = item_name(item)
    return f"{named} ({label(item.kind, item.number)})" if item.ref else named
