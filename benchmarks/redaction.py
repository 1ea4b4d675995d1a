"""How fast redaction is: `python -m benchmarks.redaction`, on SESSIONMART_CORPUS or on generated text.

Prints ratios, which hold between machines better than seconds do: redaction of the stored text over
`orjson.loads` of the lines it stands in, and over detect-secrets on a sample. Also whether time grows in
proportion to length on texts made to be slow. Reads transcripts, prints numbers only.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import given_corpus
from benchmarks.parsing import time_lines
from benchmarks.stopwatch import median_of
from benchmarks.unredacted import listening
from orchestration.ingest.redaction.redact import Redactor

if TYPE_CHECKING:
    from orchestration.settings import Settings

StoredText = tuple[frozenset[str], str]
"""Names that are to be hidden beside the usual ones, and a text that would be stored."""

SAMPLE_BYTES = 500_000
HOSTILE = (
    "a",
    "x@",
    "token: ",
    'secret="',
    "-----BEGIN ",
    "://a:",
    "password=",
    "eyJ.",
    "/Users/",
    "AKIA",
    "aws_key ",
)


def stored_texts(settings: "Settings") -> list[StoredText]:
    """The texts that parsing the archive hands to redaction, in order: cut as they are when stored."""
    from orchestration.ingest.parse import open_parser
    from orchestration.stages import open_archive, parse_context

    context = parse_context(settings)
    with (
        listening() as heard,
        open_archive(settings) as archive,
        open_parser(settings.archive_dir, context=context, workers=1) as parser,
    ):
        for day in archive.dates():
            for _ in parser.parse_day(archive.day(day)):
                pass
    return heard


def redact_all(texts: Sequence[StoredText]) -> Counter[str]:
    """Redact every text, and count what was replaced by kind."""
    redactors: dict[frozenset[str], Redactor] = {}
    counts: Counter[str] = Counter()
    for names, text in texts:
        if names not in redactors:
            redactors[names] = Redactor(home_names=sorted(names))
        redactors[names].redact(text, counts)
    return counts


def measure(work: Callable[[], object], *, repeats: int = 3) -> float:
    """Least processor seconds of several runs: the machine may have other work."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def detect_secrets_speed(texts: list[str]) -> float:
    """Bytes per second of detect-secrets' plugins, entropy ones left out, line by line."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes: dict[str, Any] = get_mapping_from_secret_type_to_class()
    plugins = [plugin() for name, plugin in classes.items() if "Entropy" not in name]
    sample, size = [], 0
    for text in texts[:: max(1, len(texts) // 200)]:
        if size < SAMPLE_BYTES:
            sample.append(text)
            size += len(text.encode())

    def scan() -> None:
        for text in sample:
            for line in text.splitlines():
                for plugin in plugins:
                    for _ in plugin.analyze_string(line):
                        pass

    return size / measure(scan, repeats=1)


def hostile_growth(redactor: Redactor) -> tuple[float, str]:
    """The worst ratio of times, 400 kB over 100 kB of the same fragment: 4 is proportional."""
    worst = (0.0, "")
    for fragment in HOSTILE:
        short, long = (fragment * (size // len(fragment)) for size in (100_000, 400_000))
        few = measure(lambda short=short: redactor.redact(short, Counter()))  # type: ignore[misc]
        many = measure(lambda long=long: redactor.redact(long, Counter()))  # type: ignore[misc]
        worst = max(worst, (many / max(few, 1e-3), fragment))
    return worst


def main() -> None:
    from orchestration.settings import load_settings
    from orchestration.stages import archive_transcripts, discover

    with tempfile.TemporaryDirectory(prefix="sessionmart-bench-") as folder:
        corpus = given_corpus(Path(folder), today=datetime.now(UTC).date())
        settings = load_settings(home=Path(folder) / "home", transcripts=corpus.pattern)
        archive_transcripts(settings, discover(settings), now=datetime.now(UTC))
        texts = stored_texts(settings)
        unit = median_of([time_lines(corpus) for _ in range(3)]).cpu
        described = corpus.describe()
    size = sum(len(text.encode()) for _, text in texts)
    redaction = measure(lambda: redact_all(texts))
    slow = detect_secrets_speed([text for _, text in texts])
    growth, fragment = hostile_growth(Redactor())
    print(f"corpus: {described}; {len(texts)} stored texts, {size / 1e6:.1f} MB")
    print(f"redacted: {dict(sorted(redact_all(texts).items()))}")
    print(f"redaction: {size / redaction / 1e6:.0f} MB/s of stored text")
    print(f"redaction takes {redaction / unit:.2f} x orjson.loads of the lines")
    print(f"redaction is {size / redaction / slow:.0f} x as fast as detect-secrets")
    print(f"detect-secrets without entropy: {slow / 1e6:.1f} MB/s")
    print(f"hostile text: 4 x the length takes at worst {growth:.1f} x the time ({fragment!r})")


if __name__ == "__main__":
    main()
