"""Dates about which nothing is left to ask, so that no run reads their sessions for that again.

One small file in the lake: a date, and a fingerprint of what it was found by: its landed rows, the
questions and the settings that choose units. A ledger that has fewer requests than it had (an older copy was
put back) makes every date be read anew.
"""

import json
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

from classifiers.asking.questionnaire import Questionnaire
from orchestration.landing.journal import write_json
from orchestration.landing.landed import read_landed
from orchestration.settings import Settings

ASKED_OUT_FILE = "asked_out.json"


class AskedOut:
    """The dates that have nothing to ask any more, by these questions."""

    def __init__(self, settings: Settings, choices: str, ledger_row: int, known: dict[str, str]) -> None:
        self._settings = settings
        self._choices = choices
        self._ledger_row = ledger_row
        self._known = known
        self._is_changed = False

    @classmethod
    def read(cls, settings: Settings, questionnaire: Questionnaire, *, ledger_row: int) -> "AskedOut":
        """What earlier runs found by the same questions; nothing where there is no file that can be read."""
        choices = _choices(questionnaire)
        try:
            kept = json.loads((settings.lake_dir / ASKED_OUT_FILE).read_text(encoding="utf-8"))
            is_the_same = kept["choices"] == choices and kept["ledger_row"] <= ledger_row
            known: dict[str, str] = dict(kept["dates"]) if is_the_same else {}
        except (OSError, ValueError, KeyError, TypeError):
            known = {}
        return cls(settings, choices, ledger_row, known)

    def holds(self, day: date) -> bool:
        """Whether nothing is left to ask about the rows that are landed of a date."""
        rows = self._rows(day)
        return rows != "" and self._known.get(day.isoformat()) == rows

    def add(self, days: Iterable[date]) -> None:
        """Keep dates about which nothing was left to ask."""
        for day in days:
            self._known[day.isoformat()] = self._rows(day)
            self._is_changed = True

    def write(self) -> None:
        """Keep what was added for later runs."""
        if self._is_changed:
            content: dict[str, Any] = {
                "choices": self._choices, "ledger_row": self._ledger_row, "dates": self._known,
            }  # fmt: skip
            write_json(self._settings.lake_dir / ASKED_OUT_FILE, content)

    def _rows(self, day: date) -> str:
        state = read_landed(self._settings.lake_dir, day)
        return "" if state is None else state.fingerprint


def _choices(questionnaire: Questionnaire) -> str:
    """Changes with whatever decides which units there are and whether a held answer is one to them."""
    parts = (
        version("sessionmart"),
        sorted((name, sorted(prints)) for name, prints in questionnaire.installed().items()),
        questionnaire.observation_fingerprint,
        questionnaire.quiet,
        questionnaire.replicate_share,
        questionnaire.study_c_share,
        questionnaire.calls,
    )
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
