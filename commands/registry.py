"""The registration of verbs: spellings, help, right, effect and form, all in one place.

    @FAMILY.verb("assign", usage="assign 24087 ACU DCI", summary="give it an owner",
                 right=Right.ASSIGN, form=True)
    def assign(reading: Reading, context: Context) -> Reply | Act: ...

A handler reads the store, and gives either the reply (an answer, a refusal, a choice, a form) or an
act for a transaction. Then the handler runs again inside the transaction, and its act with it: a
question takes no lock, and the state that was checked is the one that is changed.

A family is the verbs of one heading of the help; `commands.verbs` lists the families.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partialmethod

from commands.invocation import Context
from db.store import Reading, Writing
from governance.rights import Right
from messages.reply import Reply

Act = Callable[[Writing], Reply]
Handler = Callable[[Reading, Context], Reply | Act]


@dataclass(frozen=True)
class Verb:
    """One verb as registered. `words` are its spellings, the first the one help shows."""

    words: tuple[str, ...]
    usage: tuple[str, ...]
    """Examples as typed, the first the plainest."""
    summary: str
    """One line, in the imperative."""
    handler: Handler
    detail: str = ""
    right: Right | None = None
    """Required of whoever uses it, of every recommendation it is about."""
    reads: bool = False
    """It changes nothing, so it runs in one read session and is never remembered."""
    slow: bool = False
    """It reads for longer than the event loop may be held up."""
    form: bool = False
    """It opens a form of its own name, and its handler takes the submitted form too."""

    @property
    def name(self) -> str:
        return self.words[0]


@dataclass
class Family:
    """The verbs under one heading of the help, in its order."""

    title: str
    verbs: list[Verb] = field(default_factory=list)

    def verb(
        self,
        *words: str,
        usage: str | tuple[str, ...],
        summary: str,
        detail: str = "",
        right: Right | None = None,
        reads: bool = False,
        slow: bool = False,
        form: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler of a verb; the arguments are fields of `Verb`."""
        examples = (usage,) if isinstance(usage, str) else usage

        def register(handler: Handler) -> Handler:
            self.verbs.append(
                Verb(words, examples, summary, handler, detail, right, reads, slow, form)
            )
            return handler

        return register

    look = partialmethod(verb, right=Right.LOOK_UP, reads=True)
    """Register the decorated handler of a verb that only reads."""
