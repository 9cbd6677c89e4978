"""Troubles of a store on a server: a wrong address, a restart, many at once."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from db import tables as t
from db.audit.verify import verify
from db.backend import without_password
from db.clock import PretendedClock
from db.errors import StoreAway, StoreUnusable
from db.ledger.messages import queue
from db.store import Actor, Store
from scheduler.outbox import Claim, commit
from scheduler.transitions import Begin
from tests.factories import TEST, create_organisation
from tests.support.backends import POSTGRES
from tests.support.fake_platform import FakePlatform
from tests.support.postgres import Server, running_server

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("{user}:{secret}@127.0.0.1:1/duly", r"does not answer \(127.0.0.1, port 1\)"),
        ("{user}:{secret}@127.0.0.1:{port}/nowhere", r"no database nowhere .*createdb nowhere"),
        ("nobody:{secret}@127.0.0.1:{port}/postgres", r"no user nobody .*createuser nobody"),
        ("{user}:{secret}@nowhere.invalid/duly", r"does not answer \(nowhere.invalid, port 5432\)"),
        ("{user}:{secret}@127.0.0.1:{port}", "names no database"),
    ],
)
def test_a_wrong_address_is_told_in_a_sentence_without_the_password(
    postgres_server: Server, address: str, told: str
) -> None:
    said = address.format(user="duly", secret=SECRET, port=postgres_server.port)
    with pytest.raises(StoreUnusable, match=told) as caught:
        Store(f"postgresql+psycopg://{said}").prepare()
    assert SECRET not in caught.value.sentence
    assert caught.value.sentence.count("\n") == 0


def test_a_wrong_password_is_told_without_it(postgres_server: Server) -> None:
    rules = postgres_server.place / "data" / "pg_hba.conf"
    before = rules.read_text()
    with postgres_server.connect() as connection:
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{before}")
        connection.execute("SELECT pg_reload_conf()")
        try:
            address = postgres_server.address("postgres", f"guarded:{SECRET}")
            with pytest.raises(StoreUnusable, match="does not take the password of guarded") as no:
                Store(address).prepare()
        finally:
            rules.write_text(before)
            connection.execute("SELECT pg_reload_conf()")
    assert SECRET not in no.value.sentence


@POSTGRES
def test_a_database_of_something_else_is_left_alone(
    postgres_server: Server, new_address: str, backend: str
) -> None:
    name = new_address.rpartition("/")[2]
    with postgres_server.connect(name) as connection:
        connection.execute("CREATE TABLE pigeons (ring text)")
        with pytest.raises(StoreUnusable, match="a database of something else"):
            Store(new_address).prepare()
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == [("pigeons",)]


def test_without_psycopg_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "db.postgres", raising=False)
    with pytest.raises(StoreUnusable, match=re.escape("pip install duly[postgres]")):
        Store("postgresql+psycopg://duly@127.0.0.1/duly")


def test_an_address_is_shown_without_its_password() -> None:
    assert without_password(f"postgresql//duly:{SECRET}@x/y") == "postgresql//duly:***@x/y"


@pytest.fixture
def own_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


def test_a_server_that_restarts_is_one_sentence_and_then_as_if_nothing_had_been(
    own_server: Server, clock: PretendedClock
) -> None:
    store = Store(own_server.create("duly"), clock)
    with store.write(TEST) as writing:
        writing.note("update", "recommendation:1", note="before")
    own_server.stop()
    with pytest.raises(StoreAway), store.read():
        pass
    with pytest.raises(StoreAway), store.write(TEST):
        pass
    own_server.start()
    with store.write(TEST) as writing:
        writing.note("update", "recommendation:1", note="after")
    with store.read() as reading:
        assert [h.note for h in reading.all(reading.select(t.History))] == ["before", "after"]
    store.close()


@POSTGRES
def test_a_connection_cut_in_the_middle_saves_nothing_and_is_told(
    store: Store, postgres_server: Server
) -> None:
    def cut() -> None:
        with store.write(TEST) as writing:
            writing.note("update", "recommendation:1", note="never")
            writing.session.flush()
            pid = writing.session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one()
            with postgres_server.connect() as connection:
                connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    with pytest.raises(StoreAway, match="was lost"):
        cut()
    with store.read() as reading:
        assert reading.all(reading.select(t.History)) == []


@POSTGRES
def test_organisations_do_not_wait_for_one_another(store: Store) -> None:
    other = create_organisation(store, "elsewhere")
    with store.write(TEST) as one, other.write(TEST) as two:
        one.note("update", "recommendation:1", note="here")
        two.note("update", "recommendation:1", note="there")
    for each in (store, other):
        with each.read() as reading:
            assert verify(reading.session, reading.key, None) == []
            assert reading.first(reading.select(t.History)) is not None


@POSTGRES
def test_of_several_who_claim_at_once_each_message_goes_to_one_and_nobody_waits(
    store: Store,
) -> None:
    with store.write(TEST) as writing:
        for n in range(60):
            writing.add(
                t.Message(
                    organisation=writing.key, key=f"m{n}", destination=f"#{n}", kind="channel",
                    day=writing.today, text="", gathered_at=writing.now,
                )
            )  # fmt: skip
    taken: list[int | None] = []
    everybody = threading.Barrier(4)

    def claim() -> None:
        own = Store(store.backend, store.clock)
        with own.read() as reading:
            waiting = queue(reading, ["gathered"], reading.clock.machine())
        with own.write(Actor("scheduler", "scheduler"), alone=False) as writing:
            everybody.wait(30)  # all of them hold the store at once
            mine = commit(writing, [Begin(m, FakePlatform()) for m in waiting[:20]])
        taken.extend(one.message.id for one in mine if isinstance(one, Claim))

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 20
