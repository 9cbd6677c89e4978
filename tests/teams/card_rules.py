"""Validator of Adaptive Cards: the elements and actions of version 1.5 that Duly sends.

Written from the documented format (adaptivecards.io/explorer, versions up to 1.5): an element that
is not in `RULES`, a property that its element does not have, a required one that is missing and a
value of another type are faults. `tests.teams.checking` asks Microsoft's own schema as well, where
a copy of it lies beside the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Check = Callable[[object, str], Iterator[str]]
"""Yields the faults of a value; the second argument is the path to it."""


@dataclass(frozen=True)
class Rule:
    """Properties of one type of element, and those it cannot do without."""

    properties: Mapping[str, Check]
    required: frozenset[str] = frozenset()


def of(kind: type) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield f"{path}: {value!r} is no {kind.__name__}"

    return check


def one_of(*values: str) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if value not in values:
            yield f"{path}: {value!r} is none of {values}"

    return check


def element(*types: str) -> Check:
    """An element of one of these types."""

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict) or value.get("type") not in types:
            yield f"{path}: {value!r:.80} is no {' or '.join(types)}"
        else:
            yield from faults(value, path)

    return check


def many(each: Check) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{path}: {value!r:.80} is no list of something"
            return
        for place, item in enumerate(value):
            yield from each(item, f"{path}[{place}]")

    return check


def target(value: object, path: str) -> Iterator[str]:
    """An element to show or hide, by its id."""
    if not isinstance(value, str):
        yield f"{path}: {value!r:.80} is no id"


def choice(value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.keys() != {"title", "value"}:
        yield f"{path}: {value!r:.80} is no choice of a title and a value"
        return
    for name, text in value.items():
        yield from of(str)(text, f"{path}.{name}")


def width(value: object, path: str) -> Iterator[str]:
    pixels = isinstance(value, str) and value.endswith("px") and value[:-2].isdecimal()
    if not pixels and value not in ("auto", "stretch"):
        yield f"{path}: {value!r} is no width"


ACTIONS = ("Action.Execute", "Action.OpenUrl", "Action.Submit", "Action.ToggleVisibility")
INPUTS = ("Input.ChoiceSet", "Input.Date", "Input.Text")
ELEMENTS = ("ActionSet", "ColumnSet", "Container", "RichTextBlock", *INPUTS)

CONTAINER_STYLE = one_of("default", "emphasis", "good", "attention", "warning", "accent")
BLOCK: dict[str, Check] = {
    "id": of(str),
    "isVisible": of(bool),
    "separator": of(bool),
    "spacing": one_of("Default", "None", "Small", "Medium", "Large", "ExtraLarge", "Padding"),
}
ACTION: dict[str, Check] = {
    "id": of(str),
    "title": of(str),
    "tooltip": of(str),
    "style": one_of("default", "positive", "destructive"),
    "mode": one_of("primary", "secondary"),
}
INPUT: dict[str, Check] = {
    **BLOCK,
    "label": of(str),
    "isRequired": of(bool),
    "errorMessage": of(str),
    "placeholder": of(str),
    "value": of(str),
}
SENT: dict[str, Check] = {
    **ACTION,
    "data": of(dict),
    "associatedInputs": one_of("auto", "none"),
}

RULES = {
    "AdaptiveCard": Rule(
        {
            "$schema": of(str),
            "version": one_of("1.5"),
            "body": many(element(*ELEMENTS)),
            "actions": many(element(*ACTIONS)),
            "lang": of(str),
            "fallbackText": of(str),
            "speak": of(str),
            "msteams": of(dict),
        },
        frozenset({"version", "body"}),
    ),
    "ActionSet": Rule(
        {**BLOCK, "actions": many(element(*ACTIONS))},
        frozenset({"actions"}),
    ),
    "Column": Rule(
        {
            **BLOCK,
            "items": many(element(*ELEMENTS)),
            "width": width,
            "style": CONTAINER_STYLE,
            "verticalContentAlignment": one_of("Top", "Center", "Bottom"),
        },
        frozenset({"items"}),
    ),
    "ColumnSet": Rule(
        {**BLOCK, "columns": many(element("Column")), "style": CONTAINER_STYLE},
        frozenset({"columns"}),
    ),
    "Container": Rule(
        {**BLOCK, "items": many(element(*ELEMENTS)), "style": CONTAINER_STYLE, "bleed": of(bool)},
        frozenset({"items"}),
    ),
    "RichTextBlock": Rule(
        {**BLOCK, "inlines": many(element("TextRun"))},
        frozenset({"inlines"}),
    ),
    "TextRun": Rule(
        {
            "text": of(str),
            "color": one_of("Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"),
            "fontType": one_of("Default", "Monospace"),
            "highlight": of(bool),
            "isSubtle": of(bool),
            "italic": of(bool),
            "strikethrough": of(bool),
            "underline": of(bool),
            "size": one_of("Default", "Small", "Medium", "Large", "ExtraLarge"),
            "weight": one_of("Default", "Lighter", "Bolder"),
        },
        frozenset({"text"}),
    ),
    "Input.ChoiceSet": Rule(
        {
            **INPUT,
            "choices": many(choice),
            "isMultiSelect": of(bool),
            "style": one_of("compact", "expanded"),
            "wrap": of(bool),
        },
        frozenset({"id", "choices"}),
    ),
    "Input.Date": Rule({**INPUT, "min": of(str), "max": of(str)}, frozenset({"id"})),
    "Input.Text": Rule({**INPUT, "isMultiline": of(bool), "maxLength": of(int)}, frozenset({"id"})),
    "Action.Execute": Rule({**SENT, "verb": of(str)}, frozenset({"title", "verb"})),
    "Action.OpenUrl": Rule({**ACTION, "url": of(str)}, frozenset({"title", "url"})),
    "Action.Submit": Rule(SENT, frozenset({"title"})),
    "Action.ToggleVisibility": Rule(
        {**ACTION, "targetElements": many(target)}, frozenset({"title", "targetElements"})
    ),
}


def faults(value: Mapping[str, object], path: str = "card") -> Iterator[str]:
    """Yield what is wrong with an element and with all that it holds."""
    rule = RULES[str(value["type"])]
    for name in sorted(rule.required - value.keys()):
        yield f"{path}: {value['type']} without {name}"
    for name, inner in value.items():
        if name == "type":
            continue
        if name not in rule.properties:
            yield f"{path}: {value['type']} has no {name}"
        else:
            yield from rule.properties[name](inner, f"{path}.{name}")
