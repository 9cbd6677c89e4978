"""Finding recommendations and reports by what people call them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam
from sqlmodel import col, select

from db.directory_cache import ReportName
from db.store import Reading
from db.tables import Recommendation, Report
from governance.identity import force_key, title_key
from governance.words import Kind

_AMBIGUOUS = frozenset({"amber", "because", "complete", "done", "green"})
"""Words that would end a title, were they typed behind an @."""

# Built once, as the most frequent question of all.
_BY_REFERENCE = select(Recommendation).where(
    Recommendation.organisation == bindparam("organisation"),
    Recommendation.ref == bindparam("ref"),
)


def by_reference(reading: Reading, ref: str) -> Recommendation | None:
    """The recommendation with the inspectorate's reference `ref` ("24087", a leading # ignored)."""
    wanted = ref.strip().removeprefix("#")
    asked = {"organisation": reading.key, "ref": wanted}
    return reading.session.exec(_BY_REFERENCE, params=asked).first()


def by_references(reading: Reading, refs: Iterable[str]) -> dict[str, Recommendation]:
    """Several at once: {reference: recommendation}, those that are not known left out."""
    wanted = {ref.strip().removeprefix("#") for ref in refs}
    found = reading.all(reading.select(Recommendation).where(col(Recommendation.ref).in_(wanted)))
    return {row.ref: row for row in found if row.ref is not None}


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
    found = reading.all(statement.order_by(col(Recommendation.report_id), col(Recommendation.id)))
    if title is None and force is None:
        return found
    meant = {report.id for report in reports(reading, title, force)}
    return [row for row in found if row.report_id in meant]


def reports(reading: Reading, title: str | None = None, force: str | None = None) -> list[Report]:
    """Reports by words of their title and by force; a title or force given in full beats others."""
    found = reading.all(reading.select(Report).order_by(col(Report.id)))
    if force is not None:
        wanted = force_key(force)
        named = [r for r in found if r.force_key == wanted]
        found = named or [r for r in found if _has_words(r.force_key, wanted)]
    if title is not None:
        full = title_key(title)
        named = [r for r in found if r.title_key == full]
        found = named or [r for r in found if _has_words(r.title_key, title)]
    return found


def _has_words(key: str, words: str) -> bool:
    """Whether each of `words` begins a word of `key`."""
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
    """What tells a report from others: "of Cumbria", or "@ arrangements of Staffordshire".

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
    said = max(own, key=len) if own else f'"{report.title}"'
    return f"@ {said} of {report.force}"
