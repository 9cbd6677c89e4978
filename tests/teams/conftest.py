"""The small force in a Teams of the tests' own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.clock import PretendedClock
from db.store import Store
from tests.factories import START
from tests.teams.world import World, furnish, teams_over


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """A store with the force, made once and copied."""
    path = Path(shutil.copy(empty_store, tmp_path_factory.mktemp("force") / "force.db"))
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    furnish(store)
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path, clock: PretendedClock, furnished: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{shutil.copy(furnished, tmp_path / 'duly.db')}", clock)
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with teams_over(store) as found:
        yield found
