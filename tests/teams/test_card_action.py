"""Buttons and dialogs: what stands where the card stood."""

from __future__ import annotations

import pytest

from bot.teams.card_action import NOT_BELOW
from db.clock import PretendedClock
from db.store import Store
from tests.factories import at, history, rec, update_texts
from tests.teams import screen
from tests.teams.fake import Fault
from tests.teams.test_on_message import PRIVATELY, told
from tests.teams.world import World, teams_over


def test_a_button_that_acts_replaces_the_card_for_everybody(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24044")
    answer = jane.press("On track")
    assert answer.body["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Duly noted. #24044: not started → on track." in screen.words(answer.body["value"])
    assert rec(store, "24044").progress == "on_track"
    (only,) = jane.chat.messages
    assert only.edits == 1
    assert only.card == answer.body["value"]


def test_both_halves_of_a_double_click_are_one_press(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24044")
    first = jane.latest()
    button = jane.button("On track")
    jane.press(button, first)
    jane.press(button, first)
    assert [row.action for row in history(store, "24044")].count("update") == 1


def test_both_halves_are_one_press_in_whichever_processes_they_arrive(
    world: World, store: Store
) -> None:
    jane = world.person("jane")
    jane.say("24044")
    card, button = jane.latest(), jane.button("On track")
    with teams_over(store) as another:
        jane.press(button, card)
        answer = another.person("jane").press(button, card)
    assert "Duly noted." in screen.words(answer.body["value"])
    assert [row.action for row in history(store, "24044")].count("update") == 1


def test_a_button_of_an_old_card_acts_again_once_its_change_was_undone(
    world: World, store: Store, clock: PretendedClock
) -> None:
    jane = world.person("jane")
    jane.say("24044")
    card, button = jane.latest(), jane.button("At risk")
    jane.press(button, card)
    jane.say("undo")
    assert rec(store, "24044").progress == "not_started"
    jane.press(button, card)
    assert rec(store, "24044").progress == "at_risk"


def test_a_press_that_is_delivered_again_acts_once(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24044")
    jane.press("On track")
    world.again()
    assert [row.action for row in history(store, "24044")].count("update") == 1


def test_what_a_press_may_do_is_looked_at_when_it_is_pressed(world: World, store: Store) -> None:
    jane, ned = world.person("jane"), world.person("ned")
    jane.say("24044")
    ned.say("help")
    ned.press(jane.button("On track", jane.latest()), jane.latest())
    assert "You may not update it" in str(ned.told)
    assert rec(store, "24044").progress == "not_started"
    assert "#24044 · recommendation 15" in jane.read()


def test_history_is_a_new_answer_below_the_card(world: World) -> None:
    jane = world.person("jane")
    jane.say("24044")
    jane.press("History")
    assert jane.told == "The answer is below."
    assert "imported" in jane.read()
    assert len(jane.chat.messages) == 2


def test_what_cannot_be_posted_below_is_answered_to_the_press_itself(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    jane = world.person("jane")
    jane.say("24044")
    world.teams.faults = [Fault(403)]
    answer = jane.press("History")
    assert (answer.status, answer.body["statusCode"]) == (200, 200)
    assert "imported" in str(jane.told)
    assert NOT_BELOW in str(jane.told)
    assert "not posted below" in caplog.text
    assert len(jane.chat.messages) == 1


def test_the_next_page_takes_the_place_of_the_first(world: World) -> None:
    alex = world.person("alex")
    alex.say("24087 24044 24130")
    assert alex.read().count("· recommendation") == 3
    alex.press("At risk")
    assert alex.read().count("· recommendation") == 3
    assert "Amber" in alex.read()
    assert len(alex.chat.messages) == 1


def test_undo_takes_a_change_back(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24044")
    jane.press("Complete")
    jane.press("Undo")
    assert rec(store, "24044").progress == "not_started"
    assert len(jane.chat.messages) == 1


def test_a_press_in_a_channel_is_answered_privately_once_the_meeting_is_over(
    world: World, store: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    jane = world.person("jane")
    jane.mention("24044", "pib")
    card = jane.thread().latest
    jane.press("On track", card, channel="pib", root=world.last["id"])
    assert "Duly noted." in screen.words(card.card or {})
    clock.set(at(2023, 1, 11, 16, 0))
    jane.press("Complete", card, channel="pib", root=world.last["id"])
    assert jane.told == PRIVATELY
    assert "Duly noted." in jane.read()
    assert rec(store, "24044").progress == "complete"


def test_a_refused_press_in_a_channel_is_told_privately(
    world: World, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    jane, kit = world.person("jane"), world.person("kit")
    jane.mention("24044", "pib")
    card = jane.thread().latest
    kit.press("On track", card, channel="pib")
    assert kit.told == PRIVATELY
    assert "You may not update it" in kit.read()


def test_a_dialog_is_filled_in_and_the_card_shows_it(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24044")
    jane.press("Update")
    assert jane.submit({"progress": "at_risk", "text": "The supplier is late"}) == ""
    assert update_texts(store) == ["The supplier is late"]
    assert "Amber: at risk" in jane.read()
    assert len(jane.chat.messages) == 1
    world.again()
    assert update_texts(store) == ["The supplier is late"]


def test_what_is_wrong_is_told_in_the_dialog_and_what_was_typed_stays(world: World) -> None:
    alex = world.person("alex")
    alex.say("24087")
    alex.press("Extend")
    wrong = alex.submit({"to": "2023-01-01", "reason": "The system is late"})
    assert "after" in wrong
    assert alex.dialog is not None
    kept = {id: each.get("value") for id, each in screen.inputs(alex.dialog).items()}
    assert "The system is late" in kept.values()


def test_an_owner_is_chosen_from_the_posts(world: World, store: Store) -> None:
    alex = world.person("alex")
    alex.say("24087")
    alex.press("Assign")
    assert alex.dialog is not None
    choices = [c["value"] for c in screen.inputs(alex.dialog)["f.owner"]["choices"]]
    assert "acu-dci" in choices
    assert alex.submit({"owner": "acu-dci"}) == ""
    assert rec(store, "24087").owner == "acu-dci"


def test_a_closing_dialog_closes(world: World, store: Store) -> None:
    jane, sam = world.person("jane"), world.person("sam")
    jane.say("24044 done")
    sam.say("24044")
    sam.press("Close")
    assert sam.dialog is not None
    fields = screen.inputs(sam.dialog)
    values = {name.removeprefix("f."): "The audit is signed" for name in fields}
    values["closure"] = "verified"
    assert sam.submit(values) == ""
    assert rec(store, "24044").closure == "verified"


def test_a_form_that_one_may_not_fill_in_is_refused_in_the_dialog(world: World) -> None:
    jane, ned = world.person("jane"), world.person("ned")
    jane.say("24044")
    ned.press("Update", jane.latest())
    assert ned.dialog is not None
    assert "You may not update it" in screen.words(ned.dialog)


@pytest.mark.parametrize(
    "value",
    [None, {}, {"action": []}, {"action": {"data": {}}}, {"action": {"data": {"say": 1}}}],
)
@pytest.mark.parametrize("name", ["adaptiveCard/action", "task/fetch", "task/submit"])
def test_an_invoke_that_says_nothing_changes_nothing(
    world: World, store: Store, name: str, value: object
) -> None:
    jane = world.person("jane")
    world.deliver(jane.activity("invoke", name=name, value=value))
    assert update_texts(store) == []


def test_a_form_asked_for_in_a_channel_opens_for_whoever_presses(world: World) -> None:
    jane = world.person("jane")
    jane.mention("update 24044", "talk")
    assert told(world) == PRIVATELY
    jane.press("Update #24044")
    assert jane.dialog is not None
    assert "f.progress" in screen.inputs(jane.dialog)
