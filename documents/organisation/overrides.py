"""The `reminders` of an organisation file: changes to the table of reminder rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from documents.organisation.lines import Written
from documents.organisation.problems import Path, Problems, listed, quoted, suggestion
from documents.organisation.validation import where
from documents.organisation.words import read_target
from documents.record import FileEntry
from governance.reminders.rules import (
    BY_RULE,
    OVERRIDABLE,
    RuleSettings,
    SettledBy,
    rules_where,
)
from governance.words import Rule

MOST_DAYS = 3650
Changes = dict[str, dict[str, Any]]
"""{rule: {key: value}}"""
CONFIGURABLE = rules_where(lambda line: line.forecast)
NOT_OF_ONE = frozenset(
    rules_where(lambda line: line.forecast and SettledBy.CLOSURE not in line.settled_by)
)
"""The rules that speak of no single recommendation, so that none can change them."""
PARTS = ("organisation", "boards", "recommendations")


class OverridesReader:
    """Reads the three layers; `organisation` may be left out, its rules standing beside them."""

    def __init__(self, written: Written, problems: Problems) -> None:
        self.written = written
        self.problems = problems
        self.organisation: Changes = {}
        self.boards: dict[str, Changes] = {}
        self.recommendations: list[FileEntry] = []

    def read(self, said: Mapping[str, Any], boards: Iterable[str]) -> None:
        path: Path = ("reminders",)
        rules = {name: value for name, value in said.items() if name not in PARTS}
        self.organisation = self._rules(rules, path, more=PARTS)
        for rule, changes in self._rules(said.get("organisation"), (*path, "organisation")).items():
            self.organisation.setdefault(rule, {}).update(changes)
        for board, changes in self._mapping(said.get("boards"), (*path, "boards")).items():
            at = (*path, "boards", board)
            if board not in boards:
                self._wrong(at, f"there is no board {quoted(board)}{suggestion(board, boards)}")
            self.boards[board] = self._rules(changes, at)
        at = (*path, "recommendations")
        seen: dict[str, str] = {}
        for name, changes in self._mapping(said.get("recommendations"), at).items():
            try:
                target = read_target(name)
            except ValueError as error:
                self._wrong((*at, name), str(error))
                continue
            if target.written in seen:
                self._wrong((*at, name), f"is the same as {quoted(seen[target.written])}")
            seen[target.written] = name
            rules = self._rules(changes, (*at, name))
            for rule in NOT_OF_ONE & set(rules):
                self._wrong(
                    (*at, name, rule),
                    f"changes nothing here; {rule} is of a {BY_RULE[Rule(rule)].about}, "
                    "not of one recommendation",
                )
            self.recommendations.append(FileEntry(target, rules))

    def _rules(self, said: Any, path: Path, more: tuple[str, ...] = ()) -> Changes:
        found: Changes = {}
        known = [rule.value for rule in CONFIGURABLE]
        for name, changes in self._mapping(said, path).items():
            if name not in known:
                hint = suggestion(name, [*known, *more])
                self._wrong((*path, name), f"there is no rule {quoted(name)}{hint}")
                continue
            found[name] = self._keys(changes, (*path, name), BY_RULE[Rule(name)])
        return found

    def _keys(self, said: Any, path: Path, rule: RuleSettings) -> dict[str, Any]:
        known = ["enabled", *sorted(k for k in OVERRIDABLE - {"enabled"} if getattr(rule, k))]
        found: dict[str, Any] = {}
        for key, value in self._mapping(said, path).items():
            if key not in known:
                hint = f"; {rule.rule} takes {listed(known, 'and')}"
                self._wrong((*path, key), f"{quoted(key)} changes nothing here{hint}")
                continue
            try:
                found[key] = _value(key, value)
            except ValueError as error:
                self._wrong((*path, key), str(error))
        return found

    def _mapping(self, said: Any, path: Path) -> Mapping[str, Any]:
        if said is None:
            return {}
        if isinstance(said, dict):
            return said
        self._wrong(path, "must hold keys with values, such as enabled: false")
        return {}

    def _wrong(self, path: Path, said: str) -> None:
        self.problems.add(self.written.line(path), where(path, self.written.data), said)


def _value(key: str, value: Any) -> Any:
    if key == "enabled":
        if value in ("true", "false"):
            return value == "true"
        raise ValueError(f"{quoted(value)} must be true or false")
    if key == "days":
        days = {_number(day, 0) for day in (value if isinstance(value, list) else [value])}
        if not days:
            raise ValueError("is empty; enabled: false switches the rule off")
        return sorted(days, reverse=True)
    return _number(value, 1)


def _number(value: Any, least: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 4:
        number = int(value)
        if least <= number <= MOST_DAYS:
            return number
    raise ValueError(f"{quoted(value)} must be a whole number from {least} to {MOST_DAYS}")
