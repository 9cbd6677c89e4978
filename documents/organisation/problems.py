"""Problems of an organisation file, each in one sentence with its key and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from governance.errors import BadConfiguration

Path = tuple[str | int, ...]
"""The place of a value: ("boards", 0, "cadence", "every")."""


@dataclass
class Problems:
    """Collects what is wrong, so that one reading names everything."""

    name: str
    """The file's name as the person gave it."""
    found: dict[str, int] = field(default_factory=dict)

    def add(self, line: int | None, where: str, said: str) -> None:
        """`where` is the key ("boards.pib.cadence"), `said` the rest of a sentence about it."""
        place = f"{self.name}, line {line}" if line else self.name
        key = f"{where}: " if where else ""
        stop = "" if said.endswith("?") else "."
        sentence = " ".join(f"{key}{said}{stop}".split())  # whatever was written, one line
        self.found.setdefault(f"{place}: {sentence}", line or 0)

    def stop(self) -> None:
        """Raise BadConfiguration when there is anything, one line each in the file's order."""
        if self.found:
            said = sorted(self.found, key=lambda sentence: self.found[sentence])
            raise BadConfiguration("\n".join(said))


def quoted(value: object) -> str:
    """A value as it was written, shortened where it is long."""
    text = " ".join(str(value).split())
    return f'"{text if len(text) <= 60 else text[:57] + "…"}"'


def listed(words: Iterable[str], last: str = "or") -> str:
    """ "a, b or c"."""
    *first, end = list(words) or ["none"]
    return f"{', '.join(first)} {last} {end}" if first else end


def suggestion(written: str, known: Iterable[str]) -> str:
    """ "; did you mean acu-dci?", or nothing when nothing is near."""
    found = process.extractOne(
        written.casefold(), list(known), scorer=fuzz.ratio, score_cutoff=60, processor=str.casefold
    )
    return f"; did you mean {found[0]}?" if found else ""
