"""What most tests start from: a clock on 3 January 2023, a fresh store, the sample records."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest

from db.clock import PretendedClock
from db.store import Store

# What is tried is the same each time, so that a change is judged by what it changed; where more is
# asked for (`make prove`), it is another each time.
hypothesis.settings.register_profile("steady", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("searching", deadline=None)
hypothesis.settings.load_profile("searching" if "DULY_EXAMPLES" in os.environ else "steady")

START = datetime(2023, 1, 3, 9, tzinfo=ZoneInfo("Europe/London"))


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
def store(tmp_path: Path, clock: PretendedClock, empty_store: Path) -> Iterator[Store]:
    """A store on a fresh SQLite file, at `clock`."""
    shutil.copy(empty_store, tmp_path / "duly.db")
    opened = Store(f"sqlite:///{tmp_path}/duly.db", clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sample_records() -> Path:
    """The folder of the sample response records."""
    return Path(__file__).parent.parent / "samples" / "records"
