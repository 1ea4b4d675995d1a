"""What redaction removes from a corpus: counts per kind, and a random sample to be read by a person.

`python -m benchmarks.redaction_sample --seed 3 --size 200 --into FILE`, on SESSIONMART_CORPUS. FILE gets
the sampled removals with the text around them: transcript text and perhaps secrets, so it is written for
the owner only and never into the checkout. The terminal gets numbers only.
"""

import argparse
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benchmarks.corpora import given_corpus
from benchmarks.redaction import StoredText, stored_texts
from orchestration.ingest.redaction.redact import Redactor
from orchestration.settings import CHECKOUT, load_settings
from orchestration.stages import archive_transcripts, discover

PLACEHOLDER = re.compile(r"\[redacted:([a-z_]+)\]|\[user\]")
AROUND = 100
"""Characters shown on each side of a removal."""
ANCHOR = 24
"""Characters behind a placeholder by which its end is found in the original."""


@dataclass(frozen=True)
class Removal:
    """One removed place: its kind, what was removed, and what stands around it."""

    kind: str
    removed: str
    before: str
    after: str


def removals_of(text: str, redacted: str) -> Iterator[Removal]:
    """The removed places in order, found by aligning what stayed between the placeholders."""
    at = last = 0
    places = list(PLACEHOLDER.finditer(redacted))
    for number, place in enumerate(places):
        at += place.start() - last
        last = place.end()
        if text.startswith(place.group(), at):  # it stood in the original
            at += len(place.group())
            continue
        behind = redacted[last : places[number + 1].start() if number + 1 < len(places) else len(redacted)]
        end = text.find(behind[:ANCHOR], at + 1) if behind else len(text)
        end = len(text) if end < 0 else end
        yield Removal(
            place.group(1) or "home_folder",
            text[at:end],
            text[max(0, at - AROUND) : at],
            text[end : end + AROUND],
        )
        at = end


def all_removals(texts: Sequence[StoredText]) -> list[Removal]:
    """Every removal of a corpus, in the order of its texts."""
    redactors: dict[frozenset[str], Redactor] = {}
    found: list[Removal] = []
    for names, text in texts:
        if names not in redactors:
            redactors[names] = Redactor(home_names=sorted(names))
        redacted = redactors[names].redact(text, Counter())
        if redacted != text:
            found.extend(removals_of(text, redacted))
    return found


def described(number: int, removal: Removal) -> str:
    """One sampled removal as a reader sees it."""
    return f"=== {number} {removal.kind}\n{removal.before!r}\n  >>> {removal.removed!r}\n{removal.after!r}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--kind", help="draw from this kind only")
    parser.add_argument("--no-home-folders", action="store_true", help="draw from the other kinds only")
    parser.add_argument("--into", type=Path, required=True, help="file for the sample, outside the checkout")
    options = parser.parse_args()
    if CHECKOUT in options.into.absolute().parents:
        parser.error("--into: the sample holds transcript text; write it outside the checkout")
    with tempfile.TemporaryDirectory(prefix="sessionmart-sample-") as folder:
        corpus = given_corpus(Path(folder), today=datetime.now(UTC).date())
        settings = load_settings(home=Path(folder) / "home", transcripts=corpus.pattern)
        archive_transcripts(settings, discover(settings), now=datetime.now(UTC))
        texts = stored_texts(settings)
        print(f"corpus: {corpus.describe()}; {len(texts)} stored texts")
    found = all_removals(texts)
    for kind, count in sorted(Counter(removal.kind for removal in found).items()):
        distinct = len({removal.removed for removal in found if removal.kind == kind})
        print(f"{kind}: {count} removals, {distinct} distinct")
    if options.kind:
        found = [removal for removal in found if removal.kind == options.kind]
    if options.no_home_folders:
        found = [removal for removal in found if removal.kind != "home_folder"]
    drawn = sorted(Random(options.seed).sample(range(len(found)), min(options.size, len(found))))  # noqa: S311
    with os.fdopen(os.open(options.into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(described(number, found[place]) for number, place in enumerate(drawn, 1))
    print(f"{len(drawn)} of {len(found)} removals drawn with seed {options.seed} into {options.into}")


if __name__ == "__main__":
    main()
