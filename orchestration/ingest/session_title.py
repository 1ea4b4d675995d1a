"""The title of a session as it is kept: redacted, on one line and short.

Belongs here: what becomes of a title that is a model's or a person's words. Not here: which record states
it (each source). A title is text of a transcript: it stays in the lake and in no release.
"""

from orchestration.ingest.redaction.kept_text import KeptText

TITLE_CHARS = 200
"""Longest title that is kept. Titles of agents have at most 80 characters; a person may type anything."""


def kept_title(title: str | None, kept: KeptText) -> str | None:
    """The title, redacted before it is cut; None where there are no words."""
    words = " ".join((title or "").split())
    if not words:
        return None
    shown = kept.whole(words)
    return shown if len(shown) <= TITLE_CHARS else f"{shown[: TITLE_CHARS - 1].rstrip()}…"
