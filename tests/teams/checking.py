"""Checks that hold of every card: its format, Teams' size, and nothing read as markup."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft6Validator, validators

from bot.teams.elements import MESSAGE_BYTES, weight
from bot.teams.messages import message
from tests.support.schemas import schemas
from tests.teams.card_rules import faults

READS_MARKDOWN = ("TextBlock", "FactSet")
MOST_BUTTONS = 6

Json = dict[str, Any]


@cache
def validators_of_microsoft() -> tuple[Any, ...]:
    """Validator by Microsoft's schema, where a copy of it is present."""
    return tuple(map(_validator, schemas("adaptive-card-1.5.0.schema.json")))


def _validator(schema: Json) -> Any:
    """Among the kinds of element only those of its own type are tried, since trying all of them
    on every element takes a hundred times as long."""
    kinds = {
        f"#/definitions/{name}": each["properties"]["type"]["enum"]
        for name, each in schema["definitions"].items()
        if "enum" in each.get("properties", {}).get("type", {})
    }

    def any_of(checker: Any, options: list[Json], instance: Any, whole: Json) -> Iterator[Any]:
        kind = instance.get("type") if isinstance(instance, dict) else None
        fitting = [each for each in options if kind in kinds.get(_named(each), [kind])]
        yield from Draft6Validator.VALIDATORS["anyOf"](checker, fitting, instance, whole)

    return validators.extend(Draft6Validator, {"anyOf": any_of})(schema)


def _named(option: Json) -> str:
    inner = option.get("allOf", [option])
    return str(inner[0].get("$ref", "")) if inner else ""


def assert_good(card: Json, *, schema: bool = True) -> None:
    """The card is one by the rules, small enough, and shows what was typed as it was typed.

    Microsoft's schema takes its time, and is asked where a copy is present and `schema` is set.
    """
    assert card["type"] == "AdaptiveCard"
    wrong = list(faults(card))
    assert wrong == [], wrong
    for validator in validators_of_microsoft() if schema else ():
        wrong = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(card)]
        assert wrong == [], wrong
    assert weight(message(card, "")) < MESSAGE_BYTES
    for each in parts(card):
        assert each.get("type") not in READS_MARKDOWN
        if each.get("type") == "ActionSet":
            assert 1 <= len(each["actions"]) <= MOST_BUTTONS
        if each.get("type") == "Action.Execute":
            assert each["verb"] == each["data"]["action"]
        if each.get("type") == "TextRun":
            assert "{{DATE" not in each["text"].upper()
            assert "\x00" not in each["text"]
    ids = [each["id"] for each in parts(card) if "id" in each]
    assert len(ids) == len(set(ids))
    named = [id for each in parts(card) for id in each.get("targetElements", ())]
    assert set(named) <= set(ids)


def parts(value: object) -> Iterator[Json]:
    """Every element of a card, and every action."""
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name != "data":
                yield from parts(inner)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


def cards_in(body: Json) -> list[Json]:
    """The cards of an answer over HTTP."""
    return [each for each in parts_of(body) if each.get("type") == "AdaptiveCard"]


def parts_of(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts_of(inner)
    elif isinstance(value, list):
        for each in value:
            yield from parts_of(each)
