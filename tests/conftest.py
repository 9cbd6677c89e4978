"""Fixtures of most tests: a clock on 3 January 2023, a fresh store, the sample records."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from db import sqlite
from db.clock import PretendedClock
from db.store import Store
from tests.factories import START, create_house

if TYPE_CHECKING:
    from tests.support.postgres import Server, SharedStore

# What is tried is the same each time, so that a change is judged by what it changed; where more is
# asked for (`make prove`), it is another each time.
hypothesis.settings.register_profile("steady", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("searching", deadline=None)
hypothesis.settings.register_profile(
    "quick", derandomize=True, database=None, deadline=None, max_examples=20
)  # `make unit`
hypothesis.settings.load_profile("searching" if "DULY_EXAMPLES" in os.environ else "steady")

# No test is about a power cut, and waiting for the disk is much of their time. Processes that are
# started keep what they save as they do everywhere.
sqlite.DURABLE = "OFF"

# Postgres gives rows in any order where none is asked for; here SQLite gives them backwards, so
# that whoever counts on an order without asking for it fails each time.
sqlite.PRAGMAS.append("reverse_unordered_selects=ON")

_NEEDS = {
    "postgres": ("postgres_server", "shared_store"),
}
"""Markers, and the fixtures whose users get them, so that `make unit` can leave them out."""
_SLOW = "assert_linear"
"""Function whose callers measure times, of texts up to 100 kB: they are marked `slow`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server by the fixtures that it asks for, or by its `backend`."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        backend = callspec.params.get("backend") if callspec is not None else None
        for marker, fixtures in _NEEDS.items():
            if backend == marker or set(fixtures) & set(getattr(item, "fixturenames", ())):
                item.add_marker(marker)
        code = getattr(getattr(item, "function", None), "__code__", None)
        if code is not None and _SLOW in code.co_names:
            item.add_marker("slow")


@pytest.fixture
def clock() -> PretendedClock:
    """The field clock, standing still at 09:00 in London on Tuesday 3 January 2023."""
    return PretendedClock(START)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store just created, to be copied: migrating anew for each test would take the longest."""
    path = tmp_path_factory.mktemp("empty") / "duly.db"
    Store(f"sqlite:///{path}", PretendedClock(START)).prepare()
    return path


@pytest.fixture
def backend() -> str:
    """Database that `store` is in. The tests of the store, of the scheduler and of the commands
    run on both; what is about one of them alone says so with SQLITE or POSTGRES."""
    return "sqlite"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A Postgres of this run's own."""
    from tests.support.postgres import running_server

    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_store(postgres_server: Server) -> Iterator[SharedStore]:
    from tests.support.postgres import SharedStore

    shared = SharedStore(postgres_server, PretendedClock(START))
    yield shared
    shared.close()


@pytest.fixture
def store(backend: str, clock: PretendedClock, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store just created, at `clock`."""
    if backend == "postgres":
        yield Store(request.getfixturevalue("shared_store").renewed(), clock)
        return
    path = request.getfixturevalue("tmp_path") / "duly.db"
    shutil.copy(request.getfixturevalue("empty_store"), path)
    opened = Store(f"sqlite:///{path}", clock)
    yield opened
    opened.close()


@pytest.fixture
def house(store: Store) -> Store:
    """A store with the small force and two reports, ready to be asked; see `create_house`."""
    create_house(store)
    return store


@pytest.fixture
def new_address(backend: str, request: pytest.FixtureRequest) -> str:
    """The address of a store that nobody has opened yet."""
    if backend == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        return server.create(f"new{secrets.token_hex(4)}")
    return f"sqlite:///{request.getfixturevalue('tmp_path')}/new.db"


@pytest.fixture(scope="session")
def sample_records() -> Path:
    """The folder of the sample response records."""
    return Path(__file__).parent.parent / "samples" / "records"
