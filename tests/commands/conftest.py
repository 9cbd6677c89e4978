"""The small force, with two reports, ready to be asked, on SQLite and on Postgres."""

from __future__ import annotations

from datetime import date

import pytest

from db.store import Store
from tests.factories import TITLE, add_report, create_force, import_recommendation
from tests.support.backends import backend
from tests.support.kept import kept

__all__ = ["backend"]


@pytest.fixture
def house(store: Store) -> Store:
    """The force's own report (with references) and another force's (without), the same title.

    #24044, #24087 and #24130 are recommendations 15 to 17 of Sample, #24173 its AFI 1; Other
    has 15, 16 and 17. #24044 is the ACU DCI's, #24130 the Vetting Manager's, on the gb board.
    """
    build_house(store)
    return store


@kept
def build_house(store: Store) -> None:
    create_force(store)
    own = add_report(store, TITLE, "Sample Constabulary")
    other = add_report(store, TITLE, "Other & Neighbour")
    import_recommendation(store, own, 15, "24044", owner="acu-dci")
    import_recommendation(
        store, own, 16, "24087", deadline=date(2023, 12, 31), points=["be quick;", "be right."]
    )
    import_recommendation(store, own, 17, "24130", owner="vetting-manager", board="gb")
    import_recommendation(store, own, 1, "24173", kind="afi", deadline=None)
    for number in (15, 16, 17):
        import_recommendation(store, other, number)
