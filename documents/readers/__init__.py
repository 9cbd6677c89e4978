"""Readers: a document's bytes in, an ImportedRecord and its warnings out.

A reader knows layouts (headings, labels, bullets, responses), never a particular document.
"""

from __future__ import annotations

from documents.readers.decoding import NotUnderstood
from documents.readers.text import read_text
from documents.record import ImportedRecord

__all__ = ["NotUnderstood", "read_document"]


def read_document(name: str, content: bytes) -> ImportedRecord:
    """Read one response record.

    `name` is what the document is called in messages. Raises NotUnderstood when the content is no
    text, or when nothing in it is a recommendation, an AFI or a field of the report.
    """
    return read_text(name, content)
