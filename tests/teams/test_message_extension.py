"""The message extension: looking one up from the compose box, and saving a message."""

from __future__ import annotations

from typing import Any

import pytest

from bot.teams.message_extension import without_tags
from db.store import Store
from tests.factories import add_recommendation, add_report, history, rec, update_texts
from tests.support.growth import assert_linear
from tests.teams import screen
from tests.teams.lines import Answer
from tests.teams.world import Person, World

Json = dict[str, Any]
SAID = "<p>Training is <b>booked</b></p><p>&amp; paid</p>"


def search(person: Person, words: str, **more: Any) -> Json:
    parameters = [{"name": "words", "value": words}]
    value = {"commandId": "find", "parameters": parameters, "queryOptions": {"skip": 0}, **more}
    told = person.world.deliver(
        person.activity("invoke", name="composeExtension/query", value=value)
    )
    found: Json = told.body["composeExtension"]
    return found


def titles(found: Json) -> list[str]:
    return [each["preview"]["content"]["title"] for each in found["attachments"]]


def save(person: Person, payload: Json) -> Answer:
    value = {"commandId": "saveUpdate", "commandContext": "message", "messagePayload": payload}
    return person.fetch_action(value)


@pytest.mark.parametrize("said", ["24087", "#24087", "rec 16 of sample"])
def test_a_number_finds_the_card_to_insert(world: World, said: str) -> None:
    found = search(world.person("jane"), said)
    assert titles(found) == ["#24087 · recommendation 16"]
    (choice,) = found["attachments"]
    assert "carry out check 16" in screen.words(choice["content"])
    assert screen.buttons(choice["content"]) == []


def test_words_find_what_has_them(world: World) -> None:
    found = search(world.person("jane"), "check")
    assert len(titles(found)) == 5


def test_a_long_list_comes_in_the_pieces_that_teams_asks_for(world: World, store: Store) -> None:
    report = add_report(store, title="Another")
    for number in range(32):
        add_recommendation(
            store, str(30_000 + number), report, text=f"They should polish badge {number}"
        )
    jane = world.person("jane")

    def piece(skip: object, count: object) -> list[str]:
        return titles(search(jane, "polish", queryOptions={"skip": skip, "count": count}))

    first, rest = piece(0, 25), piece(25, 25)
    assert (len(first), len(rest)) == (25, 7)
    assert len({*first, *rest}) == 32
    assert piece(3, 4) == first[3:7]
    assert piece(32, 25) == piece(10**12, 25) == []
    assert piece(0, None) == first
    assert piece(-3, -1) == first[:1]


@pytest.mark.parametrize("typed", ["24078", "#24807", "240087"])
def test_a_number_with_a_slip_is_offered_as_what_may_be_meant(world: World, typed: str) -> None:
    found = search(world.person("jane"), typed)
    (choice,) = found["attachments"]
    assert titles(found) == ["Did you mean #24087 · recommendation 16?"]
    assert "carry out check 16" in screen.words(choice["content"])


def test_what_nothing_is_like_is_told(world: World) -> None:
    assert "zebra" in search(world.person("jane"), "zebra")["text"]
    assert search(world.person("jane"), "zebra", queryOptions={"skip": 25})["attachments"] == []


def test_before_anything_is_typed_ones_own_are_there(world: World) -> None:
    assert titles(search(world.person("jane"), "")) == ["#24044 · recommendation 15"]
    assert "Type a number" in search(world.person("ned"), "")["text"]


def test_whatever_is_typed_into_the_search_changes_nothing(world: World, store: Store) -> None:
    jane = world.person("jane")
    for said in ("24044 on track all is well", "undo", "24044 done", "away 1 Aug to 14 Aug"):
        search(jane, said)
    assert [row.action for row in history(store, "24044")] == ["import"]


def test_a_guest_finds_nothing(world: World) -> None:
    found = search(world.person("guest", userRole="guest"), "24087")
    assert found["type"] == "message"
    assert "guest" in found["text"]


def test_where_duly_is_not_in_the_conversation_somebody_met_finds_all_the_same(
    world: World,
) -> None:
    jane = world.person("jane")
    jane.say("help")
    world.forget_people()
    asked = jane.activity("invoke", name="composeExtension/query", value={
        "commandId": "find", "parameters": [{"name": "words", "value": "24087"}]})  # fmt: skip
    asked["conversation"] |= {"id": "19:elsewhere@thread.v2", "conversationType": "groupChat"}
    world.teams.absent.add("19:elsewhere@thread.v2")
    found = world.deliver(asked).body["composeExtension"]
    assert titles(found) == ["#24087 · recommendation 16"]


def test_a_message_is_saved_as_an_update(world: World, store: Store) -> None:
    jane = world.person("jane")
    payload = {
        "body": {
            "contentType": "html",
            "content": "<p>Training is <b>booked</b></p><p>&amp; paid</p>",
        },
        "linkToMessage": "https://teams.microsoft.com/l/message/1",
    }
    save(jane, payload)
    wrong = jane.submit({"reference": "99999"}, name="composeExtension/submitAction")
    assert "99999" in wrong
    assert "Training is booked" in str(screen.inputs(jane.dialog or {})["f.text"]["value"])
    jane.submit({"reference": "24044"}, name="composeExtension/submitAction")
    assert "Duly noted." in str(jane.told)
    assert update_texts(store) == ["Training is booked\n& paid"]
    assert rec(store, "24044").progress == "not_started"
    with store.read() as reading:
        from db.tables import Update

        (row,) = reading.all(reading.select(Update))
    assert row.evidence == "https://teams.microsoft.com/l/message/1"
    world.again()
    assert len(update_texts(store)) == 1


def test_a_stranger_s_message_is_not_saved(world: World) -> None:
    guest = world.person("guest", userRole="guest")
    save(guest, {"body": {"content": "x"}})
    assert "guest" in screen.words(guest.dialog or {})


@pytest.mark.parametrize("payload", [None, {}, {"body": None}, {"body": {"content": None}}])
def test_a_message_without_words_opens_an_empty_form(world: World, payload: Any) -> None:
    jane = world.person("jane")
    assert save(jane, payload).status == 200
    assert "f.reference" in screen.inputs(jane.dialog or {})


def test_html_is_read_as_its_words() -> None:
    assert without_tags("a<br>b <at id='0'>Jane</at> &lt;b&gt; <i>c") == "a\nb Jane <b> c"
    assert without_tags("<DIV class='x'>1 < 2</DIV>\n<p>&nbsp;</p><h3>y</h3>") == "1 < 2\ny"


@pytest.mark.parametrize("piece", ["<", "</p", "<p ", "<p>x</p>", "&lt;", "\n "])
def test_html_is_read_in_linear_time(piece: str) -> None:
    assert_linear(without_tags, lambda n: n * piece)
