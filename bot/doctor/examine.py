"""`duly doctor`: what is missing before Duly can do its work, one line each with the cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.settings import Settings, SlackSettings, TeamsSettings, missing, on_loopback
from db.queries.messages import held, set_aside
from db.store import Actor, Reading, Store
from governance.calendar import WorkingCalendar
from governance.dates import say_moment
from governance.errors import DulyError, RuleError

ACTOR = Actor("doctor", "cli")
SILENT_TICKS = 4
LEAST_SILENCE = timedelta(minutes=5)
"""A scheduler that has been silent for less may just be starting."""


@dataclass(frozen=True)
class Check:
    """One thing looked at: how it is, and where it is not well, what to do."""

    name: str
    ok: bool
    text: str
    cure: str = ""


def examine(
    store: Store, settings: Settings, slack: SlackSettings, teams: TeamsSettings
) -> list[Check]:
    """Look at everything Duly needs. Changes nothing, and sends nobody a message."""
    from bot.doctor.observability import check_clock, check_watch

    lacking = missing(slack, teams)
    platform = _platform(slack, teams, lacking)
    broken = _store(store)
    checks = [platform, broken, *check_watch(settings)]
    if not broken.ok:
        return checks
    with store.read() as reading:
        checks += [
            *check_clock(reading),
            *_kind(reading, slack, teams),
            _last_tick(reading, settings.tick_seconds),
            *_set_aside(reading),
            *_held(reading),
            _organisation(reading, settings.organisation),
            _holidays(reading),
        ]
        if lacking is None and slack.bot_token is not None:
            from bot.doctor.slack import check_slack

            checks += check_slack(reading, slack)
        if lacking is None and slack.several:
            from bot.doctor.slack_installed import check_installed

            checks += check_installed(reading, settings, slack)
        if lacking is None and teams.given:
            from bot.doctor.teams import check_teams

            checks += check_teams(reading, teams)
    return checks


def _platform(slack: SlackSettings, teams: TeamsSettings, lacking: str | None) -> Check:
    if lacking is not None:
        said, _, cure = lacking.partition(": ")
        return Check("platform", False, f"{said}.", f"{cure[:1].upper()}{cure[1:]}")
    told = []
    if slack.given:
        where = f", at {slack.api_url}" if on_loopback(slack.api_url) else ""
        told.append(f"Slack by {' and '.join(slack.transports)}{where}")
    if teams.given:
        told.append("Teams on this machine" if teams.development else "Teams")
    return Check("platform", True, f"{' and '.join(told)}.")


def _store(store: Store) -> Check:
    """Whether the store can be read, and written to: the write lock is taken and given back."""
    try:
        store.prepare()
        with store.write(ACTOR):
            pass
    except DulyError as error:
        cure = "Then ask again: duly doctor."
        return Check("store", False, error.sentence, cure)
    return Check("store", True, f"{store.url.render_as_string()} can be written.")


def _kind(reading: Reading, slack: SlackSettings, teams: TeamsSettings) -> Iterator[Check]:
    """What the store may not be where real people listen."""
    kind = reading.mark("kind")
    if kind is None:
        return
    in_slack = slack.given and slack.missing() is None and not on_loopback(slack.api_url)
    in_teams = teams.given and teams.missing() is None and not teams.development
    if in_slack or in_teams:
        yield Check(
            "store's kind",
            False,
            f"This is a {kind} store, which no platform beyond this machine may hear from.",
            "Import the records into a new store, named by --db or DULY_DATABASE_URL.",
        )
    else:
        yield Check("store's kind", True, f"This is a {kind} store, good on this machine only.")


def _last_tick(reading: Reading, every: float) -> Check:
    """Whether the scheduler is alive, by the last tick in the store."""
    said = reading.mark("last_tick")
    if said is None:
        return Check("last tick", True, "The scheduler has not ticked yet; duly run begins it.")
    last = datetime.fromisoformat(said)
    told = f"The scheduler last ticked at {say_moment(last, reading.directory.zone)}"
    if reading.mark("kind") is not None:
        return Check("last tick", True, f"{told}, by its pretended clock.")
    if last > reading.now:
        return Check(
            "last tick",
            False,
            f"{told}, which is still to come: until then nothing is planned.",
            "Set this machine's clock, or import the records into a new store.",
        )
    silent = reading.now - last > max(timedelta(seconds=every * SILENT_TICKS), LEAST_SILENCE)
    if silent:
        return Check("last tick", False, f"{told}; nothing is sent.", "Start duly run.")
    return Check("last tick", True, f"{told}.")


def _set_aside(reading: Reading) -> Iterator[Check]:
    """Subjects whose reminders could not be planned."""
    for subject in set_aside(reading):
        yield Check(
            "reminders",
            False,
            f"The reminders of {subject} could not be planned, and are set aside.",
            "The log of duly run says why; any change to it has it tried again.",
        )


def _held(reading: Reading) -> Iterator[Check]:
    """Messages that wait for somebody to be reachable, counted by the reason."""
    reasons = Counter(message.reason or "no platform" for message in held(reading))
    for reason, count in reasons.items():
        noun = "message waits" if count == 1 else "messages wait"
        cure = "It goes out" if count == 1 else "They go out"
        yield Check(
            "messages",
            False,
            f"{count} {noun}: {reason}.",
            f"{cure} at the next tick once that is put right.",
        )


def _organisation(reading: Reading, path: Path | None) -> Check:
    """Whether there is an organisation, and whether its file could be applied again."""
    if path is not None:
        from documents.organisation import read_organisation

        try:
            read_organisation(path.read_text(encoding="utf-8-sig"), str(path))
        except OSError as error:
            told = f"DULY_ORGANISATION is {path}, which cannot be read: {error.strerror}."
            return Check("organisation", False, told, "Name the file that is meant.")
        except UnicodeDecodeError:
            told = f"DULY_ORGANISATION is {path}, which is not a text file in UTF-8."
            return Check("organisation", False, told, "Save it as UTF-8.")
        except DulyError as error:
            told = " ".join(error.sentence.split())
            return Check(
                "organisation", False, told, "Put the file right; the last good one holds."
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
    told = (
        f"{directory.force_name}, boards: {len(directory.boards)}, posts: {len(directory.posts)}."
    )
    return Check("organisation", True, told)


def _holidays(reading: Reading) -> Check:
    """Whether the bank holidays of this year and the next are known."""
    nation = reading.directory.nation
    calendar = WorkingCalendar(nation)
    years = (reading.today.year, reading.today.year + 1)
    try:
        for year in years:
            calendar.holiday(reading.today.replace(year=year, month=1, day=1))
    except RuleError as error:
        return Check("bank holidays", False, error.sentence, "Install a newer `holidays` package.")
    told = f"Those of {nation} are known for {years[0]} and {years[1]}."
    return Check("bank holidays", True, told)
