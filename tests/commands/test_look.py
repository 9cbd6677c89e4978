"""Looking one up: what its card says, and what each asker may press."""

from __future__ import annotations

from datetime import date

import pytest

from db.clock import PretendedClock
from db.store import Actor, Store
from db.tables import Post
from messages.reply import Card
from tests.factories import TITLE, at, rec
from tests.support.chat import say


def fact(shown: Card, label: str) -> str:
    return next(f.value for f in shown.facts if f.label == label)


def change(store: Store, ref: str, **fields: object) -> None:
    with store.write(Actor("import", "test")) as writing:
        row = writing.recommendation(rec(store, ref).id or 0)
        writing.change(row, "correct", fields)


def test_a_card_says_all_there_is_to_know(house: Store) -> None:
    change(house, "24087", owner="acu-dci", inspectorate_position="being_progressed")
    reply = say(house, "24087")
    (shown,) = reply.cards
    assert shown.title == "#24087 · recommendation 16"
    assert shown.subtitle == f"{TITLE} · Sample Constabulary"
    assert shown.points == ("be quick;", "be right.")
    assert fact(shown, "Status") == "W ○ White: not started"
    assert fact(shown, "Deadline") == "31 December 2023, 362 days left"
    assert fact(shown, "Owner") == "ACU DCI (Jane Doe)"
    assert fact(shown, "Board") == (
        "People Intelligence Board, next Wednesday 11 January 2023, 10:00"
    )
    assert fact(shown, "Last update") == "none yet"
    assert fact(shown, "Inspectorate") == "being progressed"
    parts = [
        shown.title,
        shown.subtitle,
        shown.text,
        *shown.points,
        *(f.value for f in shown.facts),
    ]
    assert all(part in reply.text for part in parts)


def test_several_references_give_several_cards(house: Store) -> None:
    reply = say(house, "24087 24130")
    assert [shown.title[:6] for shown in reply.cards] == ["#24087", "#24130"]
    assert reply.text.index("#24087") < reply.text.index("#24130")


def test_an_item_without_a_reference_is_named_by_its_number(house: Store) -> None:
    assert say(house, "16 of Other").cards[0].title == "Recommendation 16"


@pytest.mark.parametrize(
    ("today", "value"),
    [
        ((2023, 12, 30), "31 December 2023, 1 day left"),
        ((2023, 12, 31), "31 December 2023, due today"),
        ((2024, 1, 1), "31 December 2023, 1 day overdue"),
        ((2024, 1, 3), "31 December 2023, 3 days overdue"),
    ],
)
def test_a_deadline_says_how_far_off_it_is(
    house: Store, clock: PretendedClock, today: tuple[int, int, int], value: str
) -> None:
    clock.set(at(*today, 9))
    shown = say(house, "24087").cards[0]
    assert fact(shown, "Deadline") == value
    if "overdue" in value:
        assert fact(shown, "Status").startswith("R ▲ Red: ")


def test_an_extended_deadline_keeps_the_original_in_sight(house: Store) -> None:
    change(house, "24087", deadline=date(2024, 3, 31), slips=1)
    shown = say(house, "24087").cards[0]
    assert fact(shown, "Deadline").startswith("31 March 2024")
    assert fact(shown, "Original deadline") == "31 December 2023, extended once"


def test_without_a_date_the_card_says_what_was_stated(house: Store) -> None:
    change(house, "24173", deadline_text="by spring 2025")
    assert fact(say(house, "24173").cards[0], "Deadline") == "none (stated: “by spring 2025”)"


def test_a_vacant_post_is_told(house: Store) -> None:
    with house.write(Actor("apply", "test")) as writing:
        writing.add(
            Post(organisation=writing.key, key="new", title="New Seat", role="owner", position=9)
        )
    change(house, "24087", owner="new")
    assert fact(say(house, "24087").cards[0], "Owner") == "New Seat (vacant)"


def test_the_last_update_says_who_when_and_what(house: Store, clock: PretendedClock) -> None:
    clock.set(at(2023, 5, 2, 9))
    say(house, "24087 at risk: the supplier is late", "alex")
    assert fact(say(house, "24087").cards[0], "Last update") == (
        "Alex Moor, Tuesday 2 May 2023, 09:00: at risk. the supplier is late"
    )


@pytest.mark.parametrize(
    ("person", "ref", "labels"),
    [
        (None, "24087", ["History"]),
        ("ned", "24087", ["History"]),
        ("jane", "24087", ["History"]),
        ("jane", "24044",
         ["Update…", "On track", "At risk", "Complete", "Extend…", "History"]),
        ("priya", "24044",
         ["Update…", "On track", "At risk", "Complete", "Extend…", "History"]),
        ("lee", "24087", ["Update…", "On track", "At risk", "Complete", "History"]),
        ("alex", "24087",
         ["Update…", "On track", "At risk", "Complete", "Assign…", "Extend…", "History"]),
        ("sam", "24087",
         ["Update…", "On track", "At risk", "Complete", "Assign…", "Extend…", "Close…",
          "History"]),
    ],
)  # fmt: skip
def test_the_buttons_are_what_the_asker_may_do(
    house: Store, person: str | None, ref: str, labels: list[str]
) -> None:
    assert [b.label for b in say(house, ref, person).cards[0].buttons] == labels


def test_every_button_can_be_said(house: Store) -> None:
    for ref in ("24087", "16 of Other"):
        for button in say(house, ref, "sam").cards[0].buttons:
            reply = say(house, button.command, "sam")
            assert (reply.form is not None) == button.opens_form
            assert reply.ok or reply.form


def test_a_closed_one_offers_only_reopening(house: Store) -> None:
    change(house, "24087", closure="superseded")
    shown = say(house, "24087", "sam").cards[0]
    assert [b.label for b in shown.buttons] == ["Reopen…", "History"]
    assert fact(shown, "Status") == "B ■ Blue: closed, superseded"
    assert fact(shown, "Deadline") == "31 December 2023"


def test_show_alone_asks_which(house: Store) -> None:
    assert not say(house, "show").ok
