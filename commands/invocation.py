"""Invocations: a request's text, parsed once; and the context that a verb's handler gets."""

from __future__ import annotations

from dataclasses import dataclass

from commands.request import FormAnswer, Request
from db.store import Actor, Reading
from governance.rights import Right, check
from governance.states import RecommendationState


@dataclass(frozen=True)
class Invocation:
    """A request whose text has been parsed into verb and rest, as far as no store is needed."""

    request: Request
    verb: str = ""
    """The registered name of the verb; empty for a form, and for words that begin with none."""
    word: str = ""
    """The spelling that was typed; empty where the verb is only implied ("24087")."""
    rest: str = ""
    """The text behind the verb, as typed."""
    refusal: str = ""
    """The answer to a request that is too long to be parsed."""
    only_reads: bool = False
    quick: bool = False
    """It only reads, and in milliseconds: it can be answered on the event loop."""


@dataclass(frozen=True)
class Context:
    """An invocation and the right that its verb requires: the argument of every handler."""

    invocation: Invocation
    right: Right | None = None

    @property
    def person(self) -> str | None:
        return self.invocation.request.person

    @property
    def form(self) -> FormAnswer | None:
        return self.invocation.request.form

    @property
    def word(self) -> str:
        return self.invocation.word

    @property
    def rest(self) -> str:
        return self.invocation.rest

    @property
    def actor(self) -> Actor:
        return self.invocation.request.actor

    def check(
        self,
        reading: Reading,
        state: RecommendationState | None = None,
        board: str | None = None,
    ) -> None:
        """Raises NotAllowed unless this person may use the verb on `state`, or before `board`."""
        if self.right is not None:
            check(reading.directory, self.person, reading.today, self.right, state, board)
