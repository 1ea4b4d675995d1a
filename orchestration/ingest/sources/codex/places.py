"""Where a rollout was written: the folder and the remote that its `session_meta` states."""

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.sources.source import Places


def places_in(content: bytes) -> Places:
    """The places of one file; its first record states them."""
    head = content[: content.find(b"\n") + 1 or len(content)]
    for piece in read_lines(head, LineCounts()):
        payload = mapping_of(mapping_of(piece.record).get("payload"))
        url = string_of(mapping_of(payload.get("git")).get("repository_url"))
        return Places(string_of(payload.get("cwd")) or None, (url,) if url else ())
    return Places()
