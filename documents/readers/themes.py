"""The headings above items: which of them hold, and which stack."""

from __future__ import annotations


class Themes:
    """The headings that stand above the next item.

    Headings that follow each other with no item between them stack. A heading after an item
    replaces those before it, but stays under one in capitals ("LEGITIMACY"), unless it is in
    capitals itself.
    """

    def __init__(self) -> None:
        self._headings: list[str] = []
        self._stacking = True

    def add(self, heading: str) -> None:
        """Another heading has come."""
        if heading.isupper():
            self._headings = [*self._headings, heading] if self._stacking else [heading]
        elif self._stacking:
            self._headings.append(heading)
        else:
            self._headings = [*(held for held in self._headings if held.isupper()), heading]
        self._stacking = True

    def begin_item(self) -> tuple[str, ...]:
        """The headings of an item that begins here."""
        self._stacking = False
        return tuple(self._headings)
