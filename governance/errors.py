"""Errors that carry the one sentence their reader is shown."""

from __future__ import annotations


class DulyError(Exception):
    """Something a person can be told in one sentence; `sentence` is what they read."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def public(self) -> str:
        """The sentence for whoever may know nothing of the machine, such as a probe's reader."""
        return self.sentence


class RuleError(DulyError):
    """A rule of the field does not allow this (a closed recommendation, a bad transition)."""


class BadConfiguration(DulyError):
    """A setting or file cannot be used; the sentence names the key, and the line where known."""
