"""What the built warehouse was made from, and which models were built alone since.

Belongs here: the record beside the built file. Not here: building (warehouse), releasing (release). A model
that is built alone is for looking at: what rests on it is of another build, so no release follows.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestration.landing.journal import write_json

SHOWN_NAMES = 5
"""Names in the message; a person may have built a hundred."""


class BuiltAloneError(Exception):
    """Models are built apart from the others; the message says what to do."""


def note_built(warehouse: Path, *, made_from: str) -> None:
    """Remember what all facts are being built from."""
    write_json(_path(warehouse), {"made_from": made_from, "alone": []})


def note_built_alone(warehouse: Path, names: Sequence[str]) -> None:
    """Remember models that are built apart from the others. Raises BuiltAloneError where nothing is built."""
    if not warehouse.exists():
        raise BuiltAloneError(
            f"{len(names)} model(s) cannot be built alone, because no warehouse is built yet. Start the job "
            "`publish_landed`, which builds all of them."
        )
    # Without a record, an earlier version of sessionmart has built it.
    record = _record(warehouse) or {"made_from": "", "alone": []}
    write_json(_path(warehouse), {**record, "alone": sorted({*record["alone"], *names})})


def built_from(warehouse: Path) -> str | None:
    """What the facts were made from; None where it is not known. Raises BuiltAloneError."""
    record = _record(warehouse)
    if record is None:
        return None
    alone = record["alone"]
    if alone:
        raise BuiltAloneError(
            f"Nothing is released: {len(alone)} model(s) were built alone ({', '.join(alone[:SHOWN_NAMES])}"
            f"{', …' if len(alone) > SHOWN_NAMES else ''}), and what rests on them was not. Start the job "
            "`publish_landed`, which builds all of them and releases."
        )
    return str(record["made_from"])


def _record(warehouse: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(_path(warehouse).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record


def _path(warehouse: Path) -> Path:
    return warehouse.with_name("built_from.json")
