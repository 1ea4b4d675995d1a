"""The registry of sources: a new source is one folder and one line here."""

from orchestration.ingest.sources.claude_code import CLAUDE_CODE
from orchestration.ingest.sources.codex import CODEX
from orchestration.ingest.sources.source import Source

SOURCES: dict[str, Source] = {source.name: source for source in (CLAUDE_CODE, CODEX)}
