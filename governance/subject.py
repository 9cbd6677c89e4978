"""Subjects: the key of what a reminder, a schedule or a change in the history is about."""

from __future__ import annotations

from enum import StrEnum


class SubjectKind(StrEnum):
    """The kinds of subject."""

    RECOMMENDATION = "recommendation"
    REPORT = "report"
    BOARD = "board"
    ORGANISATION = "organisation"
    POST = "post"
    PERSON = "person"
    MESSAGE = "message"


class Subject(str):
    """A kind and an id as one text: "recommendation:12", "board:pib", "organisation".

    It is stored and compared as that text; `Subject(text)` reads a stored one.
    """

    __slots__ = ()

    @classmethod
    def of(cls, kind: str, id: object) -> Subject:
        return cls(f"{kind}:{id}")

    @classmethod
    def recommendation(cls, id: int | None) -> Subject:
        return cls.of(SubjectKind.RECOMMENDATION, id)

    @classmethod
    def report(cls, id: int | None) -> Subject:
        return cls.of(SubjectKind.REPORT, id)

    @classmethod
    def board(cls, key: str) -> Subject:
        return cls.of(SubjectKind.BOARD, key)

    @classmethod
    def post(cls, key: str) -> Subject:
        return cls.of(SubjectKind.POST, key)

    @classmethod
    def person(cls, key: str) -> Subject:
        return cls.of(SubjectKind.PERSON, key)

    @classmethod
    def message(cls, id: int | None) -> Subject:
        return cls.of(SubjectKind.MESSAGE, id)

    @property
    def kind(self) -> str:
        return self.partition(":")[0]

    @property
    def id(self) -> str:
        """The key or number behind the kind; empty for the organisation itself."""
        return self.partition(":")[2]

    @property
    def number(self) -> int:
        """The id of a recommendation, report or message. Raises ValueError for other kinds."""
        return int(self.id)


ORGANISATION = Subject(SubjectKind.ORGANISATION)
RECOMMENDATIONS = Subject.of(SubjectKind.RECOMMENDATION, "")
"""The beginning of every recommendation's subject."""
