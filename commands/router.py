"""Routes a request to the handler of its verb; errors become replies."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace

from commands.idempotency import run_once
from commands.invocation import Context, Invocation
from commands.parsing.grammar import read_targets
from commands.parsing.people import resolve_person
from commands.registry import Verb
from commands.request import LOCAL, Request
from commands.verbs import FAMILIES
from commands.visibility import with_visibility
from db.store import Reading, Store
from governance.errors import DulyError
from governance.limits import COMMAND, FIELD, TooMuch, check_length
from messages.reply import Reply

log = logging.getLogger(__name__)

_PREFIX = re.compile(r"\s*(?:@duly\b[\s,:]*|/?rec(?=\s|$)\s*)", re.I)
"""`/rec`, `rec` or a mention. `rec 16` loses its "rec" too: a bare 16 means the same."""

TAKES_ONES_WORD = ("cli", "terminal")
"""The faces that take a person's key or name on trust; the others know it."""

VERBS: Mapping[str, Verb] = {
    word: verb for family in FAMILIES for verb in family.verbs for word in verb.words
}
QUICK = 100
"""Characters of a command that can be parsed and answered in a few milliseconds."""
_LONGEST = max(len(word.split()) for word in VERBS)
_REFERENCES = re.compile(r"#?\d{4,}(?:(?:\s+|\s*,\s*)#?\d{4,})*")


def parse(request: Request) -> Invocation:
    """Reads the verb off the head of a request's text.

    References alone mean `show`, nothing at all means `help`. The verb of other words is known
    only with the store (`_implied`). What is too long is not parsed.
    """
    try:
        _check_lengths(request)
    except TooMuch as error:
        return Invocation(request, refusal=error.sentence, only_reads=True, quick=True)
    if request.form is not None:
        return Invocation(request)
    text = _without_prefix(request.text)
    if not text:
        return _invocation(request, VERBS["help"], "help", "")
    if (head := verb_at_head(text)) is not None:
        return _invocation(request, *head)
    if _REFERENCES.fullmatch(text):
        return _invocation(request, VERBS["show"], "", text)
    return Invocation(request, rest=text)


def _check_lengths(request: Request) -> None:
    """Raises TooMuch."""
    check_length("A command", request.text, COMMAND)
    if request.form is not None:
        check_length("A command", request.form.target, COMMAND)
        for value in request.form.values.values():
            check_length("A field of a form", value, FIELD)


def _invocation(request: Request, verb: Verb, word: str, rest: str) -> Invocation:
    quick = verb.reads and not verb.slow and len(rest) <= QUICK
    return Invocation(request, verb.name, word, rest, only_reads=verb.reads, quick=quick)


def answer(store: Store, request: Request) -> Reply:
    """Answers a request; see `run`."""
    return run(store, parse(request))


def run(store: Store, invocation: Invocation) -> Reply:
    """Runs a parsed request. Never raises: what goes wrong is an answer with ok False.

    A request whose id was acted on before gets the earlier reply, and nothing happens twice.
    """
    try:
        return _run(store, invocation)
    except DulyError as error:
        return Reply(error.sentence, ok=False)
    except Exception:
        # The outermost place: whoever asked must hear something, and whoever keeps Duly must
        # find it again, so the incident's number stands in both the answer and the log.
        incident = uuid.uuid4().hex[:8]
        log.exception(
            "command failed", extra={"incident": incident, "face": invocation.request.face}
        )
        return Reply(
            f"Something went wrong here. Incident {incident} is in the log. "
            "Look before you say it again: it may have been saved.",
            ok=False,
        )


def _run(store: Store, invocation: Invocation) -> Reply:
    request = invocation.request
    if invocation.refusal:
        return Reply(invocation.refusal, ok=False)
    if request.face in TAKES_ONES_WORD and request.person not in (None, LOCAL):
        with store.read() as reading:
            request = replace(request, person=resolve_person(reading, request.person or ""))
        invocation = replace(invocation, request=request)
    if invocation.only_reads:
        return _handle(store, invocation)
    return run_once(store, request, lambda keyed: _handle(keyed, invocation))


def _handle(store: Store, invocation: Invocation) -> Reply:
    """Runs the verb's handler in a read session, and again in a transaction where it acts."""
    with store.read() as reading:
        verb = _verb(reading, invocation)
        context = Context(invocation, verb.right)
        if verb.reads:
            context.check(reading)
        outcome = verb.handler(reading, context)
        if isinstance(outcome, Reply):
            return with_visibility(reading, invocation.request, outcome)
    with store.write(context.actor) as writing:
        outcome = verb.handler(writing, context)
        reply = outcome if isinstance(outcome, Reply) else outcome(writing)
        return with_visibility(writing, invocation.request, reply)


def _verb(reading: Reading, invocation: Invocation) -> Verb:
    form = invocation.request.form
    if form is None:
        return VERBS[invocation.verb or _implied(reading, invocation.rest)]
    verb = VERBS.get(form.name)
    if verb is None or not verb.form:
        raise DulyError(f"There is no form called {form.name!r}.")
    return verb


def _implied(reading: Reading, text: str) -> str:
    """The verb of a text that begins with none: an update, a look-up, or a search."""
    targets = read_targets(reading, text)
    if targets.rows or targets.problem is not None:
        return "save" if targets.rest else "show"
    return "find"


def _without_prefix(text: str) -> str:
    """The text without the words that only call Duly."""
    end = 0
    while (match := _PREFIX.match(text, end)) and match.end() > end:
        end = match.end()
    return text[end:].strip()


def verb_at_head(text: str) -> tuple[Verb, str, str] | None:
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
