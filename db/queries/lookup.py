"""Look-up of recommendations and reports by what people call them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col, func, select

from db.directory_cache import ReportName
from db.store import Reading
from db.tables import Recommendation, Report, Table
from governance.identity import force_key, title_key
from governance.words import Kind

_AMBIGUOUS = frozenset({"amber", "because", "complete", "done", "green"})
"""Words that would end a title, were they typed behind an @."""

_C, _U = (Table.metadata.tables[name].c for name in ("recommendation", "update"))
# Built once, of columns instead of rows, since they belong to the most frequent answers.
_SAME_NUMBERS = select_columns(_C.kind, _C.number, _C.report_id).where(
    _C.organisation == bindparam("organisation"),
    _C.number.in_(bindparam("numbers", expanding=True)),
)
_LATEST_UPDATE = (
    select_columns(_U.by, _U.at, _U.progress, _U.text, _U.evidence, _U.next_step, _U.next_by)
    .where(
        _U.organisation == bindparam("organisation"),
        _U.recommendation_id == bindparam("recommendation"),
        _U.undone.is_(False),
    )
    .order_by(_U.at.desc(), _U.id.desc())
    .limit(1)
)
_BY_REFERENCE = select(Recommendation).where(
    Recommendation.organisation == bindparam("organisation"),
    Recommendation.ref == bindparam("ref"),
)


class UpdateWords(NamedTuple):
    """An update as it is shown."""

    by: str
    at: datetime
    progress: str
    text: str
    evidence: str | None
    next_step: str | None
    next_by: date | None


def by_reference(reading: Reading, ref: str) -> Recommendation | None:
    """The recommendation with the inspectorate's reference `ref` ("24087", a leading # ignored)."""
    values = {"organisation": reading.key, "ref": ref.strip().removeprefix("#")}
    return reading.session.exec(_BY_REFERENCE, params=values).first()


def by_references(reading: Reading, refs: Iterable[str]) -> dict[str, Recommendation]:
    """Several at once: {reference: recommendation}, those that are not known left out."""
    wanted = {ref.strip().removeprefix("#") for ref in refs}
    rows = reading.all_in(reading.select(Recommendation), Recommendation.ref, wanted)
    return {row.ref: row for row in rows if row.ref is not None}


def by_ids(reading: Reading, ids: Iterable[int]) -> dict[int, Recommendation]:
    """The recommendations with these ids, by id."""
    rows = reading.all_in(reading.select(Recommendation), Recommendation.id, sorted(set(ids)))
    return {row.id: row for row in rows if row.id is not None}


def all_recommendations(reading: Reading) -> list[Recommendation]:
    """Every recommendation, in the order in which they came."""
    return reading.all(reading.select(Recommendation).order_by(col(Recommendation.id)))


def all_reports(reading: Reading) -> dict[int, Report]:
    """Every report, by id."""
    return {row.id: row for row in reading.all(reading.select(Report)) if row.id is not None}


def by_numbers(reading: Reading, numbers: Collection[str]) -> list[Recommendation]:
    """Those with one of `numbers` (in small letters) within their report, in the order of reports;
    without numbers all of them."""
    statement = reading.select(Recommendation)
    if numbers:
        statement = statement.where(func.lower(Recommendation.number).in_(numbers))
    return reading.all(statement.order_by(col(Recommendation.report_id), col(Recommendation.id)))


def first_due(reading: Reading) -> str | None:
    """The reference of the recommendation with the earliest deadline."""
    statement = (
        select(Recommendation.ref)
        .where(Recommendation.organisation == reading.key, col(Recommendation.ref).is_not(None))
        .order_by(col(Recommendation.deadline).is_(None), col(Recommendation.deadline))
        .limit(1)
    )
    return reading.session.exec(statement).first()


def latest_update(reading: Reading, recommendation: int | None) -> UpdateWords | None:
    """The latest update of a recommendation that was not undone."""
    values = {"organisation": reading.key, "recommendation": recommendation}
    row = reading.session.connection().execute(_LATEST_UPDATE, values).first()
    return UpdateWords(*row) if row else None


def report_ids(reading: Reading, numbers: Collection[str]) -> dict[tuple[str, str], list[int]]:
    """The reports that have an item of a kind and number, by (kind, number), for each number."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    values = {"organisation": reading.key, "numbers": numbers}
    for kind, number, report in reading.session.connection().execute(_SAME_NUMBERS, values):
        found[kind, number].append(report)
    return found


def by_number(
    reading: Reading,
    number: str,
    kind: Kind | None = None,
    title: str | None = None,
    force: str | None = None,
) -> list[Recommendation]:
    """Those with `number` within their report, as in `AFI 1 @ arrangements of Staffordshire`.

    `title`: words of the report's title, `force`: words of the force's name, each from its
    beginning and in any order. In the order of reports, then kind.
    """
    statement = reading.select(Recommendation).where(Recommendation.number == number.strip())
    if kind is not None:
        statement = statement.where(Recommendation.kind == kind.value)
    rows = reading.all(statement.order_by(col(Recommendation.report_id), col(Recommendation.id)))
    if title is None and force is None:
        return rows
    report_ids = {report.id for report in reports(reading, title, force)}
    return [row for row in rows if row.report_id in report_ids]


def reports(reading: Reading, title: str | None = None, force: str | None = None) -> list[Report]:
    """Reports by words of their title and by force; a title or force given in full beats others."""
    rows = reading.all(reading.select(Report).order_by(col(Report.id)))
    if force is not None:
        wanted = force_key(force)
        named = [r for r in rows if r.force_key == wanted]
        rows = named or [r for r in rows if _has_words(r.force_key, wanted)]
    if title is not None:
        full = title_key(title)
        named = [r for r in rows if r.title_key == full]
        rows = named or [r for r in rows if _has_words(r.title_key, title)]
    return rows


def _has_words(key: str, words: str) -> bool:
    """True where each of `words` begins a word of `key`."""
    return all(f" {word}" in f" {key}" for word in title_key(words).split())


def references(reading: Reading) -> list[str]:
    """Every reference the organisation knows, for near misses."""
    statement = (
        select(Recommendation.ref)
        .where(Recommendation.organisation == reading.key, col(Recommendation.ref).is_not(None))
        .order_by(col(Recommendation.ref))
    )
    return [ref for ref in reading.session.exec(statement) if ref is not None]


def placed(report: Report | ReportName, among: Iterable[Report | ReportName]) -> str:
    """The words that tell a report from others: "of Cumbria", or "@ arrangements of Staffordshire".

    The word is the longest that no other title of the force has; a title whose words all stand
    in others is given whole.
    """
    rivals = {
        other.id: set(title_key(other.title).split())
        for other in among
        if other.force_key == report.force_key and other.id != report.id
    }
    if not rivals:
        return f"of {report.force}"
    taken = set().union(*rivals.values()) | _AMBIGUOUS
    own = [w for w in title_key(report.title).split() if w not in taken and len(w) > 3]
    words = max(own, key=len) if own else f'"{report.title}"'
    return f"@ {words} of {report.force}"
