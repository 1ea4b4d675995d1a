"""How fast redaction is: `python -m benchmarks.redaction`, on SESSIONMART_CORPUS or on generated text.

Prints ratios, which hold between machines better than seconds do: redaction of the stored text over
`orjson.loads` of the lines it stands in, and over detect-secrets on a sample. Also whether time grows in
proportion to length on texts made to be slow. Reads transcripts, prints numbers only.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

from orchestration.ingest.redact import Redactor

CUT = 8192
CODE_WORDS = """
    def return self path test index value commit result error import session config key token for in if not
    class with open line file name list dict type None True assert yield raise except print format join split
"""
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


def measure(work: Callable[[], object], *, repeats: int = 3) -> float:
    """Least processor seconds of several runs: the machine may have other work."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def corpus_sessions(folder: Path) -> Iterator[tuple[list[bytes], list[str]]]:
    """Per transcript file: its lines and the texts that would be stored from them."""
    for path in sorted((folder / "claude-code").rglob("*.jsonl")):
        lines, texts = [], []
        for line in path.read_bytes().splitlines():
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            lines.append(line)
            if isinstance(record, dict) and isinstance(record.get("message"), dict):
                texts += [cut(text) for text in stored_texts(record["message"].get("content"))]
        yield lines, texts


def stored_texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            if not isinstance(block, dict):
                continue
            for key in ("text", "thinking"):
                if isinstance(block.get(key), str):
                    yield block[key]
            if block.get("type") == "tool_use":
                yield orjson.dumps(block.get("input")).decode()
            elif block.get("type") == "tool_result":
                yield from stored_texts(block.get("content"))


def cut(text: str) -> str:
    """Head and tail, as text is stored; lone surrogates are gone by then."""
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= CUT else f"{clean[: CUT // 2]}\n…\n{clean[-CUT // 2 :]}"


def generated_sessions(count: int = 40) -> Iterator[tuple[list[bytes], list[str]]]:
    """Text like that of tool results: paths, code, shas, now and then an address or a token."""
    chance = random.Random(7)  # noqa: S311  # the same text each time
    words = CODE_WORDS.split()
    for _ in range(count):
        texts = []
        for _ in range(150):
            parts = [
                chance.choice(words) + chance.choice((" ", "_", "(", ": ", "\n", ".")) for _ in range(120)
            ]
            parts.append(f"/Users/jane/src/app/{chance.choice(words)}.py {chance.randbytes(20).hex()}")
            if chance.random() < 0.02:
                parts.append(f"jane@corp.io ghp_{chance.randbytes(18).hex()}")
            texts.append("".join(parts))
        yield (
            [orjson.dumps({"message": {"content": text}, "padding": "x" * len(text)}) for text in texts],
            texts,
        )


def detect_secrets_speed(texts: list[str]) -> float:
    """Bytes per second of detect-secrets' plugins, entropy ones left out, line by line."""
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
    folder = os.environ.get("SESSIONMART_CORPUS")
    sessions = list(corpus_sessions(Path(folder)) if folder else generated_sessions())
    lines = [line for session_lines, _ in sessions for line in session_lines]
    texts = [text for _, session_texts in sessions for text in session_texts]
    size = sum(len(text.encode()) for text in texts)
    redactor, counts = Redactor(), Counter[str]()
    for text in texts:
        redactor.redact(text, counts)
    parse = measure(lambda: [orjson.loads(line) for line in lines])
    redaction = measure(lambda: [redactor.redact(text, Counter()) for text in texts])
    slow = detect_secrets_speed(texts)
    growth, fragment = hostile_growth(redactor)
    origin = "SESSIONMART_CORPUS" if folder else "generated"
    print(f"corpus: {origin}, {len(sessions)} files, {len(texts)} texts")
    print(f"lines {sum(map(len, lines)) / 1e6:.1f} MB, stored text {size / 1e6:.1f} MB")
    print(f"redacted: {dict(sorted(counts.items()))}")
    print(f"redaction: {size / redaction / 1e6:.0f} MB/s of stored text")
    print(f"redaction takes {redaction / parse:.2f} x orjson.loads of the lines")
    print(f"redaction is {size / redaction / slow:.0f} x as fast as detect-secrets")
    print(f"detect-secrets without entropy: {slow / 1e6:.1f} MB/s")
    print(f"hostile text: 4 x the length takes at worst {growth:.1f} x the time ({fragment!r})")


if __name__ == "__main__":
    main()
