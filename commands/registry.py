"""Verbs and their help, registered together, so that help cannot lag behind.

    @verb("assign", usage="assign 24087 ACU DCI", summary="give it an owner")
    def assign(asked: Asked) -> Reply: ...

A family of verbs is one module that builds a `Family`; `commands.verbs` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from commands.invocation import Asked
from messages.reply import Reply

Handler = Callable[[Asked], Reply]


@dataclass(frozen=True)
class Verb:
    """One thing that can be said. `words` are its spellings, the first the one help shows."""

    words: tuple[str, ...]
    usage: tuple[str, ...]
    """Examples as typed, the first the plainest."""
    summary: str
    """One line, in the imperative."""
    handler: Handler
    detail: str = ""

    @property
    def name(self) -> str:
        return self.words[0]


@dataclass
class Family:
    """The verbs of one module, in the order help lists them."""

    title: str
    verbs: list[Verb] = field(default_factory=list)
    forms: dict[str, Handler] = field(default_factory=dict)
    """What a submitted form is handed to, by the form's name."""

    def form(self, name: str) -> Callable[[Handler], Handler]:
        """Register the decorated handler for submissions of the form called `name`."""

        def register(handler: Handler) -> Handler:
            self.forms[name] = handler
            return handler

        return register

    def verb(
        self, *words: str, usage: str | tuple[str, ...], summary: str, detail: str = ""
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler under `words`, with its help."""

        def register(handler: Handler) -> Handler:
            said = (usage,) if isinstance(usage, str) else usage
            self.verbs.append(Verb(words, said, summary, handler, detail))
            return handler

        return register
