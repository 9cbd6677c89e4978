"""Reader of blocks as a person sees them: words, buttons, inputs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.slack.fake.model import Json


@dataclass(frozen=True)
class Found:
    """An element that can be pressed or filled in, with the block it stands in."""

    block_id: str
    element: Json
    label: str
    optional: bool = False

    @property
    def action_id(self) -> str:
        return str(self.element["action_id"])


def blocks_with_ids(blocks: Sequence[Json]) -> list[Json]:
    """The blocks as Slack gives them back: each with a block_id, each element an action_id."""
    found = []
    for place, block in enumerate(blocks):
        found.append({"block_id": f"b{place}", **block})
    return found


def words(blocks: Sequence[Json]) -> str:
    """Every text in the blocks, a line each."""
    return "\n".join(_texts(list(blocks)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text", "text") and "text" in value:
            yield str(value["text"])
        else:
            for inner in value.values():
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def rendered(blocks: Sequence[Json]) -> str:
    """Every text in the blocks as it looks: mrkdwn without the marks that Slack takes for such."""
    return "\n".join(_rendered(list(blocks)))


_FORMATTED = re.compile(
    r"<!date[^<>|]*\|([^<>]*)>|<(https?:[^<>]*)>|```(.+?)```|`([^`\n]+)`|\*([^*\n]+)\*"
    r"|\b_([^_\n]+)_\b|~([^~\n]+)~|^&gt; ?|:[a-z][a-z0-9_+-]*:",
    re.M | re.S,
)


def _rendered(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _rendered(inner)
    elif isinstance(value, dict) and value.get("type") == "mrkdwn":
        bare = _FORMATTED.sub(lambda m: next((g for g in m.groups() if g), ""), value["text"])
        yield html.unescape(bare)
    elif isinstance(value, dict) and value.get("type") == "plain_text":
        yield value["text"]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _rendered(inner)


def buttons(blocks: Sequence[Json]) -> list[Found]:
    """The buttons in sight, in order, menus' entries (overflow) among them."""
    found = []
    for block in blocks_with_ids(blocks):
        elements = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in elements:
            if isinstance(element, dict) and element.get("type") == "button":
                found.append(Found(block["block_id"], element, element["text"]["text"]))
            elif isinstance(element, dict) and element.get("type") == "overflow":
                for option in element["options"]:
                    chosen = {**element, "selected_option": option}
                    found.append(Found(block["block_id"], chosen, option["text"]["text"]))
    return found


def button(blocks: Sequence[Json], label: str) -> Found:
    """The first button of that label, or whose label begins so. Raises AssertionError."""
    there = buttons(blocks)
    for found in there:
        if found.label == label:
            return found
    for found in there:
        if found.label.startswith(label):
            return found
    raise AssertionError(f"no button {label!r} among {[found.label for found in there]}")


def inputs(blocks: Sequence[Json]) -> list[Found]:
    """The inputs of a view, in order."""
    return [
        Found(
            block["block_id"],
            block["element"],
            block["label"]["text"],
            bool(block.get("optional")),
        )
        for block in blocks_with_ids(blocks)
        if block["type"] == "input"
    ]


def standing(found: Found) -> Json:
    """An input's state as the form was opened."""
    element = found.element
    kind = element["type"]
    if kind == "datepicker":
        return {"type": kind, "selected_date": element.get("initial_date")}
    if kind in ("static_select", "radio_buttons", "external_select"):
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind == "users_select":
        return {"type": kind, "selected_user": element.get("initial_user")}
    return {"type": kind, "value": element.get("initial_value")}


def filled(found: Found, value: str, options: Sequence[Json]) -> Json:
    """An input's state once a person typed or chose `value`; `options` is what it offers.

    Raises AssertionError where there is nothing of the kind to choose.
    """
    kind = found.element["type"]
    if kind == "datepicker":
        return {"type": kind, "selected_date": value or None}
    if kind == "users_select":
        return {"type": kind, "selected_user": value}
    if kind in ("static_select", "radio_buttons", "external_select", "checkboxes"):
        chosen = next(
            (o for o in options if value in (o["value"], o["text"]["text"])),
            next((o for o in options if value.casefold() in o["text"]["text"].casefold()), None),
        )
        assert chosen, f"{found.label}: no {value!r} among {[o['text']['text'] for o in options]}"
        if kind == "checkboxes":
            return {"type": kind, "selected_options": [chosen]}
        return {"type": kind, "selected_option": chosen}
    assert len(value) <= found.element.get("max_length", 3_000), f"{found.label}: too long to type"
    return {"type": kind, "value": value or None}


def empty(state: Json) -> bool:
    """True where an input holds nothing."""
    return not any(value for name, value in state.items() if name != "type")
