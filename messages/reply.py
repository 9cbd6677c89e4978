"""A command's answer, the same for every face. A face turns it into its platform's blocks.

Every answer's `text` says it all in plain words; cards, forms and buttons only add to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from governance.brag import Brag


class Visibility(StrEnum):
    PRIVATE = "private"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Button:
    """`command` is the full text that pressing it says; `opens_form` means the answer is a form."""

    label: str
    command: str
    style: str = "plain"
    """plain | primary | danger"""
    opens_form: bool = False


def undo_button(number: int) -> Button:
    """The button that undoes the change with this number in the history."""
    return Button("Undo", f"undo change {number}")


@dataclass(frozen=True)
class Fact:
    """One labelled line. `day` lets a face use its platform's own date token."""

    label: str
    value: str
    day: date | None = None


@dataclass(frozen=True)
class Card:
    """One recommendation, or one line of a list where only `title` and `facts` are filled."""

    title: str
    """"#24087 · recommendation 16" """
    subtitle: str = ""
    """The report's title and force."""
    brag: Brag | None = None
    text: str = ""
    points: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...] = ()
    name: str = ""
    """A reference that can be typed back to see it again: "#24087"; empty where nothing can."""


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One field of a form. Kinds: text, long, choice, date, owner (a post or person)."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    hint: str = ""
    error: str = ""


@dataclass(frozen=True)
class Form:
    """A form that a platform opens as a modal, dialog, page form or prompts.

    Submitting it is a Request with `form` = FormAnswer(name, target, values); an answer with
    `form` set again carries the errors beside the fields, and what was typed.
    """

    name: str
    """update | assign | extend | close | …"""
    target: str
    """The recommendation that it is about, as it can be typed: "#24087"."""
    title: str
    fields: tuple[Field, ...]
    submit: str = "Save"


@dataclass(frozen=True)
class Reply:
    """`ok` is false when nothing was answered or done (DESIGN: commands in chat)."""

    text: str
    ok: bool = True
    visibility: Visibility = Visibility.PRIVATE
    cards: tuple[Card, ...] = ()
    form: Form | None = None
    buttons: tuple[Button, ...] = ()
    """Choices, confirmations, Undo, next and previous page: each the full command."""
    lines: tuple[Card, ...] = field(default_factory=tuple)
    """A list's rows, for faces that show more than text; `text` has them too."""
    before: str | None = None
    """The part of `text` above its cards or lines; None where it repeats none of them."""
    after: str = ""
    """The part of `text` below its cards or lines."""

    @property
    def offers_undo(self) -> bool:
        """True for the answer to a change: asking for it again would make the change again."""
        return any(button.command.split()[:1] == ["undo"] for button in self.buttons)

    @property
    def around(self) -> tuple[str, str]:
        """The text to show above and below the cards or lines, which say the rest."""
        return (self.text if self.before is None else self.before), self.after
