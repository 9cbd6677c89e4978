"""The records the readers are tried on, and the ways in which a record can differ from itself."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples" / "records"


def records() -> list[Path]:
    """The samples, and the real records where DULY_RECORDS names their folder."""
    paths = sorted(SAMPLES.glob("*.txt"))
    real = os.environ.get("DULY_RECORDS")
    if real:
        paths += sorted(Path(real).resolve().glob("*.txt"))
    return paths


def spread(names: list[int], most: int = 14) -> list[int]:
    """So many of them, the first and the last among them, evenly from the whole."""
    if len(names) <= most:
        return names
    step = (len(names) - 1) / (most - 1)
    return [names[round(at * step)] for at in range(most)]


def _lines(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(change(line) for line in text.split("\n"))


_MARK = re.compile(r"^(\s*)[-*•·]\s+(?=\S)")


def _marks(mark: str) -> Callable[[str], str]:
    return _lines(lambda line: _MARK.sub(rf"\g<1>{mark} ", line))


def _counted_marks(style: str) -> Callable[[str], str]:
    """Bullets as a numbered list that begins again after every line that is no bullet."""

    def change(text: str) -> str:
        changed, count = [], 0
        for line in text.split("\n"):
            count = count + 1 if _MARK.match(line) else 0
            mark = style.format(number=count, letter=chr(ord("a") + max(0, count - 1)))
            changed.append(_MARK.sub(rf"\g<1>{mark} ", line))
        return "\n".join(changed)

    return change


SPELLINGS: dict[str, Callable[[str], str]] = {
    "blank lines removed": lambda text: re.sub(r"\n[ \t]*(?=\n)", "", text),
    "blank lines doubled": lambda text: text.replace("\n\n", "\n\n\n"),
    "bullets as hyphens": _marks("-"),
    "bullets as asterisks": _marks("*"),
    "bullets as round dots": _marks("•"),
    "bullets as middle dots": _marks("·"),
    "bullets as en dashes": _marks("–"),
    "bullets as em dashes": _marks("—"),
    "bullets as the letter o": _marks("o"),
    "bullets as squares": _marks("▪"),
    "bullets numbered": _counted_marks("{number}."),
    "bullets lettered in brackets": _counted_marks("({letter})"),
    "bullets parted by a tab": _lines(lambda line: _MARK.sub("\\g<1>•\t", line)),
    "bullets indented": _lines(lambda line: _MARK.sub("    \\g<0>", line)),
    "dashes as hyphens": lambda text: re.sub("[–—]", "-", text),
    "dashes as em dashes": lambda text: text.replace("–", "—").replace(" - ", " — "),
    "quotes straight": lambda text: re.sub("[‘’]", "'", re.sub("[“”]", '"', text)),
    "quotes curly": lambda text: re.sub(r"(?<![=\w])'", "‘", text).replace("'", "’"),
    "tabs as spaces": lambda text: text.replace("\t", "    "),
    "tabs as one space": lambda text: text.replace("\t", " "),
    "no-break spaces": lambda text: re.sub(r"(?<=\w) (?=\w)", "\u00a0", text),
    "two spaces between words": lambda text: re.sub(r"(?<=\w) (?=\w)", "  ", text),
    "trailing spaces": _lines(lambda line: line + "   "),
    "page breaks for blank lines": lambda text: text.replace("\n\n", "\n\f\n"),
    "zero-width marks": lambda text: text.replace("ecommendation", "ecommen\u00addation"),
    "headings in capitals": _lines(
        lambda line: line.upper() if len(line) < 30 and "<" not in line else line
    ),
    "headings in bold": _lines(
        lambda line: f"**{line}**" if re.fullmatch(r"[A-Z][A-Za-z ]{5,24}\d*", line) else line
    ),
}

BYTES: dict[str, Callable[[str], bytes]] = {
    "UTF-8 with a mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "Windows-1252": lambda text: text.encode("cp1252"),
    "Latin-1": lambda text: re.sub("[–—]", "-", re.sub("[‘’“”]", "'", text)).encode(
        "latin-1", errors="replace"
    ),
    "Windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old Macintosh line ends": lambda text: text.replace("\n", "\r").encode(),
}


_ITEM_HEADING = re.compile(
    r"\s*(?:Recommendation|AFI|Area for improvement) #?\d+"
    r"(?::? ?|:? .*(?:Recommendation|AFI) \d+\.?)"
)


def is_item_heading(line: str) -> bool:
    """True of a line of the samples or the real records that is nothing but an item's heading."""
    return _ITEM_HEADING.fullmatch(line) is not None


def is_heading(line: str) -> bool:
    """True of a line that is a heading of any kind: an item's, a response's, a theme, a field's."""
    words = line.strip()
    return is_item_heading(line) or (
        0 < len(words) <= 60
        and words[0].isupper()
        and not words.endswith((".", ";", ",", "”", '"'))
        and not words.endswith(("should:", "that:", "Where:"))
        and "\t" not in words
        and not _MARK.match(line)
    )


def _headings(lines: list[str]) -> list[int]:
    """A spread of the item headings, and one of the other headings, by index."""
    items = [at for at, line in enumerate(lines) if is_item_heading(line)]
    others = [at for at, line in enumerate(lines) if is_heading(line) and at not in items]
    return sorted(spread(items) + spread(others))


def without_each_heading(text: str) -> Iterator[tuple[str, str]]:
    """The record again and again, each time with one of its headings dropped."""
    lines = text.split("\n")
    for at in _headings(lines):
        line = lines[at]
        yield line, "\n".join(lines[:at] + lines[at + 1 :])
    for match in re.finditer(r"<p>Area for improvement \d</p>|<p>Force Update: (?=<i>)", text):
        yield (
            match.group(),
            text[: match.start()] + "<p>" * ("Update" in match.group()) + text[match.end() :],
        )


def with_unknown_headings(text: str) -> Iterator[tuple[str, str]]:
    """The record with a heading nobody knows before, or after, one of its headings."""
    lines = text.split("\n")
    unknown = "Standing assessment of maturity"
    for at in _headings(lines):
        before = [*lines[:at], unknown, *lines[at:]]
        yield f"before {lines[at]}", "\n".join(before)
        after = [*lines[: at + 1], "", unknown, "", *lines[at + 1 :]]
        yield f"after {lines[at]}", "\n".join(after)


def reordered(text: str) -> str | None:
    """The record with its headed items in the opposite order; None where it has too few."""
    lines = text.split("\n")
    heads = [
        at for at, line in enumerate(lines) if is_item_heading(line) and not line.endswith(":")
    ]
    if len(heads) < 3:
        return None
    last = heads[-1]
    blocks = [lines[a:b] for a, b in zip(heads, [*heads[1:], last], strict=True)][:-1]
    turned = [line for block in reversed(blocks) for line in block]
    return "\n".join(lines[: heads[0]] + turned + lines[last:])
