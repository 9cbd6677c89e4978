"""Log of `duly run`: it names a message by its key, and never holds its words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.slack.courier import SlackCourier
from db.store import Store
from db.tables import Message
from scheduler.tick import tick
from scheduler.ticking import run_to
from scheduler.watching import witnessed
from tests.factories import (
    TEST,
    add_recommendation,
    add_report,
    apply,
    at,
    force_file,
    set_clock,
)
from tests.slack.fake import FakeSlack, Limited, Lost
from tests.slack.fake.workspace import TOKEN
from tests.slack.scenes import FORCE_PEOPLE as PEOPLE
from tests.support.fake_platform import end_waits

WORDS = ("xylophone", "quixotic", "Jane Doe")
"""Of a recommendation's text, of its report's title, and of its owner."""


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_user("U01JANE", "Jane")
        yield fake
        fake.check()


@pytest.fixture
def force(store: Store) -> Store:
    apply(store, force_file(PEOPLE))
    report = add_report(store, title="A quixotic inspection")
    add_recommendation(store, "24087", report, text="Vet every xylophone player.")
    run_to(store, at(2023, 3, 30, 9))
    set_clock(store, at(2023, 3, 31, 9))
    return store


def test_no_line_has_a_message_s_words_whatever_befalls_it(
    force: Store, slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    courier = SlackCourier(force, TOKEN, api_url=slack.api)
    slack.faults.queue("chat.postMessage", Limited(1), Lost())
    for _ in range(3):
        with witnessed(force, courier, None) as through:
            tick(force, through)
        end_waits(force)
    (message,) = slack.messages
    assert WORDS[0] in str(message.blocks)
    records = [vars(record) for record in caplog.records if record.name == "duly.delivery"]
    assert [record["msg"] for record in records] == ["put off", "put off", "found"]
    with force.read() as reading:
        (kept,) = reading.all(reading.select(Message).where(Message.day == date(2023, 3, 31)))
    assert {record["key"] for record in records} == {kept.key}
    everything = " ".join(str(vars(record)) for record in caplog.records)
    assert not [word for word in WORDS if word in everything]


def test_a_statement_that_fails_is_told_without_what_it_was_to_write(store: Store) -> None:
    fields: dict[str, Any] = {"key": "k", "destination": "jane", "kind": "digest", "text": WORDS[0]}

    def write() -> None:
        with store.write(TEST) as writing:
            writing.add(
                Message(
                    organisation=writing.key,
                    day=writing.today,
                    gathered_at=writing.now,
                    **fields,
                )
            )

    write()
    with pytest.raises(IntegrityError) as caught:
        write()
    assert WORDS[0] not in str(caught.value)
