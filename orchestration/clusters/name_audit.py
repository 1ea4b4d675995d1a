"""Rules that a name must pass before it is shown, whatever wrote it: nothing that could be a proper name.

Belongs here: the list of rules. Not here: the question that audits a name as well (classifiers.cluster_name).
Fail closed: what cannot be decided is not shown.
"""

import re
from collections import Counter
from functools import cache

from orchestration.clusters.call_summaries import languages
from orchestration.clusters.known_programs import PROGRAMS
from orchestration.ingest.redaction.kept_text import TextRedactor

MAX_WORDS = 10

_PHRASE = re.compile(r"[A-Za-z][A-Za-z+#-]*(?:,? [A-Za-z][A-Za-z+#-]*)*\Z")
"""Words of letters between single blanks: no digits, paths, addresses, quotes or line breaks."""

_PLAIN = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")

_ACRONYMS = "API CI CD CLI CPU CSS CSV DNS GPU HTML HTTP ID JSON PDF PR SDK SQL SSH UI URL XML YAML"
ACRONYMS = frozenset(_ACRONYMS.split())

_ALSO_PUBLIC = frozenset({"github", "gitlab", "kubernetes", "linux", "claude", "codex", "postgres", "i"})


def may_be_shown(name: str, redactor: TextRedactor) -> bool:
    """Whether a name has the form of a plain phrase, and the redactor finds nothing in it.

    A word with a capital, apart from the first, must be an acronym or name that anybody knows.
    """
    if not _PHRASE.match(name):
        return False
    words = name.replace(",", "").split(" ")
    first = words[0][:1].lower() + words[0][1:]
    if len(words) > MAX_WORDS or not all(_is_public(word) for word in words[1:]):
        return False
    if not (_is_public(words[0]) or _PLAIN.match(first)):
        return False
    found: Counter[str] = Counter()
    return redactor.redact(name, found) == name and not found


def _is_public(word: str) -> bool:
    return bool(_PLAIN.match(word)) or word in ACRONYMS or word.lower() in _public()


@cache
def _public() -> frozenset[str]:
    """Names that anybody knows, in lower case."""
    return frozenset({*PROGRAMS, *(name.lower() for name in languages().values()), *_ALSO_PUBLIC})
