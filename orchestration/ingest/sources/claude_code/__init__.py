"""Claude Code's transcripts: JSON Lines of `~/.claude/projects`."""

from orchestration.ingest.sources.claude_code.ownership import author_of, has_transcript_path, owns
from orchestration.ingest.sources.claude_code.parse import count_session, parse_session
from orchestration.ingest.sources.claude_code.places import places_in
from orchestration.ingest.sources.claude_code.records import KNOWN_PERMISSION_MODES
from orchestration.ingest.sources.claude_code.scan import scan_file, signs_in
from orchestration.ingest.sources.claude_code.session_facts import AGENT
from orchestration.ingest.sources.claude_code.telemetry import decisions_in
from orchestration.ingest.sources.source import Source

CLAUDE_CODE = Source(
    name="claude_code",
    agent=AGENT,
    version="8",
    suffixes=frozenset({".jsonl"}),
    usual_places=("~/.claude/projects",),
    owns=owns,
    names=has_transcript_path,
    author=author_of,
    scan=scan_file,
    parse=parse_session,
    signs=signs_in,
    count=count_session,
    permission_modes=KNOWN_PERMISSION_MODES,
    changes={
        "8": "A record that follows a torn one, or zeros, on its line is read. Tokens of a model that "
        "answered in place of one that declined count once. A plan that a teammate handed in to its lead is "
        "no act of a person. A prompt that is a file alone is a prompt, and a note to the memory a command. "
        "Commands and notices after a reminder are read as such, a request that found nobody is no refusal, "
        "and words that only the queue's removal has are steering.",
        "7": "Events of cancelled hooks name their call as other events do. Sessions with such an event were "
        "set aside and are read.",
        "5": "Sessions have their title, redacted, in the lake. API errors keep the name of their kind only.",
        "4": "A person counts as being at the command line, the desktop application or claude.ai only "
        "where the entry point says so. Sessions that a person led through another host of the SDK, or "
        "that are marked headless, have the surface `other` and leave study C's frame.",
        "3": "Sessions are connected by their records alone, no longer by the ids that a gateway or model "
        "repeats: sessions that had only such an id in common are apart. Copies of a record under new ids "
        "(forks of the SDK, resumed excerpts, side questions) count once. Lines that sub-agents wrote "
        "without a patch count, and unknown lines are no longer zero. Gaps before tools that answer at once "
        "are waits, in sub-agents too. A worktree is its repository's project wherever a tool keeps it.",
    },
    places=places_in,
    decisions=decisions_in,
)
