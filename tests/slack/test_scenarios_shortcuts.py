"""Shortcuts, of Slack's own and on a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.store import Store
from db.tables import Recommendation, Snooze
from tests.factories import updates
from tests.slack import screen
from tests.slack.fake import Limited, Message
from tests.slack.scenes import OTHER, PIB, SHARED
from tests.slack.world import World

SAMPLES = Path(__file__).parent.parent.parent / "samples" / "records"
RECORD = (SAMPLES / "staffordshire-counter-corruption-2023.txt").read_bytes()
"""Two areas for improvement."""


def imported(store: Store) -> int:
    """Number of the areas for improvement; the small force begins with none."""
    with store.read() as reading:
        rows = reading.select(Recommendation).where(Recommendation.kind == "afi")
        return len(reading.all(rows))


def modal_words(world: World, user: str) -> str:
    view = world.person(user).modal
    assert view is not None
    return screen.words(view.body["blocks"])


# Look up a recommendation


def test_look_up_shows_the_card_in_the_modal_itself(world: World) -> None:
    jane = world.person("U01JANE")
    jane.shortcut("look_up")
    assert jane.submit({"Which recommendation?": "24044"}) == {}
    assert "#24044 · recommendation 15" in modal_words(world, "U01JANE")


def test_buttons_in_the_modal_act_there(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.shortcut("look_up")
    jane.submit({"Which recommendation?": "rec 15 of Sample"})
    jane.press_modal("On track")
    assert "not started → on track" in modal_words(world, "U01JANE")
    jane.press_modal("History")
    assert "History of #24044" in modal_words(world, "U01JANE")
    jane.cancel()
    jane.press_modal("Update")
    jane.submit({"Progress": "At risk", "What has changed": "Late"})
    assert "on track → at risk" in modal_words(world, "U01JANE")
    assert [u.progress for u in updates(store)] == ["on_track", "at_risk"]


@pytest.mark.parametrize(
    "typed",
    [
        "24044 on track training is booked",
        "update 24044 on track booked",
        "24044 note: booked",
        "undo",
        "snooze 24044",
        "24044 complete done\nassign 24044 ACU DCI",
    ],
)
def test_what_is_typed_into_look_up_changes_nothing(world: World, store: Store, typed: str) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 at risk late")
    before = [(row.text, row.progress) for row in updates(store)]
    jane.shortcut("look_up")
    jane.submit({"Which recommendation?": typed})
    assert [(row.text, row.progress) for row in updates(store)] == before
    with store.read() as reading:
        assert reading.all(reading.select(Snooze)) == []


def test_words_find_what_has_them(world: World) -> None:
    jane = world.person("U01JANE")
    jane.shortcut("look_up")
    jane.submit({"Which recommendation?": "check"})
    assert "#24044" in modal_words(world, "U01JANE")


def test_what_is_not_found_is_said_in_the_modal(world: World) -> None:
    jane = world.person("U01JANE")
    jane.shortcut("look_up")
    jane.submit({"Which recommendation?": "24078"})
    assert "Did you mean #24087?" in modal_words(world, "U01JANE")
    jane.press_modal("#24087")
    assert "recommendation 16" in modal_words(world, "U01JANE")


def test_a_guest_is_told_so_in_a_modal(world: World) -> None:
    gus = world.person("U01GUS", "Gus Guest", is_restricted=True)
    gus.shortcut("look_up")
    assert "you are a guest here" in modal_words(world, "U01GUS")


# Save as update to a recommendation


def test_a_message_is_saved_as_an_update_with_its_link(world: World, store: Store) -> None:
    jane, kit = world.person("U01JANE"), world.person("U01KIT")
    said = kit.says("PND checks went live &amp; work", PIB)
    jane.shortcut("save_update", on=said)
    assert jane.form["What has changed"] == "PND checks went live & work"
    assert jane.form["Evidence"].endswith(f"/archives/{PIB}/p{said.ts.replace('.', '')}")
    assert jane.submit({"Recommendation": "24044", "Progress": "On track"}) == {}
    [saved] = updates(store)
    assert (saved.text, saved.progress) == ("PND checks went live & work", "on_track")
    assert saved.evidence is not None
    assert "not started → on track" in jane.latest(PIB).text
    assert jane.latest(PIB).private


def test_a_reference_that_is_none_is_told_beside_its_field(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    said = jane.says("Training is booked", PIB)
    jane.shortcut("save_update", on=said)
    assert "Did you mean #24044?" in jane.submit({"Recommendation": "24004"})["reference"]
    assert "names no recommendation" in jane.submit({"Recommendation": "the new one"})["reference"]
    assert jane.form["What has changed"] == "Training is booked"
    assert jane.submit({"Recommendation": "rec 15 of Sample"}) == {}
    assert [u.text for u in updates(store)] == ["Training is booked"]


def test_somebody_who_may_not_update_it_is_told_so_in_the_form(world: World) -> None:
    ned = world.person("U01NED")
    ned.shortcut("save_update", on=ned.says("All done", PIB))
    errors = ned.submit({"Recommendation": "24044"})
    assert next(iter(errors.values())).startswith("You may not update it")


def test_without_a_link_the_form_opens_all_the_same(world: World) -> None:
    world.slack.faults.queue("chat.getPermalink", Limited())
    jane = world.person("U01JANE")
    jane.shortcut("save_update", on=jane.says("Booked", PIB))
    assert jane.form["Evidence"] == ""


# Import this response record


def shared(world: World, content: bytes, name: str = "record.txt", **more: int) -> Message:
    return world.person("U01LEE").share(name, content, PIB, **more)


def test_a_record_is_reviewed_imported_and_reported_in_its_thread(
    world: World, store: Store
) -> None:
    lee, jane = world.person("U01LEE"), world.person("U01JANE")
    said = shared(world, RECORD)
    lee.shortcut("import_record", on=said)
    review = modal_words(world, "U01LEE")
    assert "record.txt" in review
    assert "2 areas for improvement" in review
    assert imported(store) == 0
    lee.submit()
    assert lee.modal is None
    assert imported(store) == 2
    outcome = jane.latest(PIB)
    assert outcome.message.thread_ts == said.ts
    assert "2 added, 0 changed, 0 left as they were" in outcome.text


def test_an_import_submitted_twice_is_done_once(world: World, store: Store) -> None:
    lee = world.person("U01LEE")
    lee.shortcut("import_record", on=shared(world, RECORD))
    lee.submit()
    world.again()
    assert "2 added" in lee.latest(PIB).text


def test_only_a_lead_a_secretary_a_chair_or_an_administrator_imports(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    jane.shortcut("import_record", on=shared(world, RECORD))
    assert "You may not import a response record" in modal_words(world, "U01JANE")
    assert world.slack.called("files-pri") == []


def test_a_file_that_is_too_large_is_never_fetched(world: World) -> None:
    lee = world.person("U01LEE")
    lee.shortcut("import_record", on=shared(world, RECORD, size=11 * 1024 * 1024))
    assert "record.txt is 11.0 MB" in modal_words(world, "U01LEE")
    assert world.slack.called("files-pri") == []


def test_a_file_whose_size_was_told_wrong_is_read_no_further_than_fits(world: World) -> None:
    lee = world.person("U01LEE")
    lee.shortcut("import_record", on=shared(world, b"a" * (10 * 1024 * 1024 + 5), size=5))
    assert "reads records of up to 10 MB" in modal_words(world, "U01LEE")


def test_a_file_elsewhere_is_never_fetched_with_the_bots_token(world: World) -> None:
    lee = world.person("U01LEE")
    for url in ("http://127.0.0.1:9/files-pri/x", "https://files.slack.com.example.org/x"):
        said = shared(world, RECORD)
        said.files[0] |= {"url_private_download": url, "url_private": url}
        lee.shortcut("import_record", on=said)
        assert "not on Slack's own file host" in modal_words(world, "U01LEE")
    said = shared(world, RECORD)
    said.files[0] |= {"is_external": True}
    lee.shortcut("import_record", on=said)
    assert "not kept in this Slack" in modal_words(world, "U01LEE")


def test_a_message_without_a_file_and_a_file_without_a_record_are_told(world: World) -> None:
    lee = world.person("U01LEE")
    lee.shortcut("import_record", on=lee.says("Here it is", PIB))
    assert "There is no file attached" in modal_words(world, "U01LEE")
    lee.shortcut("import_record", on=shared(world, b"\x00\x01\x02", "photo.jpg"))
    assert "photo.jpg" in modal_words(world, "U01LEE")
    assert lee.modal is not None
    assert "submit" not in lee.modal.body


def test_the_sign_in_page_that_slack_gives_without_leave_is_no_record(
    world: World, store: Store
) -> None:
    lee = world.person("U01LEE")
    lee.shortcut("import_record", on=shared(world, RECORD))
    world.slack.teams["T0HOME"].token = "xoxb-another"
    lee.submit()
    assert "Slack did not hand over record.txt" in lee.latest(PIB).text
    assert imported(store) == 0


def test_in_a_channel_shared_with_others_only_the_importer_sees_the_outcome(
    world: World, store: Store
) -> None:
    lee = world.person("U01LEE")
    lee.shortcut("import_record", on=lee.share("record.txt", RECORD, SHARED))
    lee.submit()
    assert imported(store) == 2
    assert lee.latest(SHARED).private
    assert OTHER in world.slack.teams
