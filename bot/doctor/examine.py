"""Checks of `duly doctor`: the platforms, the store, its ledger and its organisation."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.doctor.check import Check, failed
from bot.doctor.observability import check_clock, check_observability
from bot.logs import DEFAULT_FILE
from bot.platforms import check_platforms, missing
from bot.settings import ENV_FILE, PlatformSettings, Settings
from db.backup import SIDECARS
from db.ledger import messages, schedules
from db.private_file import open_to_others
from db.store import Actor, Reading, Store
from documents.organisation import read_organisation
from governance.calendar import WorkingCalendar
from governance.dates import say_moment
from governance.errors import DulyError, RuleError

ACTOR = Actor("doctor", "cli")
SILENT_TICKS = 4
LEAST_SILENCE = timedelta(minutes=5)
"""A scheduler that has been silent for less may just be starting."""


def examine(store: Store, settings: Settings, platforms: Sequence[PlatformSettings]) -> list[Check]:
    """Run every check. Changes nothing, and sends nobody a message."""
    lacking = missing(platforms)
    writable = _store(store)
    checks = [_platforms(platforms, lacking), writable, *check_observability(settings)]
    if not writable.ok:
        return checks
    checks += _files(store, settings)
    with store.read() as reading:
        checks += [
            *check_clock(reading),
            *_kind(reading, platforms),
            _last_tick(reading, settings.tick_seconds),
            *_set_aside(reading),
            *_held(reading),
            _organisation(reading, settings.organisation),
            _holidays(reading),
        ]
        if lacking is None:
            checks += check_platforms(reading, settings, platforms)
    return checks


def _platforms(platforms: Sequence[PlatformSettings], lacking: str | None) -> Check:
    if lacking is not None:
        return failed("platform", lacking)
    return Check("platform", True, f"{' and '.join(own.summary for own in platforms)}.")


def _store(store: Store) -> Check:
    """A read, and a write transaction that changes nothing."""
    try:
        store.prepare()
        with store.write(ACTOR):
            pass
    except DulyError as error:
        return Check("store", False, error.sentence, "Then ask again: duly doctor.")
    return Check("store", True, f"{store.address} can be written.")


def _files(store: Store, settings: Settings) -> Iterator[Check]:
    """Files of this Duly that everybody on the machine may read or change: the store with what
    SQLite keeps beside it, the log, and the settings with their passwords."""
    place = store.file
    beside = [place.with_name(place.name + end) for end in ("", *SIDECARS)] if place else []
    files = [*beside, settings.log or DEFAULT_FILE, Path(ENV_FILE)]
    open_files = [str(path) for path in files if open_to_others(path)]
    if open_files:
        yield Check(
            "files",
            False,
            f"Everybody on this machine may read or change {', '.join(open_files)}.",
            f"Take that away: chmod 600 {shlex.join(open_files)}",
        )


def _kind(reading: Reading, platforms: Sequence[PlatformSettings]) -> Iterator[Check]:
    """The kind of a store that real people must not hear from, if it is one."""
    kind = reading.mark("kind")
    if kind is None:
        return
    if any(own.missing() is None and not own.local for own in platforms):
        yield Check(
            "store's kind",
            False,
            f"This is a {kind} store, which no platform beyond this machine may hear from.",
            "Import the records into a new store, named by --db or DULY_DATABASE_URL.",
        )
    else:
        yield Check("store's kind", True, f"This is a {kind} store, good on this machine only.")


def _last_tick(reading: Reading, every: float) -> Check:
    """The age of the last tick, which says whether the scheduler is alive."""
    mark = reading.mark("last_tick")
    if mark is None:
        return Check("last tick", True, "The scheduler has not ticked yet; duly run begins it.")
    last = datetime.fromisoformat(mark)
    text = f"The scheduler last ticked at {say_moment(last, reading.directory.zone)}"
    if reading.mark("kind") is not None:
        return Check("last tick", True, f"{text}, by its pretended clock.")
    if last > reading.now:
        return Check(
            "last tick",
            False,
            f"{text}, which is still to come: until then nothing is planned.",
            "Set this machine's clock, or import the records into a new store.",
        )
    silent = reading.now - last > max(timedelta(seconds=every * SILENT_TICKS), LEAST_SILENCE)
    if silent:
        return Check("last tick", False, f"{text}; nothing is sent.", "Start duly run.")
    return Check("last tick", True, f"{text}.")


def _set_aside(reading: Reading) -> Iterator[Check]:
    for subject in schedules.set_aside(reading):
        yield Check(
            "reminders",
            False,
            f"The reminders of {subject} could not be planned, and are set aside.",
            "The log of duly run says why; any change to it has it tried again.",
        )


def _held(reading: Reading) -> Iterator[Check]:
    """Messages that wait for somebody to be reachable, counted by the reason."""
    reasons = Counter(row.reason for row in messages.held(reading))
    for reason, count in reasons.items():
        noun = "message waits" if count == 1 else "messages wait"
        subject = "It goes out" if count == 1 else "They go out"
        yield Check(
            "messages",
            False,
            f"{count} {noun}: {reason or 'no platform'}.",
            f"{subject} at the next tick once that is put right.",
        )


def _organisation(reading: Reading, path: Path | None) -> Check:
    """The organisation in the store, and its file as it could be applied again."""
    if path is not None:
        try:
            read_organisation(path.read_text(encoding="utf-8-sig"), str(path))
        except OSError as error:
            text = f"DULY_ORGANISATION is {path}, which cannot be read: {error.strerror}."
            return Check("organisation", False, text, "Name the file that is meant.")
        except UnicodeDecodeError:
            text = f"DULY_ORGANISATION is {path}, which is not a text file in UTF-8."
            return Check("organisation", False, text, "Save it as UTF-8.")
        except DulyError as error:
            text = " ".join(error.sentence.split())
            return Check(
                "organisation", False, text, "Put the file right; the last good one holds."
            )
    if reading.organisation.applied_at is None:
        if path is not None:
            return Check("organisation", True, f"{path} is good, and duly run will apply it.")
        return Check(
            "organisation",
            False,
            "No organisation file has been applied, so nobody can be reached.",
            "Write one with duly init, then duly apply it, or name it in DULY_ORGANISATION.",
        )
    directory = reading.directory
    text = (
        f"{directory.force_name}, boards: {len(directory.boards)}, posts: {len(directory.posts)}."
    )
    return Check("organisation", True, text)


def _holidays(reading: Reading) -> Check:
    """Bank holidays of this year and the next."""
    nation = reading.directory.nation
    calendar = WorkingCalendar(nation)
    years = (reading.today.year, reading.today.year + 1)
    try:
        for year in years:
            calendar.holiday(reading.today.replace(year=year, month=1, day=1))
    except RuleError as error:
        return Check("bank holidays", False, error.sentence, "Install a newer `holidays` package.")
    text = f"Those of {nation} are known for {years[0]} and {years[1]}."
    return Check("bank holidays", True, text)
