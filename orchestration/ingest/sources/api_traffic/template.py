"""The template of a system prompt: what stays when numbers, dates, names of files and quotations change.

A deployment sends one system prompt with today's date, a user's name, a folder: its template is the same in
every request. Only a keyed hash of it is kept.
"""

import re

_VARIABLE = re.compile(
    r"""
      <(?P<tag>env|context|user|memory|date|today)\b[^>]*>.*?</(?P=tag)>   # what a client fills in
    | https?://\S+
    | [\w.+-]+@[\w-]+\.[\w.-]+                                            # e-mail
    | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | "[^"\n]{1,400}" | “[^”\n]{1,400}” | `[^`\n]{1,400}`                 # quotations
    | (?<!\w)'[^'\n]{1,400}'(?!\w)
    | (?:[A-Za-z]:\\|~?/|\.{1,2}/)[\w.\-\\/]+                             # paths
    | \b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b
    | \b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b
    | \b(?:jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\b\.?
    | \b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b                                   # hashes
    | \d+(?:[.,:/-]\d+)*(?:st|nd|rd|th)?
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

MOST_CHARS = 200_000
"""Of a longer prompt the start: what is pasted at its end is no template."""


def template_of(system: str) -> str:
    """The prompt without what varies, in one spelling of blanks and case."""
    return " ".join(_VARIABLE.sub("∅", system[:MOST_CHARS]).split()).casefold()
