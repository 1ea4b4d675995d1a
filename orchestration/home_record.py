"""`home.toml`: what a data home remembers of itself, so that no later run takes it for something else.

Belongs here: the file, which settings it keeps, and where they differ from what a caller asks for. Not
here: the folder (home_folder), what happens on a difference (home).
"""

import json
import os
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.home_folder import HomeError
from orchestration.settings import Settings

HOME_FILE = "home.toml"
FORMAT = 1

_COMMENT = (
    "What this data home is; written by the first run that archived a session, read by every later one.\n"
    "Change it with the command `settings` and its option `--set`."
)


class HomeRecord(BaseModel):
    """The settings of a home that every run of it shares."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    mode: Literal["team", "personal"]
    transcripts: tuple[str, ...]
    time_zone: str
    start_date: date
    min_users: int
    min_sessions: int


REMEMBERED = tuple(HomeRecord.model_fields)
"""Names of the settings that a home keeps, in the order of the file."""

_OF_RELEASES = ("mode", "time_zone", "min_users", "min_sessions")


def read_record(home: Path) -> HomeRecord | None:
    """What the home remembers; None before its first transcripts. Raises HomeError with the way out."""
    path = home / HOME_FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise HomeError(f"{path} cannot be read ({type(error).__name__}). {_RESTORE}") from error
    if values.pop("format", None) != FORMAT:
        raise HomeError(
            f"{path} was written by another version of sessionmart ({values.get('written_by', 'unknown')}). "
            "Upgrade this checkout."
        )
    values.pop("written_by", None)
    try:
        return HomeRecord(**values)
    except ValidationError as error:
        fields = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors()}))
        raise HomeError(f"{path} has wrong values ({fields}). {_RESTORE}") from None


_RESTORE = (
    "Restore it from its backup; or remove it, and say mode and transcripts to the next run, which writes it."
)


def write_record(home: Path, record: HomeRecord) -> None:
    """Write `home.toml` whole or not at all."""
    import tomlkit

    document = tomlkit.document()
    for line in _COMMENT.splitlines():
        document.add(tomlkit.comment(line))
    values = {"format": FORMAT, "written_by": version("sessionmart"), **record.model_dump()}
    for name, value in values.items():
        document.add(name, tomlkit.item(list(value) if isinstance(value, tuple) else value))
    path = home / HOME_FILE
    partial = path.with_name(f"{HOME_FILE}.{os.getpid()}.partial")
    try:
        partial.write_text(tomlkit.dumps(document), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise HomeError(f"{path} cannot be written: {(error.strerror or '').lower()}.") from error


def record_of(settings: Settings) -> HomeRecord:
    """What a home with these settings would remember; transcripts are told independently of the folder."""
    values = {name: getattr(settings, name) for name in REMEMBERED}
    return HomeRecord(**{**values, "transcripts": tuple(map(plain_pattern, settings.transcripts))})


def remember(settings: Settings) -> None:
    """Write down what the home is, unless it is written down."""
    if not (settings.home / HOME_FILE).exists():
        write_record(settings.home, record_of(settings))


def inherited(home: Path) -> dict[str, object]:
    """What a home without `home.toml` is known to be: its current release says in which mode it was made.

    Homes of 0.1.0 have no `home.toml`; a personal one must not become a team's by a plain run.
    """
    manifest = home / "published" / "current" / "manifest.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        made_with = json.loads(manifest.read_text(encoding="utf-8"))["settings"]
        return {name: made_with[name] for name in _OF_RELEASES}
    return {}


def differing(settings: Settings, record: HomeRecord) -> list[str]:
    """Names of settings that were given and say something else than the home."""
    given = [name for name in REMEMBERED if name in settings.model_fields_set]
    return [name for name in given if not is_same(name, getattr(settings, name), getattr(record, name))]


def is_same(name: str, one: object, other: object) -> bool:
    """Whether two values mean the same; transcripts do where they lead to the same places."""
    if name == "transcripts" and isinstance(one, tuple) and isinstance(other, tuple):
        return _places(one) == _places(other)
    return one == other


def plain_pattern(pattern: str) -> str:
    """A folder or glob as it means the same from every working directory."""
    with suppress(RuntimeError):
        return os.path.normpath(Path(pattern).expanduser().absolute())
    return pattern


def shown(value: object) -> str:
    """A value of a setting as it is typed."""
    return os.pathsep.join(map(str, value)) if isinstance(value, tuple) else str(value)


def _places(patterns: Iterable[str]) -> frozenset[str]:
    return frozenset(os.path.realpath(plain_pattern(pattern)) for pattern in patterns)
