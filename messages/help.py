"""Help in words, from what each verb says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class HelpEntry:
    """One verb: its spellings, examples as typed (the plainest first), one line, and more."""

    words: tuple[str, ...]
    usage: tuple[str, ...]
    summary: str
    detail: str = ""


@dataclass(frozen=True)
class HelpGroup:
    title: str
    entries: tuple[HelpEntry, ...]


def help_text(groups: Sequence[HelpGroup], first: HelpEntry | None = None) -> str:
    """Everything that can be said, one line a verb; `first` is put on top, as the likeliest."""
    parts = []
    if first is not None:
        parts.append(f"Did you mean `{first.usage[0]}`? To {first.summary}.")
    parts += ["\n".join([g.title, *map(_line, g.entries)]) for g in groups if g.entries]
    parts.append("Say `help VERB` for more about one, for example `help update`.")
    return "\n\n".join(parts)


def verb_help(entry: HelpEntry) -> str:
    """One verb in full: what it does, every example, and its rules."""
    also = f" (also: {', '.join(entry.words[1:])})" if len(entry.words) > 1 else ""
    parts = [
        f"{entry.words[0]}{also}: {entry.summary}.",
        "\n".join(f"- `{said}`" for said in entry.usage),
        entry.detail,
    ]
    return "\n\n".join(part for part in parts if part)


def _line(entry: HelpEntry) -> str:
    return f"- `{entry.usage[0]}`: {entry.summary}"
