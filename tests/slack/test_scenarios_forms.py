"""Forms, opened, filled in and submitted."""

from __future__ import annotations

import pytest

from db.errors import StoreBusy
from db.store import Store
from tests.factories import rec, updates
from tests.slack import screen
from tests.slack.fake import Refused
from tests.slack.scenes import PIB
from tests.slack.world import World


def test_a_command_that_needs_a_form_opens_it_and_says_nothing_else(world: World) -> None:
    jane = world.person("U01JANE")
    answer = jane.slash("update 24044", channel=PIB)
    assert (answer.status, answer.text) == (200, "")
    assert jane.modal is not None
    assert jane.modal.body["title"]["text"] == "Update #24044"
    assert [m for m in jane.sees(PIB) if m.message.by_bot] == []


def test_once_somebody_is_known_a_form_is_the_first_thing_asked_of_slack(world: World) -> None:
    """A trigger is good for three seconds: nothing slow may come before the form."""
    jane = world.person("U01JANE")
    jane.slash("24044", channel=PIB)
    before = len(world.slack.calls)
    jane.slash("update 24044", channel=PIB)
    assert [call.method for call in world.slack.calls[before:]] == ["views.open"]


def test_an_error_stands_beside_its_field_and_then_the_form_is_saved(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    jane.slash("update 24044", channel=PIB)
    errors = jane.submit({"Next step": "Ring the supplier"})
    assert errors == {}  # a next step alone is something to say
    jane.slash("update 24044", channel=PIB)
    errors = jane.submit({"Progress": "Not started"})
    assert errors == {"text": "Say what has changed, or choose another progress."}
    errors = jane.submit({"Progress": "At risk", "What has changed": "The supplier is late"})
    assert errors == {}
    assert jane.modal is None
    assert "not started → at risk" in jane.latest(PIB).text
    assert jane.latest(PIB).private
    assert [u.text for u in updates(store)] == ["", "The supplier is late"]


def test_a_form_opened_from_a_card_changes_that_card(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044", channel=PIB)
    card = jane.latest(PIB).message
    jane.press("Update")
    jane.submit({"Progress": "On track", "What has changed": "Booked", "Evidence": "https://a.uk"})
    assert jane.latest(PIB).message is card
    assert "not started → on track" in card.text
    assert "Evidence: https://a.uk" in card.text


def test_a_form_submitted_twice_is_saved_once(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.slash("update 24044")
    jane.submit({"Progress": "On track"})
    world.again()
    assert len(updates(store)) == 1


def test_what_was_typed_stays_when_the_store_is_busy(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = world.person("U01JANE")
    jane.slash("update 24044")

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy

    monkeypatch.setattr("commands.idempotency.Store.write", busy)
    errors = jane.submit({"Progress": "At risk", "What has changed": "A long story"})
    assert errors == {"progress": "Not saved, the store is busy. Please try again in a moment."}
    assert jane.form["What has changed"] == "A long story"
    monkeypatch.undo()
    assert jane.submit() == {}
    assert [u.text for u in updates(store)] == ["A long story"]


def test_a_role_that_was_lost_while_typing_is_noticed_on_saving(world: World, store: Store) -> None:
    jane, alex = world.person("U01JANE"), world.person("U01ALEX")
    jane.slash("update 24044")
    alex.slash("assign 24044 vetting manager")
    errors = jane.submit({"Progress": "On track"})
    assert list(errors.values()) == [
        "You may not update it; its owner, a lead, the secretary or a chair may."
    ]
    assert updates(store) == []


def test_an_owner_is_chosen_from_posts_and_people_by_what_is_typed(
    world: World, store: Store
) -> None:
    alex = world.person("U01ALEX")
    alex.slash("24087")
    alex.press("Assign")
    assert alex.modal is not None
    field = screen.inputs(alex.modal.body["blocks"])[0]
    everybody = alex.options(alex.modal, field, "")
    assert {"dcc", "acu-dci", "jane"} <= {o["value"] for o in everybody}
    named = [o["text"]["text"] for o in alex.options(alex.modal, field, "jan")]
    assert named == ["ACU DCI (Jane Doe)", "Jane Doe (ACU DCI)"]
    assert alex.options(alex.modal, field, "nobody at all") == []
    alex.submit({"Owner": "Jane Doe (ACU DCI)"})
    assert rec(store, "24087").owner == "acu-dci"
    assert "#24087 is now with ACU DCI (Jane Doe)" in alex.latest().text


def test_a_person_of_several_posts_is_a_question_in_the_form(world: World, store: Store) -> None:
    alex = world.person("U01ALEX")
    alex.slash("assign 24087")
    errors = alex.submit({"Owner": "kit"})
    assert "holds 2 posts" in errors["owner"]
    assert alex.submit({"Owner": "Training Lead (Kit Barrow)"}) == {}
    assert rec(store, "24087").owner == "training-lead"


def test_extending_and_closing_have_forms_too(world: World, store: Store) -> None:
    alex, sam = world.person("U01ALEX"), world.person("U01SAM")
    alex.slash("24044")
    alex.press("Extend")
    assert alex.modal is not None
    labels = list(alex.form)
    assert len(labels) == 2
    alex.submit({labels[0]: "2023-09-30", labels[1]: "the supplier was changed"})
    assert str(rec(store, "24044").deadline) == "2023-09-30"
    sam.slash("close 24044")
    assert sam.modal is not None


def test_where_slack_does_not_open_the_form_the_words_say_what_to_type(world: World) -> None:
    world.slack.faults.queue("views.open", Refused("expired_trigger_id"))
    jane = world.person("U01JANE")
    jane.slash("update 24044")
    assert jane.latest().text.startswith("How is #24044? Say:")


def test_the_answer_to_a_form_finds_its_way_when_its_address_has_expired(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("update 24044", channel=PIB)
    world.slack.faults.queue("response_url", Refused("expired_url"))
    jane.submit({"Progress": "On track"})
    assert "not started → on track" in jane.latest(PIB).text
    assert jane.latest(PIB).private
    assert len(world.slack.called("chat.postEphemeral")) == 1
