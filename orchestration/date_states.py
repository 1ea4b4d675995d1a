"""Which dates of a home are dirty, and which a gate holds back: raw rows and the labels of every labeller.

The one answer for `run`, the sensors, `dates`, `doctor` and the release. Not here: what makes one kind of
table dirty (landing.landed), what a labeller's labels are made from (labellers), landing anything.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date

from orchestration.command_lines import command_line
from orchestration.ingest.parse import parse_salt
from orchestration.ingest.pseudonyms import key_exists
from orchestration.labellers import LABELLERS
from orchestration.landing.landed import (
    DatedTables,
    WantedDates,
    WantedRows,
    dirty_dates,
    held_dates,
    landed_dates,
    raw_tables,
    read_landed,
    refused_dates,
    stopped_dates,
)
from orchestration.settings import Settings
from orchestration.stages import open_archive, parse_context

ROWS = "rows"
"""What the raw tables are called beside the labels of each labeller."""

SHOWN_DATES = 5
"""Dates that a message names; `dates` lists all of them."""


@dataclass(frozen=True)
class HeldDate:
    """A date that keeps its last good state because a gate refused the newer one.

    `what` names the tables: the rows, or the labels of one labeller. `messages`: the rules, with what to do.
    """

    day: date
    what: str
    messages: tuple[str, ...]


class DatesHeldError(Exception):
    """Nothing is released while a gate holds a date back; the message names dates, rules and commands."""


def dirty_days(settings: Settings, *, skip_stopped: bool = False) -> list[date]:
    """Dates whose rows or labels are not what they should be made from: archive, parser, rules, answers.

    With `skip_stopped`, states that a gate has refused before are left out.
    """
    with _kinds(settings) as kinds:
        return sorted(
            {
                day
                for _, tables, wanted in kinds
                for day in dirty_dates(settings.lake_dir, tables, wanted, skip_stopped=skip_stopped)
            }
        )


def held_days(settings: Settings) -> list[HeldDate]:
    """Dates that a gate holds back, in order. Reads only: without archive and key every refusal counts."""
    if not any(stopped_dates(settings.lake_dir, scope=tables.scope) for _, tables in _all_tables()):
        return []
    if not settings.archive_dir.exists() or not key_exists(settings.pseudonym_key_path):
        found = [(what, refused_dates(settings.lake_dir, tables)) for what, tables in _all_tables()]
    else:
        with _kinds(settings) as kinds:
            found = [(what, held_dates(settings.lake_dir, tables, wanted)) for what, tables, wanted in kinds]
    held = [
        HeldDate(day, what, tuple(stopped.messages))
        for what, refused in found
        for day, stopped in refused.items()
    ]
    return sorted(held, key=lambda each: (each.day, each.what))


def day_states(settings: Settings, days: Sequence[date]) -> Iterator[str]:
    """A line per date and kind of table that changes with what the date would be landed from."""
    with _kinds(settings) as kinds:
        for day in days:
            for what, _, wanted in kinds:
                yield f"{day} {what} {wanted.fingerprint(day)}"


def landed_states(settings: Settings) -> Iterator[str]:
    """A line per landed date and kind of table that changes with what is landed."""
    for _, tables in _all_tables():
        for day in landed_dates(settings.lake_dir, scope=tables.scope):
            state = read_landed(settings.lake_dir, day, scope=tables.scope)
            yield f"{tables.scope} {day} {state.fingerprint if state else None}"


def refuse_held(settings: Settings) -> None:
    """Raise DatesHeldError where a gate holds a date back, be it for its rows or for its labels."""
    held = held_days(settings)
    if held:
        raise DatesHeldError(
            f"Nothing is released: {say_held(held)}.\n"
            + "\n".join(f"  {each.day} {each.what}: {message}" for each, message in _shown(held))
            + f"\n`{command_line(settings, 'dates')}` lists every date with its rules. Afterwards: "
            f"`{command_line(settings, 'run')}`. To release with the last good state of these dates, add "
            "`--skip-stopped`."
        )


def say_held(held: Sequence[HeldDate]) -> str:
    """How many dates are held back, of what, and from when to when."""
    days = sorted({each.day for each in held})
    span = f"{days[0]}" if len(days) == 1 else f"{len(days)} dates from {days[0]} to {days[-1]}"
    what = " and ".join(sorted({each.what for each in held}))
    verb = "is" if len(days) == 1 else "are"
    return f"{span} {verb} held back by a gate ({what}), and the last good state is kept"


def _shown(held: Sequence[HeldDate]) -> list[tuple[HeldDate, str]]:
    return [(each, message) for each in held[:SHOWN_DATES] for message in sorted(set(each.messages))]


def _all_tables() -> list[tuple[str, DatedTables]]:
    labels = [(labeller.title, labeller.dated_tables) for labeller in LABELLERS.values()]
    return [(ROWS, raw_tables()), *labels]


@contextmanager
def _kinds(settings: Settings) -> Iterator[list[tuple[str, DatedTables, WantedDates]]]:
    """What lands by date in this home: its name, its tables, what they should be made from."""
    with ExitStack() as opened:
        archive = opened.enter_context(open_archive(settings))
        rows = WantedRows(archive, settings.lake_dir, parse_salt(parse_context(settings)))
        kinds: list[tuple[str, DatedTables, WantedDates]] = [(ROWS, raw_tables(), rows)]
        for labeller in LABELLERS.values():
            labels = opened.enter_context(labeller.open(settings))
            if labels is not None:
                kinds.append((labeller.title, labeller.dated_tables, labels))
        yield kinds
