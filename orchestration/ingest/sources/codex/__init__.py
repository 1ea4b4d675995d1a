"""Codex CLI's transcripts: rollouts, JSON Lines of `~/.codex/sessions`."""

from orchestration.ingest.sources.codex.ownership import owns
from orchestration.ingest.sources.codex.parse import parse_session
from orchestration.ingest.sources.codex.scan import places_in, scan_file, signs_in
from orchestration.ingest.sources.codex.thread_meta import AGENT
from orchestration.ingest.sources.source import Source

CODEX = Source(
    name="codex",
    agent=AGENT,
    version="4",
    suffixes=frozenset({".jsonl"}),
    usual_places=("~/.codex/sessions", "~/.codex/archived_sessions"),
    owns=owns,
    scan=scan_file,
    parse=parse_session,
    signs=signs_in,
    permission_modes=frozenset({"untrusted", "on-request", "on-failure", "granular", "auto_review", "never"}),
    changes={
        "4": "Rollouts that Codex has packed are read. A total of tokens that falls back for a moment is "
        "counted once, a fork without a copy of its parent counts its own tokens, and a compaction's count. "
        "Turns imported from another agent's transcripts are nobody's. Persons' words in threads with a "
        "paginated history are told from the harness's. A record after a torn one on its line is read.",
        "2": "Sessions have their title, redacted, in the lake.",
    },
    places=places_in,
)
