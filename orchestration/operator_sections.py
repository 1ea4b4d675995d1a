"""An operator's sections of Dagster's settings, put before ours: a database, a run launcher, other limits.

Belongs here: reading the file, merging by section, and whether Dagster takes the result. Not here: our own
sections, and where they are written (dagster_instance).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import SettingsError

STORAGES = ("run_storage", "event_log_storage", "schedule_storage")
"""Dagster's three stores; the section `storage` names one database for all of them."""


def with_sections(ours: str, operator_file: Path, *, kept: Sequence[str] = ()) -> str:
    """Our settings as YAML, with each section of the operator's file in place of ours of the same name.

    `kept`: names of sections that stay ours whatever the file says. Raises SettingsError.
    """
    theirs = {name: value for name, value in read_sections(operator_file).items() if name not in kept}
    own: dict[str, Any] = yaml.safe_load(ours)
    replaced = STORAGES if "storage" in theirs else ()
    merged = {name: value for name, value in own.items() if name not in replaced} | theirs
    return f"# Also of {operator_file}.\n" + str(yaml.safe_dump(merged, sort_keys=False, allow_unicode=True))


def read_sections(operator_file: Path) -> dict[str, Any]:
    """The sections of an operator's file; raises SettingsError, which quotes nothing of it."""
    try:
        read = yaml.safe_load(operator_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"dagster_file: {operator_file} cannot be read ({(error.strerror or '').lower()})."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise SettingsError(f"dagster_file: {operator_file} is not valid YAML.") from None
    if not isinstance(read, dict):
        raise SettingsError(
            f"dagster_file: {operator_file} has no sections. It takes those of a dagster.yaml: storage, "
            "run_launcher, concurrency and so on."
        )
    return read


def check_sections(dagster_home: Path, config: str, operator_file: Path) -> None:
    """Raise SettingsError where Dagster does not take the merged file, naming what it does not take."""
    from dagster._core.errors import DagsterInvalidConfigError
    from dagster._core.instance.config import dagster_instance_config

    try:
        dagster_instance_config(str(dagster_home), config)
    except DagsterInvalidConfigError as error:
        said = "; ".join(map(_place, error.errors)) or error.message
        raise SettingsError(f"Dagster does not take {operator_file}: {said}") from None


def _place(error: Any) -> str:
    """Which field is wrong, and how. Not Dagster's message, which quotes what was given: maybe a password."""
    inside = [entry.field_name for entry in error.stack.entries if hasattr(entry, "field_name")]
    data = error.error_data
    fields = getattr(data, "field_names", None) or [getattr(data, "field_name", "")]
    places = [".".join((*inside, *filter(None, [name]))) for name in fields]
    return f"{', '.join(places) or 'the whole'} ({error.reason.value.lower().replace('_', ' ')})"
