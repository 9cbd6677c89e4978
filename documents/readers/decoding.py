"""Bytes to numbered lines: encodings, line ends, and what is no text at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from documents.record import Warning
from governance.errors import DulyError
from governance.limits import RECORD_LINE

_SIGNATURES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a Word, Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_RUN = re.compile(r"[^\S\n]{41,}")
"""Spaces and tabs beyond what parts two columns: runs of thousands would take a pattern that looks
for what stands after them quadratic time."""
_LONGEST_RUN = 40
# A control character here and there is a printer's leftover; more of them is a picture or program.
_CONTROLS_ALLOWED = 0.01


class NotUnderstood(DulyError):
    """Nothing in the document could be read; the sentence says which document and why."""


@dataclass(frozen=True)
class RawLine:
    """One line as the document has it; `number` counts from 1."""

    number: int
    text: str


def decode(name: str, content: bytes) -> tuple[list[RawLine], list[Warning]]:
    """The document's lines, whatever their encoding and line ends.

    UTF-8 and UTF-16 with or without a mark, and Windows-1252 line by line, because a document
    pasted together from several has both. Raises NotUnderstood for what is empty or no text, and
    for a line that is too long.
    """
    if not content.strip():
        raise NotUnderstood(f"{name} is empty.")
    for signature, what in _SIGNATURES.items():
        if content.startswith(signature):
            raise NotUnderstood(f"{name} is {what}; Duly reads plain text (.txt).")
    encoding = "utf-8"
    for mark, named in _MARKS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], named
            break
    warnings: list[Warning] = []
    if encoding == "utf-8":
        lines = _bytes_to_lines(content, warnings)
    else:
        lines = content.decode(encoding, errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        if len(line) > RECORD_LINE:
            raise NotUnderstood(
                f"{name}: line {number} has {len(line):,} characters, and Duly reads lines of up "
                f"to {RECORD_LINE:,}."
            )
    controls = sum(len(_CONTROLS.findall(line)) for line in lines)
    if controls > _CONTROLS_ALLOWED * sum(len(line) for line in lines):
        raise NotUnderstood(f"{name} is not text that can be read.")
    tidy = [RawLine(number, _tidy(line)) for number, line in enumerate(lines, 1)]
    if not any(line.text.strip() for line in tidy):
        raise NotUnderstood(f"{name} is empty.")
    return tidy, warnings


def _bytes_to_lines(content: bytes, warnings: list[Warning]) -> list[str]:
    lines = []
    for number, raw in enumerate(re.split(rb"\r\n|\r|\n", content), 1):
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            line = raw.decode("cp1252", errors="replace")
            if "\ufffd" in line:
                words = line.strip()[:60]
                warnings.append(Warning(number, f"A character here cannot be read: “{words}”."))
        lines.append(line)
    return lines


def _tidy(line: str) -> str:
    text = _CONTROLS.sub("", _SPACES.sub(" ", _INVISIBLE.sub("", line)))
    return _RUN.sub(lambda run: run[0][:_LONGEST_RUN], text)
