from __future__ import annotations

import pytest

from db.queries import lookup
from db.store import Store
from governance.words import Kind
from tests.factories import TEST, a_recommendation, a_report


@pytest.fixture
def held(store: Store) -> Store:
    """Two forces' answers to one report, and one report more, each with a recommendation 16."""
    with store.write(TEST) as writing:
        for title, force, refs in (
            ("An inspection of vetting arrangements", "Staffordshire", ("24087", "24133")),
            ("An inspection of vetting arrangements", "Avon & Somerset", (None, None)),
            ("The custody visit", "Staffordshire", ("30001", None)),
        ):
            report = a_report(writing, title, force)
            for ref, kind in zip(refs, (Kind.RECOMMENDATION, Kind.AFI), strict=True):
                a_recommendation(writing, report, ref=ref, kind=kind)
    return store


def test_a_reference_finds_its_recommendation_with_or_without_its_mark(held: Store) -> None:
    with held.read() as reading:
        found = lookup.by_reference(reading, "#24087")
        assert found is not None
        assert found.ref == "24087"
        assert lookup.by_reference(reading, "24078") is None
        assert set(lookup.by_references(reading, ["24087", "#30001", "1"])) == {"24087", "30001"}


def test_every_known_reference_is_there_for_near_misses(held: Store) -> None:
    with held.read() as reading:
        assert sorted(lookup.references(reading)) == ["24087", "24133", "30001"]


@pytest.mark.parametrize(
    ("kind", "title", "force", "count"),
    [
        (None, None, None, 6),
        (Kind.AFI, None, None, 3),
        (Kind.AFI, "arrangements", None, 2),
        (Kind.AFI, "the vetting arrang", "Staffordshire Police", 1),
        (Kind.RECOMMENDATION, None, "avon and somerset", 1),
        (Kind.RECOMMENDATION, None, "avon", 1),
        (Kind.RECOMMENDATION, "custody", "avon", 0),
    ],
)
def test_a_number_is_narrowed_by_kind_title_words_and_force(
    held: Store, kind: Kind | None, title: str | None, force: str | None, count: int
) -> None:
    with held.read() as reading:
        assert len(lookup.by_number(reading, "16", kind, title, force)) == count
