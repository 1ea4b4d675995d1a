"""Codex CLI's transcripts: rollouts, JSON Lines of `~/.codex/sessions`."""

from orchestration.ingest.sources.codex.ownership import owns
from orchestration.ingest.sources.codex.parse import parse_session
from orchestration.ingest.sources.codex.scan import places_in, scan_file, signs_in
from orchestration.ingest.sources.codex.thread_meta import AGENT
from orchestration.ingest.sources.source import Source

CODEX = Source(
    name="codex",
    agent=AGENT,
    version="3",
    suffixes=frozenset({".jsonl"}),
    usual_places=("~/.codex/sessions", "~/.codex/archived_sessions"),
    owns=owns,
    scan=scan_file,
    parse=parse_session,
    signs=signs_in,
    permission_modes=frozenset({"untrusted", "on-request", "on-failure", "granular", "auto_review", "never"}),
    changes={"2": "Sessions have their title, redacted, in the lake."},
    places=places_in,
)
