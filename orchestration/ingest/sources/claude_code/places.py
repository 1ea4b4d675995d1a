"""Where a transcript was written: its first working directory, and the repositories of its pull requests.

Finds both without parsing the file: asked of every file that is archived, it must cost next to nothing.
"""

import re
from collections.abc import Iterator

import orjson

from orchestration.ingest.json_values import string_of
from orchestration.ingest.sources.source import Places

_CWD = re.compile(rb'"cwd"\s*:\s*("(?:[^"\\]|\\.)*")')
_PR_LINK = b'"pr-link"'


def places_in(content: bytes) -> Places:
    """The places of one file; a quoted record inside a text has escaped quotes and is not found."""
    found = _CWD.search(content)
    cwd = _decoded(found.group(1)) if found else None
    return Places(cwd or None, tuple(sorted(set(_repositories(content)))))


def _repositories(content: bytes) -> Iterator[str]:
    at = content.find(_PR_LINK)
    while at >= 0:
        end = content.find(b"\n", at)
        end = len(content) if end < 0 else end
        line = content[content.rfind(b"\n", 0, at) + 1 : end]
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if isinstance(record, dict) and record.get("type") == "pr-link":
            url = string_of(record.get("prUrl")) or string_of(record.get("prRepository"))
            if url:
                yield url
        at = content.find(_PR_LINK, end)


def _decoded(quoted: bytes) -> str | None:
    try:
        return string_of(orjson.loads(quoted))
    except orjson.JSONDecodeError:
        return None
