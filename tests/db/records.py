"""Rows that several tests of the store begin with."""

from __future__ import annotations

from typing import Any

from db.store import Actor, Writing
from db.tables import Recommendation, Report
from governance.identity import force_key, text_key, title_key

ME = Actor("local", "test")


def a_report(writing: Writing, title: str = "Vetting", force: str = "Cumbria") -> Report:
    return writing.add(
        Report(
            organisation=writing.key,
            title=title,
            title_key=title_key(title),
            force=force,
            force_key=force_key(force),
            imported_at=writing.now,
        )
    )


def a_recommendation(writing: Writing, report: Report, **fields: Any) -> Recommendation:
    assert report.id is not None
    said = {"kind": "recommendation", "number": "16", "text": "Check every contractor."} | fields
    return writing.add(
        Recommendation(
            organisation=writing.key,
            report_id=report.id,
            text_key=text_key(said["text"]),
            imported_at=writing.now,
            updated_at=writing.now,
            **said,
        )
    )
