"""Each limit of Slack's is noticed when it is broken, and only then."""

from typing import Any

import pytest

from tests.slack.checking import broken_limits


def message(*blocks: dict[str, Any], text: str = "said") -> dict[str, Any]:
    return {"text": text, "blocks": list(blocks)}


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(label: str = "x", value: str = "x", action_id: str = "say") -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain(label), "value": value}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "value", **more}


def options(count: int, label: str = "x") -> list[dict[str, Any]]:
    return [{"text": plain(label), "value": str(n)} for n in range(count)]


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("T"), "blocks": list(blocks), **more}


def entry(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "a", "label": plain("A"), "element": element, **more}


TEXT = {"type": "plain_text_input", "action_id": "value"}

AT_THE_LIMIT = [
    message(*[section()] * 50),
    message(section("x" * 3000)),
    message(section(fields=[{"type": "mrkdwn", "text": "x"}] * 10)),
    message(actions(*[button(action_id=str(n)) for n in range(25)])),
    message(actions(button("x" * 75, "x" * 2000))),
    message({"type": "header", "text": plain("x" * 150)}),
    message(text="x" * 40_000),
    modal(*[section()] * 100),
    modal(entry(TEXT), submit=plain("x" * 24)),
    modal(section(), private_metadata="x" * 3000),
    modal(entry(select(options=options(100))), submit=plain("S")),
]

BROKEN = [
    (message(*[section()] * 51), "51 blocks"),
    (message(section("x" * 3001)), "3001 characters"),
    (message(section("🙂" * 1501)), "3002 characters"),
    (message(section(" ")), "empty"),
    (message({"type": "section"}), "neither text nor fields"),
    (message(section(fields=[{"type": "mrkdwn", "text": "x"}] * 11)), "11 fields"),
    (message(section(fields=[{"type": "mrkdwn", "text": "x" * 2001}])), "a field has 2001"),
    (message(*[section("x" * 2700)] * 5), "13500 characters over all blocks"),
    (message(actions(*[button(action_id=str(n)) for n in range(26)])), "26 elements"),
    (message(actions()), "0 elements"),
    (message(actions(button(), button())), "action_id 'say' is there 2 times"),
    (message(actions(button("x" * 76))), "text has 76"),
    (message(actions(button(value="x" * 2001))), "value has 2001"),
    (message(section(accessory=button(value="x" * 2001))), "value has 2001"),
    (message(section(block_id="a"), section(block_id="a")), "block_id 'a'"),
    (message({"type": "header", "text": plain("x" * 151)}), "151 characters"),
    (
        message({"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}),
        "11 elements",
    ),
    (message(text="x" * 40_001), "40001 characters"),
    (message(text=""), "no text"),
    (message({"type": "marquee"}), "'marquee' are not used"),
    (message(actions({"type": "dial", "action_id": "a"})), "'dial' are not used"),
    (message(actions({**button(), "style": "gaudy"})), "style is 'gaudy'"),
    (
        message(actions({"type": "overflow", "action_id": "a", "options": options(6)})),
        "6 options",
    ),
    (modal(*[section()] * 101), "101 blocks"),
    (modal(), "no blocks"),
    (modal(section(), title=plain("x" * 25)), "title has 25"),
    (modal(entry(TEXT), submit=plain("x" * 25)), "submit has 25"),
    (modal(entry(TEXT)), "nothing to submit"),
    (modal(section(), private_metadata="x" * 3001), "private_metadata has 3001"),
    (modal(section(), callback_id="x" * 256), "callback_id has 256"),
    (modal(entry({**TEXT, "initial_value": "x" * 3001})), "initial_value has 3001"),
    (modal(entry(TEXT, hint=plain("x" * 2001))), "hint has 2001"),
    (modal(entry(select(options=options(101)))), "101 options"),
    (modal(entry(select(options=options(1, "x" * 76)))), "text has 76"),
    (
        modal(
            entry(select(option_groups=[{"label": plain("x" * 76), "options": options(1)}])),
        ),
        "label has 76",
    ),
    (
        modal(entry(select(options=options(1), initial_option=options(2)[1]))),
        "none of the options",
    ),
    ({"type": "home", "blocks": [section("x" * 2990)] * 84}, "bytes, at most 250000"),
    ({"type": "modal", "blocks": [section()]}, "no title"),
]


@pytest.mark.parametrize("payload", AT_THE_LIMIT)
def test_what_just_fits_is_well(payload: dict[str, Any]) -> None:
    assert broken_limits(payload) == []


@pytest.mark.parametrize(("payload", "told"), BROKEN)
def test_what_does_not_fit_is_told(payload: dict[str, Any], told: str) -> None:
    assert told in "; ".join(broken_limits(payload))


def test_a_day_that_no_calendar_has_is_no_initial_date() -> None:
    with pytest.raises(ValueError, match="month"):
        broken_limits(
            modal(entry({"type": "datepicker", "action_id": "value", "initial_date": "2023-13-01"}))
        )
