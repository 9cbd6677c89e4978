"""A store that a released version made is upgraded on first use, and loses nothing."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import alembic.op
import psycopg
import pytest
from sqlalchemy import inspect, text
from sqlmodel import Session, SQLModel, func, select

from bot.cli import invoke
from db.clock import PretendedClock
from db.migrate import HEAD
from db.store import Store
from db.tables import Message, Organisation, Reminder
from scheduler.tick import tick

STORES = Path(__file__).parent / "stores"
ADDED_SINCE = {"identity"}
"""The tables that 0.1.0 had not."""


def unpacked(name: str) -> str:
    return gzip.decompress((STORES / f"store-0.1.0.{name}.gz").read_bytes()).decode()


@pytest.fixture
def said(backend: str) -> dict[str, Any]:
    """Output of 0.1.0 about its store."""
    output: dict[str, Any] = json.loads(unpacked("expected.json"))
    return {**output, **output[backend]}


@pytest.fixture
def old(new_address: str, backend: str, said: dict[str, Any]) -> Iterator[Store]:
    """The store that 0.1.0 made, not opened since."""
    dump = unpacked(f"{backend}.sql")
    if backend == "sqlite":
        with closing(sqlite3.connect(new_address.removeprefix("sqlite:///"))) as connection:
            connection.executescript(dump)
    else:
        address = new_address.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(dump.encode())
    moment = datetime.fromisoformat(said["at"]).replace(tzinfo=ZoneInfo("Europe/London"))
    with closing(Store(new_address, PretendedClock(moment))) as store:
        yield store


def printed(
    capsys: pytest.CaptureFixture[str], store: Store, at: str, *arguments: str
) -> dict[str, Any]:
    url = store.url.render_as_string(hide_password=False)
    assert invoke((*arguments, "--db", url, "--at", at)) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def version(store: Store) -> str:
    with store.engine.connect() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def people(store: Store) -> dict[str, dict[str, str]]:
    """Everybody's ids, as the columns of 0.1.0 have them."""
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT key, slack, teams FROM person")).all()
    ids = {key: {"slack": slack, "teams": teams} for key, slack, teams in rows}
    return {key: {p: id for p, id in of.items() if id is not None} for key, of in ids.items()}


def test_every_row_and_every_person_s_ids_are_there_after_the_upgrade(
    old: Store, said: dict[str, Any]
) -> None:
    known = people(old)
    assert version(old) == "0001"
    old.prepare()
    assert version(old) == HEAD
    with old.read() as reading:
        rows = {
            table.name: reading.session.execute(
                select(func.count()).select_from(table)
            ).scalar_one()
            for table in SQLModel.metadata.sorted_tables
            if table.name not in ADDED_SINCE
        }
        described = {key: dict(p.identities) for key, p in reading.directory.people.items()}
        applied = reading.organisation.file["people"]
    assert rows == said["rows"]
    assert described == known
    assert sum(map(len, known.values())) >= 8
    # a file that says of them what it said is applied without a change
    assert {key: {n: v for n, v in p.items() if n != "name"} for key, p in applied.items()} == {
        key: ids for key, ids in known.items() if key in applied
    }


def test_what_is_printed_of_it_is_what_0_1_0_printed(
    old: Store, said: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    at = said["at"]
    assert printed(capsys, old, at, "export", "--format", "json") == said["export"]
    assert printed(capsys, old, at, "audit", "verify", "--json") == said["audit verify"]
    days = [row["at"][:10] for row in said["forecast"]["reminders"]]
    forecast = ("forecast", "--from", "2023-04-04", "--to", "2023-06-03", "--json")
    assert days[0] >= "2023-04-04"
    rows = printed(capsys, old, at, *forecast)["reminders"]
    of_then = [{k: v for k, v in row.items() if k != "meeting"} for row in rows]  # newer
    assert {"reminders": of_then} == said["forecast"]


def test_a_later_tick_posts_what_is_new_and_nothing_a_second_time(
    old: Store, said: dict[str, Any]
) -> None:
    old.prepare()

    def sent() -> tuple[dict[tuple[str, str, str, str], int | None], set[int | None]]:
        """Each reminder that was sent, with its message; and every message that was."""
        with Session(old.engine) as session:
            rows = session.exec(select(Reminder).where(Reminder.state == "sent")).all()
            messages = session.exec(select(Message.id).where(Message.state == "sent")).all()
        reminders = {(r.rule, r.subject, r.occurrence, r.recipient): r.message_id for r in rows}
        return reminders, set(messages)

    before, messages_before = sent()
    assert len(before) == said["states"]["reminder sent"]
    clock = old.clock
    assert isinstance(clock, PretendedClock)
    assert tick(old).messages == []
    clock.set(clock.now() + timedelta(days=15))
    posted = tick(old).messages
    assert tick(old).messages == []
    after, messages_after = sent()
    assert {key: after[key] for key in before} == before
    assert len(after) > len(before)
    assert {after[key] for key in after.keys() - before.keys()}.isdisjoint(messages_before)
    assert len(posted) == len(messages_after - messages_before)


def test_a_failed_upgrade_leaves_the_store_as_it_was(
    old: Store, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError("the power failed")

    known = people(old)
    with monkeypatch.context() as patched:
        patched.setattr(alembic.op, "batch_alter_table", fail)
        with pytest.raises(RuntimeError, match="power"):
            old.prepare()
    assert version(old) == "0001"
    assert people(old) == known
    assert "identity" not in inspect(old.engine).get_table_names()
    with Session(old.engine) as session:
        file = session.exec(select(Organisation)).one().file
        assert None in file["people"]["sam"].values()
    old.prepare()
    with old.read() as reading:
        assert {k: dict(p.identities) for k, p in reading.directory.people.items()} == known
