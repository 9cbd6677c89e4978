"""A courier that is watched: as good as the one behind it, and each attempt is told and logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from db.store import Store
from scheduler.courier import Courier, Letter, NotDelivered
from scheduler.tick import tick
from scheduler.watching import Attempt, Outcome, WatchedCourier, witnessed
from tests.factories import at, create_running_force, messages, set_clock
from tests.support.fake_platform import FakePlatform, end_waits

SECRET = "xylophone"
"""A word of a recommendation's text that is nowhere else."""


class Counting:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.late: list[timedelta] = []

    def attempted(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def delivered(self, late: Sequence[timedelta]) -> None:
        self.late += late

    def outcomes(self) -> list[Outcome]:
        return [attempt.outcome for attempt in self.attempts]


@pytest.fixture
def force(store: Store) -> Store:
    create_running_force(store, at(2023, 3, 30, 9), text=f"Vet every {SECRET} player.")
    set_clock(store, at(2023, 3, 31, 9, 2))
    return store


def ticked(store: Store, face: Courier) -> Counting:
    witness = Counting()
    with witnessed(store, face, witness) as through:
        tick(store, through)
    return witness


def test_what_is_delivered_is_told_with_its_lateness(force: Store) -> None:
    witness = ticked(force, FakePlatform())
    (attempt,) = witness.attempts
    assert attempt == Attempt(messages(force)[-1].key, "platform", Outcome.POSTED, False, False)
    assert attempt.sent
    assert witness.late == [timedelta(minutes=2)]


def test_what_is_put_off_and_what_is_given_up_are_told_apart(force: Store) -> None:
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    assert ticked(force, face).outcomes() == [Outcome.PUT_OFF]
    end_waits(force)
    face.failing = [NotDelivered("No such account.", for_good=True)]
    witness = ticked(force, face)
    assert witness.outcomes() == [Outcome.GIVEN_UP, Outcome.POSTED]  # the secretary is told
    assert not any(attempt.taken_over for attempt in witness.attempts)


def test_a_post_that_arrived_unanswered_is_told_as_found_and_counted_once(force: Store) -> None:
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.", uncertain=True)]
    ticked(force, face)
    end_waits(force)
    face.letters = [_letter(messages(force)[-1].key)]
    (attempt,) = ticked(force, face).attempts
    assert (attempt.outcome, attempt.taken_over, attempt.sent) == (Outcome.FOUND, True, True)


def test_a_look_that_fails_ends_the_attempt(force: Store) -> None:
    class Blind(FakePlatform):
        async def find(self, letter: Letter) -> str | None:
            raise NotDelivered("No answer.")

    face = Blind()
    face.failing = [NotDelivered("No answer.", uncertain=True)]
    ticked(force, face)
    end_waits(force)
    assert ticked(force, face).outcomes() == [Outcome.PUT_OFF]


def test_where_nobody_can_look_the_repeat_is_told_as_one(force: Store) -> None:
    class Forgetful(FakePlatform):
        async def find(self, letter: Letter) -> str | None:
            raise NotDelivered("It keeps no history.", for_good=True)

    face = Forgetful()
    face.failing = [NotDelivered("No answer.", uncertain=True)]
    ticked(force, face)
    end_waits(force)
    (attempt,) = ticked(force, face).attempts
    assert (attempt.outcome, attempt.taken_over, attempt.repeat) == (Outcome.POSTED, True, True)


def test_the_log_names_each_message_by_its_key_and_has_nothing_of_its_words(
    force: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.", uncertain=True), NotDelivered("Gone.")]
    for _ in range(3):
        ticked(force, face)
        end_waits(force)
    key = messages(force)[-1].key
    (text,) = [letter.text for letter in face.letters]
    assert SECRET in text
    said = [record for record in caplog.records if record.name == "duly.delivery"]
    assert [record.getMessage() for record in said] == ["put off", "put off", "posted"]
    assert all(vars(record)["key"] == key for record in said)
    everything = " ".join(str(vars(record)) for record in caplog.records)
    assert SECRET not in everything
    assert "24087" not in everything


def test_an_edit_that_fails_is_logged_with_the_key(caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn(FakePlatform):
        async def edit(self, letter: Letter, platform_id: str) -> None:
            raise NotDelivered("the message is gone.", for_good=True)

    with pytest.raises(NotDelivered):
        asyncio.run(WatchedCourier(Stubborn(), print).edit(_letter("k1"), "platform:1"))
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["key"]) == ("not shown anew", "k1")


def _letter(key: str) -> Letter:
    return Letter(key, "jane", "jane", "digest", date(2023, 3, 31), "words")
