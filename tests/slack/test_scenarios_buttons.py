"""Presses of buttons."""

from __future__ import annotations

from datetime import date

from sqlmodel import col

from bot.slack.blocks.letters import letter_payload
from db.store import Store
from db.tables import Report, Tenure
from messages.digest import Digest, DigestLine, DigestSection
from scheduler.courier import Letter
from tests.factories import TEST, import_recommendation, updates
from tests.slack.fake import Broken, Message, Refused
from tests.slack.scenes import PIB
from tests.slack.world import World


def first_report(store: Store) -> int:
    with store.read() as reading:
        id = reading.all(reading.select(Report).order_by(col(Report.id)))[0].id
    assert id is not None
    return id


def test_pressing_on_track_changes_the_card_where_it_stands(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044", channel=PIB)
    card = jane.latest(PIB).message
    jane.press("On track")
    assert jane.latest(PIB).message is card
    assert "not started → on track" in jane.latest(PIB).text
    assert "On track" not in jane.latest(PIB).buttons
    assert len(updates(store)) == 1


def test_a_double_click_acts_once(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044")
    jane.press("At risk", times=2)
    assert len(updates(store)) == 1
    assert "not started → at risk" in jane.latest().text


def test_the_same_button_may_be_pressed_again_once_the_card_has_changed(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044")
    for label in ("On track", "At risk", "On track"):
        jane.press(label)
    assert "at risk → on track" in jane.latest().text
    assert len(updates(store)) == 3


def test_undo_takes_the_change_back_in_place(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044")
    jane.press("Complete")
    jane.press("Undo")
    assert jane.latest().text.startswith("Undone.")
    assert "Status: W ○ White: not started" in jane.latest().text


def test_history_stands_below_the_card_and_leaves_it_alone(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044", channel=PIB)
    card = jane.latest(PIB)
    jane.press("History")
    assert jane.latest(PIB).text.startswith("History of #24044")
    assert jane.latest(PIB).private
    assert card.text.startswith("#24044")


def test_a_role_that_was_lost_is_noticed_when_the_button_is_pressed(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044")
    with store.write(TEST) as writing:
        held = writing.first(writing.select(Tenure).where(Tenure.post == "acu-dci"))
        assert held is not None
        held.person = "ned"
        writing.session.add(held)
        writing.replan_all()
    jane.press("On track")
    assert jane.latest().text.startswith("You may not update it")
    assert jane.latest().private
    assert len(updates(store)) == 0


def test_somebody_else_who_presses_a_public_card_is_refused_alone(
    world: World, store: Store
) -> None:
    jane, ned = world.person("U01JANE"), world.person("U01NED")
    jane.slash("24044", channel=PIB)
    jane.press("Share in channel")
    card = ned.latest(PIB)
    ned.press("On track", on=card)
    assert ned.latest(PIB).text.startswith("You may not update it")
    assert ned.latest(PIB).private
    assert jane.latest(PIB).message is card.message
    assert len(updates(store)) == 0


def test_pages_of_a_list_replace_one_another(world: World, store: Store) -> None:
    report = first_report(store)
    for number in range(30, 45):
        import_recommendation(store, report, number, f"250{number}")
    lee = world.person("U01LEE")
    lee.slash("list")
    page = lee.latest().message
    lee.press("Next")
    assert lee.latest().message is page
    assert "Previous" in lee.latest().buttons
    lee.press("Show")
    assert lee.latest().message is not page
    assert "Deadline" in lee.latest().text


def test_one_of_several_cards_changes_and_the_others_stay(world: World) -> None:
    alex = world.person("U01ALEX")
    alex.slash("24044 24087")
    alex.press("At risk")
    assert "not started → at risk" in alex.latest().text
    for ref in ("#24044 ·", "#24087 ·"):
        assert ref in alex.latest().text
        assert ref in alex.latest().words


def test_one_of_several_cards_unfolds_and_the_others_stay(world: World, store: Store) -> None:
    report = first_report(store)
    import_recommendation(
        store, report, 60, "26060", text="Chief constables should look. " * 60 + "The end."
    )
    jane = world.person("U01JANE")
    jane.slash("24044 26060")
    assert "The end." not in jane.latest().words
    jane.press("Show all")
    assert "The end." in jane.latest().words
    assert "#24044 ·" in jane.latest().words


def test_a_choice_gives_way_to_what_was_chosen(world: World) -> None:
    alex = world.person("U01ALEX")
    alex.slash("rec 15 at risk: late")
    question = alex.latest().message
    assert len(alex.latest().buttons) >= 2
    alex.press(alex.latest().buttons[0])
    assert alex.latest().message is question
    assert "Duly noted." in alex.latest().text


def test_long_texts_unfold_and_fold(world: World, store: Store) -> None:
    report = first_report(store)
    import_recommendation(
        store, report, 60, "26060", text="Chief constables should look. " * 60 + "The end."
    )
    jane = world.person("U01JANE")
    jane.slash("26060")
    assert "The end." not in jane.latest().words
    jane.press("Show all")
    assert "The end." in jane.latest().words
    jane.press("Show less")
    assert "The end." not in jane.latest().words


def test_a_used_up_response_url_is_no_end_for_a_message_that_all_see(world: World) -> None:
    jane = world.person("U01JANE")
    jane.direct("24044")
    card = jane.latest_direct()
    world.slack.faults.queue("response_url", Broken(500))
    jane.press("On track", on=card)
    assert "not started → on track" in card.text
    assert len(world.slack.called("chat.update")) == 1


def test_a_private_answer_that_cannot_be_replaced_is_given_anew(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044", channel=PIB)
    world.slack.faults.queue("response_url", Refused("expired_url"))
    jane.press("On track")
    assert "not started → on track" in jane.latest(PIB).text
    assert jane.latest(PIB).private


def test_a_digests_line_opens_its_form(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    post_digest(world, jane.direct_channel)
    jane.press("Update")
    assert jane.form["Progress"] == "Not started"
    jane.submit({"Progress": "On track", "What has changed": "Booked"})
    assert jane.modal is None
    assert "not started → on track" in jane.latest_direct().text


def post_digest(world: World, channel: str) -> None:
    """A digest as the courier posts it."""
    line = DigestLine("#24044, due 30 April 2023", "#24044", 1)
    digest = Digest("Jane, this needs you", (DigestSection("Coming due", (line,)),))
    letter = Letter("k", "jane", "jane", "digest", date(2023, 1, 3), digest.text, digest)
    payload = letter_payload(letter)
    with world.slack.lock:
        world.slack.keep(
            Message(
                world.slack.stamp(), channel, "U0DULY", payload["text"], payload["blocks"],
                by_bot=True,
            )
        )  # fmt: skip
