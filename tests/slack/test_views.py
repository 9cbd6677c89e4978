"""Forms as Slack shows them, and as they come back."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.blocks.modals import FormTooLong, form_answer, form_errors, form_view, sentence_error
from commands.request import FormAnswer
from db.store import Store
from messages.reply import Field, Form, Option
from tests.slack.checking import assert_good
from tests.support.chat import say

PROGRESS = tuple(Option(v, v.replace("_", " ").capitalize()) for v in ("on_track", "at_risk"))


def view(*fields: Field, target: str = "#24087", title: str = "Update #24087") -> dict[str, Any]:
    found = form_view(Form("update", target, title, fields), private_metadata={"channel": "C01"})
    assert_good(found)
    return found


def element(field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = view(field)["blocks"][0]["element"]
    return shown


def submitted(found: dict[str, Any], **typed: dict[str, Any]) -> FormAnswer:
    """The form as Slack hands it back, what was left alone as it stood."""
    values: dict[str, Any] = {}
    for block in found["blocks"]:
        if block["type"] != "input":
            continue
        what = block["element"]
        kept: dict[str, Any] = {"type": what["type"], "value": what.get("initial_value")}
        if what["type"] == "datepicker":
            kept = {"type": "datepicker", "selected_date": what.get("initial_date")}
        if what["type"] in ("static_select", "external_select"):
            kept = {"type": what["type"], "selected_option": what.get("initial_option")}
        values[block["block_id"]] = {what["action_id"]: typed.get(block["block_id"], kept)}
    return form_answer({"values": values}, found["private_metadata"])


@pytest.mark.parametrize("command", ["update 24087", "assign 24087", "extend 24087", "close 24087"])
def test_every_form_of_the_core_is_a_modal(house: Store, command: str) -> None:
    form = say(house, command, "sam").form
    assert form is not None
    found = form_view(form, private_metadata={})
    assert_good(found)
    assert found["title"]["text"] == form.title
    assert [b["block_id"] for b in found["blocks"]] == [f.name for f in form.fields]
    assert submitted(found) == FormAnswer(
        form.name, form.target, {f.name: f.value for f in form.fields}
    )


def test_each_kind_of_field_has_its_own_element() -> None:
    assert element(Field("a", "A"))["multiline"] is False
    assert element(Field("a", "A", "long", "typed"))["initial_value"] == "typed"
    choice = element(Field("a", "A", "choice", "at_risk", options=PROGRESS))
    assert choice["type"] == "static_select"
    assert choice["initial_option"]["value"] == "at_risk"
    assert element(Field("a", "A", "date", "2023-12-31"))["initial_date"] == "2023-12-31"
    assert element(Field("a", "A", "date"))["type"] == "datepicker"
    owner = element(Field("a", "A", "owner", "acu-dci", options=(Option("acu-dci", "ACU DCI"),)))
    assert owner["type"] == "external_select"
    assert owner["min_query_length"] == 0
    assert owner["initial_option"]["text"]["text"] == "ACU DCI"


def test_a_date_that_is_words_is_kept_as_it_was_typed() -> None:
    found = view(Field("to", "To", "date", "the 31st of Foo"))
    assert submitted(found).values == {"to": "the 31st of Foo"}


def test_a_field_that_may_stay_empty_says_so() -> None:
    assert view(Field("a", "A"))["blocks"][0]["optional"] is True
    assert view(Field("a", "A", required=True))["blocks"][0]["optional"] is False


def test_what_is_typed_comes_back() -> None:
    found = view(
        Field("progress", "Progress", "choice", "on_track", options=PROGRESS),
        Field("text", "What", "long"),
        Field("by", "By", "date"),
        Field("owner", "Owner", "owner"),
    )
    answer = submitted(
        found,
        progress={"type": "static_select", "selected_option": {"value": "at_risk"}},
        text={"type": "plain_text_input", "value": "<b> & *c*"},
        by={"type": "datepicker", "selected_date": "2023-12-31"},
    )
    assert answer == FormAnswer(
        "update",
        "#24087",
        {"progress": "at_risk", "text": "<b> & *c*", "by": "2023-12-31", "owner": ""},
    )


def test_an_error_is_told_beside_its_field() -> None:
    fields = (Field("text", "What", error="Say what has changed."), Field("by", "By"))
    assert form_errors(Form("update", "#1", "Update #1", fields)) == {
        "text": "Say what has changed."
    }
    assert "Say what has changed." in str(view(*fields)["blocks"][1])


def test_a_failure_is_told_in_the_modal_that_stays_open() -> None:
    found = view(Field("text", "What"), title="A title that is much too long for Slack")
    assert sentence_error(found, "Not saved, the store is busy.") == {
        "text": "Not saved, the store is busy."
    }


def test_a_title_too_long_for_slack_stands_above_the_fields() -> None:
    title = "Update AFI 1 @ arrangements of Staffordshire"
    found = view(Field("a", "A"), title=title)
    assert found["title"]["text"] == "Update"
    assert title in found["blocks"][0]["text"]["text"]


def test_more_choices_than_one_list_holds_are_grouped() -> None:
    options = tuple(Option(f"force-{n}", f"Force {n}") for n in range(143))
    found = element(Field("force", "Force", "choice", "force-142", options=options))
    assert sum(len(group["options"]) for group in found["option_groups"]) == 143
    assert found["initial_option"]["value"] == "force-142"


def test_a_choice_that_slack_cannot_carry_can_be_typed() -> None:
    found = element(Field("a", "A", "choice", options=(Option("x" * 151, "Long"),)))
    assert found["type"] == "plain_text_input"


def test_what_a_form_is_about_is_never_cut() -> None:
    with pytest.raises(FormTooLong, match="fewer"):
        view(Field("a", "A"), target="#24087 " * 500)
