"""Which files are logs of API traffic: those with a line that some mapping of a gateway fits."""

from pathlib import Path

from orchestration.ingest.field_mapping import mapping_for
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.sources.api_traffic.field_names import mappings
from orchestration.ingest.sources.source import SourceOptions

LINES_LOOKED_AT = 20


def owns(path: Path, head: bytes, *, options: SourceOptions) -> bool:  # noqa: ARG001 - the lines say it
    """Whether some line among the first is a gateway's, whatever it holds."""
    known = mappings(options.field_names)
    for looked_at, piece in enumerate(read_lines(head, LineCounts())):
        if piece.record is not None and mapping_for(piece.record, known) is not None:
            return True
        if looked_at == LINES_LOOKED_AT:
            break
    return False
