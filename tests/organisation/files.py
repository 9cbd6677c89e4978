"""Organisation files and recommendations for tests, in as few lines as say something."""

from __future__ import annotations

from db import tables as t
from db.organisation.apply import ApplyOutcome, apply_organisation
from db.store import Actor, Store
from documents.organisation import read_organisation

APPLY = Actor("apply", "cli")

FORCE = "force: {key: anyshire, name: Anyshire Police}"
BOARDS = """
boards:
  - key: pib
    name: People Board
    chair: dcc
    secretary: sec
    channel: "#people"
    cadence: {every: 4 weeks, first: 2023-01-11T10:00}
"""
POSTS = """
posts:
  - {key: dcc, title: Deputy Chief Constable, role: chair, holder: sam}
  - {key: lead, title: PSD Superintendent, role: lead, holder: alex}
  - {key: dci, title: ACU DCI, role: owner, holder: jane, deputy: priya}
  - {key: vet, title: Vetting Manager, role: owner, holder: kit}
  - {key: sec, title: Board Secretary, role: secretary, holder: lee}
"""
WHOLE = FORCE + BOARDS + POSTS


def apply(store: Store, text: str) -> ApplyOutcome:
    """Apply a file's text, as `duly apply` would."""
    with store.write(APPLY) as writing:
        return apply_organisation(writing, read_organisation(text, "organisation.yaml"))


def history_length(store: Store) -> int:
    with store.read() as reading:
        return len(reading.all(reading.select(t.History)))
