"""The ledger of one repository brought up to its default branch: only landings that are new are read.

Where the branch was rewritten, and no longer goes through the landing that was read last, all is read again;
so it is where the repository says something else of which files are generated or vendored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.git_history.chain import Parents, first_parents, landings, read_parents
from orchestration.git_history.ledger import Ledger
from orchestration.git_history.ledger_files import LedgerFiles
from orchestration.git_history.linguist import LinguistAttributes
from orchestration.git_history.repository import OpenRepository
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.written_lines import LineKeys
from orchestration.interrupts import stop_if_interrupted

Advance = Callable[[int, int], None]
"""Told how many landings are read and how many there are."""

ADVANCE_EVERY = 100


@dataclass(frozen=True)
class ReadLedger:
    """A ledger that is up to date, with its files. `chain`: the landings, oldest first."""

    ledger: Ledger
    files: LedgerFiles
    parents: Parents
    chain: list[bytes]
    is_rewritten: bool


def read_ledger(
    opened: OpenRepository, folder: Path, pseudonyms: Pseudonyms, *, advance: Advance
) -> ReadLedger:
    """Bring the ledger in `folder` up to the tip. Raises RepositoryError where an object is missing."""
    parents = read_parents(opened.git, opened.tip)
    chain = first_parents(parents, opened.tip.raw)
    attributes = LinguistAttributes(opened.git, opened.tip)
    key = f"{pseudonyms.path('key of the ledger')} {attributes.state}"
    files = LedgerFiles(folder, key=key)
    ledger = _empty(pseudonyms, attributes)
    is_known = files.load(ledger)
    places = {commit: place for place, commit in enumerate(chain)}
    begin = places.get(ledger.tip, -1) + 1 if is_known else 0
    is_rewritten = is_known and ledger.tip not in parents
    if begin == 0:
        ledger = _empty(pseudonyms, attributes)
        files.clear()
    new = landings(parents, chain[begin:], ledger.commits)
    for done, landing in enumerate(new, start=begin + 1):
        ledger.land(opened.git, landing)
        files.flush(ledger)
        if done % ADVANCE_EVERY == 0 or done == len(chain):
            stop_if_interrupted()
            advance(done, len(chain))
    if begin < len(chain):
        files.save(ledger)
    return ReadLedger(ledger, files, parents, chain, is_rewritten)


def _empty(pseudonyms: Pseudonyms, attributes: LinguistAttributes) -> Ledger:
    return Ledger(pseudonyms.path, LineKeys(pseudonyms), attributes.of)
