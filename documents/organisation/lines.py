"""YAML as plain values, with the line of every key and item.

Only the structure is taken from YAML: scalars stay as they were written, so that a reference
needs no quotes, 024087 keeps its nought, and a date is read in one place. An empty value is None.
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from documents.organisation.problems import Path, Problems, quoted

MOST_VALUES = 20_000
"""More than any organisation needs; stops a file whose aliases multiply."""
DEEPEST = 40


@dataclass
class Written:
    """A file as plain dicts, lists, strings and None, and where each value stands."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """The line of a value, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(text: str, problems: Problems) -> Written:
    """Read one YAML document; what is wrong with it goes to `problems`, duplicate keys too."""
    written = Written()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice is no concern of ours
            node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(mark.line + 1 if mark else None, "", f"this is not YAML: {_reason(error)}")
        return written
    except YAMLError as error:
        problems.add(None, "", f"this is not YAML: {str(error).splitlines()[0].rstrip('.')}")
        return written
    except RecursionError:
        problems.add(None, "", "this is nested too deeply to be an organisation file")
        return written
    if node is not None:
        written.data = _Reader(written, problems).value(node, ())
    return written


def _reason(error: MarkedYAMLError) -> str:
    said = error.problem or error.context or "it cannot be read"
    return " ".join(str(said).split()).rstrip(".")


class _Reader:
    def __init__(self, written: Written, problems: Problems) -> None:
        self.written = written
        self.problems = problems
        self.count = 0

    def value(self, node: Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.written.lines.setdefault(path, line)
        self.count += 1
        if len(path) > DEEPEST or self.count > MOST_VALUES:
            self.problems.add(line, "", "this is nested too deeply, or repeats itself")
            self.problems.stop()
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.problems.add(line, "", "a key must be a word, not a list or a mapping")
                continue
            key = str(key_node.value).strip()
            at = (*path, key)
            if key in found:
                first = self.written.lines[at]
                said = f"{quoted(key)} stands here twice; the first is on line {first}"
                self.problems.add(line, "", said)
                continue
            self.written.lines[at] = line
            found[key] = self.value(value_node, at)
        return found

    def _scalar(self, node: Any) -> str | None:
        value = str(node.value)
        plain = node.style is None or node.style == ""
        if plain and node.tag == "tag:yaml.org,2002:null":
            return None
        return value


def without(written: Written, path: Path) -> Written | None:
    """A copy with the value at `path`, or the innermost thing there is on its way, taken out.

    None when nothing on the way is there. Items after it move up, and their lines with them.
    """
    data = copy.deepcopy(written.data)
    at, there = data, 0
    holders: list[Any] = []
    for part in path:
        inside = isinstance(at, dict) and part in at
        inside = inside or (isinstance(at, list) and isinstance(part, int) and part < len(at))
        if not inside:
            break
        holders.append(at)
        at = at[part]
        there += 1
    if not there:
        return None
    step = path[there - 1]
    del holders[-1][step]
    parent = path[: there - 1]
    lines: dict[Path, int] = {}
    for place, line in written.lines.items():
        if place[:there] == path[:there]:
            continue
        here = place[there - 1] if len(place) >= there and place[: there - 1] == parent else None
        if isinstance(step, int) and isinstance(here, int) and here > step:
            place = (*parent, here - 1, *place[there:])
        lines[place] = line
    return Written(data, lines)
