"""Import of a response record in chat: the right, the reply, and the idempotency key."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.importing import import_document, read_record, review, too_large
from commands.parsing.people import owner_options
from commands.request import Request
from db.store import Store
from db.tables import Recommendation
from governance.errors import DulyError
from governance.limits import RECORD_BYTES

NAME = "staffordshire-counter-corruption-2023.txt"
LEE = Request(person="lee", face="slack", id="slack:1")


@pytest.fixture
def record(sample_records: Path) -> bytes:
    return (sample_records / NAME).read_bytes()


def count(store: Store) -> int:
    with store.read() as reading:
        return len(reading.all(reading.select(Recommendation)))


def test_the_answer_counts_what_was_added_and_the_same_request_adds_nothing(
    house: Store, record: bytes
) -> None:
    before = count(house)
    first = import_document(house, LEE, NAME, record)
    assert "2 added, 0 changed, 0 left as they were" in first.text
    assert import_document(house, LEE, NAME, record).text == first.text
    assert count(house) == before + 2


@pytest.mark.parametrize("person", ["jane", "uma", "ned", None])
def test_owners_the_pccs_office_and_viewers_do_not_import(
    house: Store, record: bytes, person: str | None
) -> None:
    before = count(house)
    reply = import_document(house, Request(person=person, face="slack"), NAME, record)
    assert not reply.ok
    assert "You may not import a response record" in reply.text
    assert count(house) == before


def test_what_is_no_record_is_told_with_its_name(house: Store) -> None:
    reply = import_document(house, LEE, "photo.jpg", b"\x00\x01\x02")
    assert not reply.ok
    assert reply.text.startswith("photo.jpg was not imported.")


def test_a_review_tells_what_was_found(record: bytes) -> None:
    assert "Found: 2 areas for improvement." in review(NAME, read_record(NAME, record))


def test_ten_megabytes_are_read_and_not_one_byte_more() -> None:
    assert too_large("r.txt", RECORD_BYTES) is None
    with pytest.raises(DulyError, match="up to 10 MB"):
        read_record("r.txt", b"a" * (RECORD_BYTES + 1))


def test_posts_come_before_people_where_an_owner_is_chosen(house: Store) -> None:
    with house.read() as reading:
        kit = [option.value for option in owner_options(reading, "@KIT bar")]
        detectives = [option.label for option in owner_options(reading, "dci")]
    assert kit == ["vetting-manager", "training-lead", "kit"]
    assert detectives == ["ACU DCI (Jane Doe)", "Jane Doe (ACU DCI)"]
