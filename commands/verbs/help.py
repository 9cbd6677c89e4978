"""Help, generated from the registration of each verb."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from commands.invocation import Context
from commands.registry import Family, Verb
from db.store import Reading
from messages.help import HelpEntry, HelpGroup, help_text, verb_help
from messages.reply import Reply

FAMILY = Family("Help")


@FAMILY.look(
    "help",
    "?",
    usage=("help", "help assign"),
    summary="say what can be said",
    right=None,
)
def help_(_: Reading, context: Context) -> Reply:
    words = " ".join(context.rest.casefold().strip("/`\"' ").split())
    if not words:
        return Reply(help_text(_groups()))
    verb = _named(words)
    if verb is not None:
        return Reply(verb_help(_entry(verb)))
    close = nearest(words)
    return Reply(
        f"There is no verb “{context.rest.strip()}”.\n\n"
        + help_text(_groups(), _entry(close) if close else None),
        ok=False,
    )


def not_understood(words: str, *, searched: bool = False) -> Reply:
    """Help, the nearest verb first, for words that led to nothing.

    `searched`: `find` stood before them, so that they can be no command.
    """
    close = None if searched else nearest(words)
    text = f"Nothing here has “{words}”" + ("." if searched else ", and it is no command.")
    return Reply(f"{text}\n\n{help_text(_groups(), _entry(close) if close else None)}", ok=False)


def one_edit_away(text: str) -> str | None:
    """The verb's spelling that the first word of `text` misses by one letter, if there is one."""
    words = text.casefold().split()
    if not words or len(words[0]) < 3:
        return None
    close = (w for w in _spellings() if w[0].isalpha() and OSA.distance(w, words[0]) == 1)
    return next(close, None)


def takes_reference(word: str) -> bool:
    """True for a verb that stands before a reference ("history 24087")."""
    verb = _spellings().get(word.casefold())
    return verb is not None and any(usage.startswith(f"{verb.name} 24087") for usage in verb.usage)


def nearest(text: str) -> Verb | None:
    """The verb likeliest meant by the first word of `text`.

    One letter off, or two in a longer word that begins with the same one.
    """
    words = text.casefold().split()
    if not words or len(words[0]) < 3:
        return None
    spellings = _spellings()
    scored = sorted((OSA.distance(w, words[0]), len(w), w) for w in spellings if len(w) > 2)
    distance, _, word = scored[0]
    near = distance == 1 or (distance == 2 and len(word) > 4 and word[0] == words[0][0])
    return spellings[word] if near or distance == 0 else None


def _spellings() -> dict[str, Verb]:
    from commands.verbs import FAMILIES  # this module is itself one of them

    return {w: v for family in FAMILIES for v in family.verbs for w in v.words}


def _named(words: str) -> Verb | None:
    spellings = _spellings()
    return spellings.get(words) or spellings.get(words.split()[0])


def _groups() -> list[HelpGroup]:
    from commands.verbs import FAMILIES  # this module is itself one of them

    return [HelpGroup(f.title, tuple(map(_entry, f.verbs))) for f in FAMILIES]


def _entry(verb: Verb) -> HelpEntry:
    return HelpEntry(verb.words, verb.usage, verb.summary, verb.detail)
