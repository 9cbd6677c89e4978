"""From a request to its reply: which verb was said, and what goes wrong told plainly."""

from __future__ import annotations

import logging
import re
import uuid
from dataclasses import replace

from commands.idempotency import AlreadyDone, OnceStore, earlier_reply, remember
from commands.invocation import Asked
from commands.parsing.grammar import targets
from commands.people import resolve
from commands.registry import Verb
from commands.request import LOCAL, Request
from commands.verbs import FAMILIES, FORMS
from commands.visibility import visibility
from db.store import Store
from db.tables import Seen
from governance.errors import DulyError
from messages.reply import Reply, Visibility

log = logging.getLogger(__name__)

_PREFIX = re.compile(r"\s*(?:@duly\b[\s,:]*|/?rec(?=\s|$)\s*)", re.I)
"""`/rec`, `rec` or a mention. `rec 16` loses its "rec" too: a bare 16 means the same."""

TAKES_ONES_WORD = ("cli", "terminal")
"""The faces where people say themselves who they are, by key or name; the others know."""

VERBS: dict[str, Verb] = {
    word: verb for family in FAMILIES for verb in family.verbs for word in verb.words
}
_LONGEST = max(len(word.split()) for word in VERBS)


LOOKS = frozenset(
    {
        "show", "list", "mine", "overdue", "due", "status", "board", "owner", "unowned",
        "history", "why", "boards", "next", "help",
    }
)  # fmt: skip
"""The verbs that only look, and are answered in milliseconds."""
_REFERENCES = re.compile(r"#?\d{4,}(?:(?:\s+|\s*,\s*)#?\d{4,})*")


def only_reads(text: str) -> bool:
    """Whether the answer is a quick look-up for certain: a face that must not be held up by a
    write or a search may answer it at once, and need not remember that it did."""
    said = _bare(text)
    if _REFERENCES.fullmatch(said):
        return True
    spoke = spoken(said)
    return spoke is not None and spoke[0].name in LOOKS


def answer(store: Store, request: Request) -> Reply:
    """What Duly says to `request`. Never raises: what goes wrong is an answer with ok False.

    A request whose id was acted on before gets the earlier reply, and nothing happens twice.
    """
    try:
        return _answer(store, request)
    except DulyError as error:
        return Reply(error.sentence, ok=False)
    except Exception:
        # The outermost place: whoever asked must hear something, and whoever keeps Duly must
        # find it again, so the incident's number stands in both the answer and the log.
        incident = uuid.uuid4().hex[:8]
        log.exception("command failed", extra={"incident": incident, "face": request.face})
        return Reply(
            f"Something went wrong here. Incident {incident} is in the log. "
            "Look before you say it again: it may have been saved.",
            ok=False,
        )


def _answer(store: Store, request: Request) -> Reply:
    if request.face in TAKES_ONES_WORD and request.person not in (None, LOCAL):
        with store.read() as reading:
            request = replace(request, person=resolve(reading, request.person or ""))
    if request.id is None:
        return _shown(store, request, _dispatch(Asked(request, store)))
    with store.read() as reading:
        if reading.session.get(Seen, (reading.key, request.id)) is not None:
            return earlier_reply(store, request.id)
    once = OnceStore(store, request.id)
    try:
        reply = _shown(store, request, _dispatch(Asked(request, once)))
    except AlreadyDone:
        return earlier_reply(store, request.id)
    if once.acted:
        remember(store, request, reply)
    return reply


def _shown(store: Store, request: Request, reply: Reply) -> Reply:
    """A handler says what a channel may see; whether this channel may now is decided here."""
    if reply.visibility is Visibility.PRIVATE:
        return reply
    if not reply.ok or request.channel is None or request.shared:
        return replace(reply, visibility=Visibility.PRIVATE)
    with store.read() as reading:
        return replace(reply, visibility=visibility(reading, request))


def _dispatch(asked: Asked) -> Reply:
    if asked.request.form is not None:
        handler = FORMS.get(asked.request.form.name)
        if handler is None:
            raise DulyError(f"There is no form called {asked.request.form.name!r}.")
        return handler(asked)
    text = _bare(asked.request.text)
    if not text:
        return VERBS["help"].handler(replace(asked, verb="help"))
    if (said := spoken(text)) is not None:
        verb, word, rest = said
        return verb.handler(replace(asked, verb=word, rest=rest))
    if _REFERENCES.fullmatch(text):
        return VERBS["show"].handler(replace(asked, verb="", rest=text))
    with asked.store.read() as reading:
        named = targets(reading, text)
    if named.found or named.problem is not None:
        word = "save" if named.rest else "show"
    else:
        word = "find"
    return VERBS[word].handler(replace(asked, verb="", rest=text))


def _bare(text: str) -> str:
    """The text without what only calls Duly."""
    while (match := _PREFIX.match(text)) and match.end():
        text = text[match.end() :]
    return text.strip()


def spoken(text: str) -> tuple[Verb, str, str] | None:
    """The verb at the head of the text, its spelling, and what follows as typed."""
    for count in range(_LONGEST, 0, -1):
        match = re.match(rf"(\S+(?:\s+\S+){{{count - 1}}})(?:\s+|$)", text)
        if match is None:
            continue
        word = " ".join(match[1].casefold().split())
        word = word.rstrip(":?!.,") or word
        if word in VERBS:
            return VERBS[word], word, text[match.end() :].strip()
    return None
