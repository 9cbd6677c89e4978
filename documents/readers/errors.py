"""The error of a document that cannot be read at all."""

from __future__ import annotations

from governance.errors import DulyError


class NotUnderstood(DulyError):
    """Nothing in the document could be read; the sentence says which document and why."""
