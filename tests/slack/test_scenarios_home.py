"""The Home tab."""

from __future__ import annotations

from db.store import Store
from tests.factories import updates
from tests.slack import screen
from tests.slack.fake import Refused
from tests.slack.scenes import PIB
from tests.slack.world import World


def first_button(world: World, user: str, wanted: str) -> str:
    home = world.person(user).home
    assert home is not None
    labels = [found.label for found in screen.buttons(home.body["blocks"])]
    return next(label for label in labels if wanted in label)


def test_home_shows_what_is_mine_when_it_is_opened(world: World) -> None:
    jane = world.person("U01JANE")
    jane.open_home()
    assert "Jane Doe: your recommendations" in jane.home_words
    assert "#24044" in jane.home_words
    assert "#24130" not in jane.home_words


def test_the_messages_tab_publishes_nothing(world: World) -> None:
    jane = world.person("U01JANE")
    world.event({"type": "app_home_opened", "user": jane.id, "channel": "D1", "tab": "messages"})
    assert jane.home is None


def test_an_update_elsewhere_shows_on_a_home_that_was_opened(world: World) -> None:
    jane = world.person("U01JANE")
    jane.open_home()
    jane.slash("24044 off track: the supplier left", channel=PIB)
    assert "off track" in jane.home_words.lower()
    assert len(world.slack.called("views.publish")) == 2
    jane.slash("24044", channel=PIB)
    assert len(world.slack.called("views.publish")) == 2


def test_a_home_button_that_opens_a_form_saves_and_shows_it(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.open_home()
    jane.press_home(first_button(world, "U01JANE", "Update"))
    jane.submit({"Progress": "At risk", "What has changed": "Late"})
    assert jane.modal is None
    assert [row.progress for row in updates(store)] == ["at_risk"]
    assert "at risk" in jane.home_words.lower()


def test_what_a_home_button_asks_for_stands_in_a_modal(world: World) -> None:
    alex = world.person("U01ALEX")
    alex.open_home()
    alex.press_home("Nobody owns")
    assert alex.modal is not None
    words = screen.words(alex.modal.body["blocks"])
    assert "#24087" in words
    alex.press_modal("Show")
    assert alex.modal is not None
    assert "Deadline" in screen.words(alex.modal.body["blocks"])


def test_a_guest_and_a_stranger_see_only_why_they_get_nothing(world: World) -> None:
    gus = world.person("U01GUS", "Gus Guest", is_restricted=True)
    gus.open_home()
    assert gus.home_words == "Duly answers members of this workspace, and you are a guest here."
    stranger = world.person("U02STRANGER")
    stranger.open_home()
    assert "your account belongs to another" in stranger.home_words


def test_a_home_that_slack_does_not_take_holds_nothing_up(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.open_home()
    world.slack.faults.queue("views.publish", Refused("internal_error"))
    jane.slash("24044 on track", channel=PIB)
    assert [row.progress for row in updates(store)] == ["on_track"]
    assert "Duly noted." in jane.latest(PIB).text
