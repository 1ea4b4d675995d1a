"""The table of pull requests in a demo's own home: what a deleted person opened or reviewed leaves it.

Not here: tables that an organisation supplies from elsewhere, whose rows of deleted people stay out of the
lake. A demo's repositories keep their commits, as anybody's do.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson


def clear_requests(folder: Path, names: Collection[str]) -> None:
    """Remove what people of these names, in lower case, opened or reviewed."""
    for path in sorted(folder.glob("*.jsonl")):
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        kept = [
            {**line, "reviews": [each for each in line["reviews"] if _name(each["reviewer"]) not in names]}
            for line in lines
            if _name(line["author"]) not in names
        ]
        partial = path.with_suffix(".partial")
        partial.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in kept))
        partial.replace(path)


def _name(who: Any) -> str:
    return str(who).partition("@")[0].casefold()
