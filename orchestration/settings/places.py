"""Where the program is, and where it looks for homes and settings that nothing names."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder of packages, dbt project and questions: a checkout, or that of an installed wheel (ADR 0057)."""

IS_CHECKOUT = (CHECKOUT / "Makefile").is_file()


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the field and says what to do."""


def own_folder() -> Path:
    """Where data homes and the settings file are that nothing names: the checkout, or the current folder."""
    if IS_CHECKOUT:
        return CHECKOUT
    try:
        return Path.cwd()
    except OSError:
        raise SettingsError("The folder you are in was removed. Go to another one.") from None


def config_path() -> Path:
    """The settings file: `SESSIONMART_CONFIG`, else `sessionmart.toml` in the checkout or current folder."""
    named = os.environ.get("SESSIONMART_CONFIG")
    return Path(named) if named else own_folder() / "sessionmart.toml"


def usual_places() -> tuple[str, ...]:
    """Where the agents of all sources leave their transcripts."""
    from orchestration.ingest.sources import SOURCES  # the parsers, which `--help` does not need

    return tuple(dict.fromkeys(place for source in SOURCES.values() for place in source.usual_places))
