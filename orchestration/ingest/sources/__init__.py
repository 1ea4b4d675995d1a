"""The registry of sources: a new source is one folder and one line here."""

from orchestration.ingest.sources.api_traffic import API_TRAFFIC
from orchestration.ingest.sources.claude_code import CLAUDE_CODE
from orchestration.ingest.sources.codex import CODEX
from orchestration.ingest.sources.source import Source, SourceOptions

SOURCES: dict[str, Source] = {source.name: source for source in (CLAUDE_CODE, CODEX, API_TRAFFIC)}


def sources_with(options: SourceOptions) -> dict[str, Source]:
    """Every source as the operator's options make it. Raises ValueError where an option cannot be used."""
    return {
        name: source if source.with_options is None else source.with_options(options)
        for name, source in SOURCES.items()
    }
