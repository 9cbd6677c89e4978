"""Organisation files and recommendations for tests, in as few lines as say something."""

from __future__ import annotations

from db import tables as t
from db.organisation.apply import ApplyOutcome, apply_organisation
from db.store import Actor, Store, Writing
from documents.organisation import read_organisation
from governance.identity import force_key, text_key, title_key
from governance.words import Kind

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


def add_report(writing: Writing, title: str, force: str = "Anyshire") -> int:
    report = writing.add(
        t.Report(
            organisation=writing.key,
            title=title,
            title_key=title_key(title),
            force=force,
            force_key=force_key(force),
            imported_at=writing.now,
        )
    )
    assert report.id is not None
    return report.id


def add_recommendation(
    writing: Writing,
    report: int,
    number: str,
    ref: str | None = None,
    kind: Kind = Kind.RECOMMENDATION,
) -> t.Recommendation:
    text = f"Chief constables should do thing {number}."
    return writing.add(
        t.Recommendation(
            organisation=writing.key,
            report_id=report,
            ref=ref,
            kind=kind.value,
            number=number,
            text=text,
            text_key=text_key(text),
            imported_at=writing.now,
            updated_at=writing.now,
        )
    )


def owner_of(store: Store, ref: str) -> str | None:
    with store.read() as reading:
        found = reading.first(reading.select(t.Recommendation).where(t.Recommendation.ref == ref))
        assert found is not None
        return found.owner


def told(store: Store, subject: str) -> list[t.History]:
    """The history of one subject, oldest first."""
    with store.read() as reading:
        rows = reading.all(reading.select(t.History).where(t.History.subject == subject))
        return sorted(rows, key=lambda row: row.seq)


def history_length(store: Store) -> int:
    with store.read() as reading:
        return len(reading.all(reading.select(t.History)))
