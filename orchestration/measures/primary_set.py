"""The declared tests as a dated set: which there are, since when, and the hash that a release carries.

Belongs here: the hash of the declared tests and the log of their declarations. Not here: the tests
themselves (catalog), their estimates and corrected p-values (orchestration.estimates). A set is declared
before its results are looked at: changing a test needs a new line in the log, and a test fails without it.
"""

import json
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml
from pydantic import Field

from orchestration.measures.measure import Entry, Text
from orchestration.measures.registry import primary_metrics

LOG = Path(__file__).with_name("primary_sets.yml")


class Declaration(Entry):
    """One declared set: the day on which it was declared, the hash of its tests, and why it is another."""

    declared_on: date
    hash: Text = Field(pattern=r"^[0-9a-f]{16}$")
    why: Text


class PrimarySetError(Exception):
    """The declared tests are in no line of the log; the message holds the line to add."""


def hash_of_tests() -> str:
    """Hash of the declared tests' keys, whatever order the catalogue names them in."""
    keys = sorted(json.dumps(test.model_dump(), sort_keys=True) for test in primary_metrics())
    return sha256("\n".join(keys).encode()).hexdigest()[:16]


@cache
def declared_sets(path: Path = LOG) -> tuple[Declaration, ...]:
    """Every set that was ever declared, the newest last."""
    return tuple(
        Declaration.model_validate(line) for line in yaml.safe_load(path.read_text(encoding="utf-8"))
    )


def current_set() -> Declaration:
    """The declaration of the present tests. Raises PrimarySetError where the newest is of other tests."""
    newest, own = declared_sets()[-1], hash_of_tests()
    if newest.hash != own:
        raise PrimarySetError(
            f"The declared tests have the hash {own}, and the newest declaration in {LOG.name} has "
            f"{newest.hash}. Declare the present set: add a line with today's date, this hash, and why."
        )
    return newest
