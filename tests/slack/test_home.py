"""The Home tab as a person in Slack sees it."""

from __future__ import annotations

from typing import Any

from bot.slack.blocks.elements import kind
from bot.slack.home_tab import home_view
from db.store import Store
from messages.home import home
from tests.factories import import_recommendation
from tests.slack.checking import assert_good, pressable, shown


def view(store: Store, person: str | None) -> dict[str, Any]:
    with store.read() as reading:
        found = home_view(home(reading, person))
    assert_good(found)
    assert found["type"] == "home"
    return found


def test_an_owner_finds_what_to_say_first(house: Store) -> None:
    words = shown(view(house, "jane"))
    assert words.index("To say before the People Intelligence Board") < words.index("○ White: 1")
    assert words.index("○ White: 1") < words.index("*Next meetings*")
    assert "*#24044*" in words


def test_an_update_is_one_press_away(house: Store) -> None:
    update = pressable(view(house, "jane"))["Update…"]
    assert (kind(update["action_id"]), update["value"]) == ("form", "update #24044")


def test_a_meeting_is_told_in_the_readers_zone(house: Store) -> None:
    found = shown(view(house, None))
    assert "<!date^1673431200^{date_long}, {time}|Wednesday 11 January 2023, 10:00> to <" in found


def test_a_lead_sees_the_force_as_bars_and_an_owner_does_not(house: Store) -> None:
    assert "W ○ ████████████████████ 7 white" in shown(view(house, "alex"))
    assert "The whole force" not in shown(view(house, "jane"))
    assert pressable(view(house, "alex"))["Nobody owns"]["value"] == "unowned"


def test_a_page_of_many_recommendations_fits_and_leads_to_the_rest(house: Store) -> None:
    for number in range(100, 140):
        import_recommendation(
            house, 1, number, f"3{number:04}", owner="training-lead", progress="at_risk"
        )
    found = view(house, "kit")
    assert pressable(found)["Show all"]["value"].startswith("mine")
    assert "… and 32 more" in shown(found)


def test_somebody_with_nothing_still_has_a_page(house: Store) -> None:
    assert "Nothing open is yours" in shown(view(house, None))
