"""Reader of Adaptive Cards: the words that a person sees, the buttons and the inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
PRESSABLE = ("Action.Execute", "Action.Submit", "Action.ToggleVisibility")


@dataclass(frozen=True)
class Press:
    """Something that can be pressed."""

    label: str
    action: Json


def words(card: Json, *, hidden: bool = True) -> str:
    """All words of the card, a line each; `hidden` with those that are folded."""
    return "\n".join(_words(card.get("body", ()), hidden))


def _words(value: object, hidden: bool) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _words(each, hidden)
    elif isinstance(value, dict):
        if not hidden and value.get("isVisible") is False:
            return
        if value.get("type") == "RichTextBlock":
            yield "".join(run["text"] for run in value["inlines"])
        elif value.get("type") == "TextBlock":
            yield value["text"]
        else:
            for name in ("label", "errorMessage"):
                if name in value:
                    yield str(value[name])
            for name in ("items", "columns", "body"):
                yield from _words(value.get(name), hidden)


def buttons(card: Json) -> list[Press]:
    return [Press(str(each["title"]), each) for each in _actions(card)]


def _actions(value: object) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from _actions(each)
    elif isinstance(value, dict):
        if value.get("type") in PRESSABLE:
            yield value
            return
        for name in ("body", "items", "columns", "actions"):
            yield from _actions(value.get(name))


def inputs(card: Json) -> dict[str, Json]:
    """Every input by its id."""
    return {each["id"]: each for each in _inputs(card)}


def _inputs(value: object) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from _inputs(each)
    elif isinstance(value, dict):
        if str(value.get("type", "")).startswith("Input."):
            yield value
            return
        for name in ("body", "items", "columns"):
            yield from _inputs(value.get(name))
