"""Secrets that are known by their name: `password = …`, `"api_key": "…"`, `--token …`, `<secret>…</secret>`.

Belongs here: which names count, which shapes join a name to a value, which values are no secret
(references, types, masks, prose). Secrets known by their own shape are in secret_patterns.py.
The expression is broad; the second look is in Python, where a reason can stand beside each rule.
"""

import re
from collections import Counter

from orchestration.ingest.redaction.secret_rule import OPENING, PLACEHOLDER

_STEMS: tuple[tuple[str, re.Pattern[str], tuple[int, ...]], ...] = (
    ("password", re.compile(r"ss(?<=pass)(?:w|phr|code|(?![a-z]))"), (2,)),
    ("password", re.compile(r"w(?:d(?<=pwd))"), (1,)),
    ("password", re.compile(r"contrase"), (0,)),
    ("secret", re.compile(r"cre(?:(t)(?<=secret)|(d)ent)"), (2, 0)),
    ("secret", re.compile(r"k(?:(e)y(?:(?<=[a-z]key)|(?<=[a-z][ _-]key))|(e)n(?<=token))"), (0, 2)),
)
"""Kind, what to look for in lower case, how far in front of it the keyword begins (per group).

Each opens with its rarest letter, because Python jumps from one to the next.
"""

_ALONE = r"pass(?:(?<=[_-]pass)|(?<![a-z]pass)|(?-i:(?<=[a-z0-9]Pass)))(?![a-z])"
_KEYWORD = (
    rf"(?:passw(?:or)?d|passwort|passphrase|passcode|{_ALONE}|pwd|contrase[ñn]a|"
    "secret|credentials?|token|key)"
)
_OWNER_WORDS = """
    api auth access account service encryption signing signature master client db database priv private admin
    app application cloud storage shared license subscription webhook hmac jwt cookie deploy host
"""
_KEY_OWNERS = tuple(owner + sign for owner in _OWNER_WORDS.split() for sign in ("", "_", "-", " "))
"""What stands before `key` where it is a secret's; a key alone is a dictionary's, a sort's or a cache's."""

_ASSIGNMENT = re.compile(
    rf"(?P<keyword>{_KEYWORD})(?P<suffix>[\w-]{{0,24}})"
    # What closes the name: "password", ["password"], \"password\", password[25]
    r"(?:\[\d{0,5}\]|\\{0,3}[\"'`]\]?)?"
    # What joins it to the value; `: &str =` is a declaration with a type.
    r"(?P<join>[ \t]{0,20}(?::[ \t]?[\w.<>&\[\]|?']{1,30}[ \t]{1,2}=|={1,3}>?|:=?|!={1,2}|,)[ \t]{0,4}@?"
    r"|\(|>|[ \t]{1,4}(?:(?:is|was)[ \t:]{1,3})?)"
    r"(?:(?P<quote>\\{0,3}[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\n]){1,400})(?P=quote)"
    r"|(?P<bare>[^\s\"'`\\,;<>(){}\[\]&|]{4,400}))",
    re.IGNORECASE | re.ASCII,
)

_OTHER_THING = re.compile(
    r"[_-]?(?:key[_-]?)?(?:names?|refs?|arn|path|file|dir|ids?|type|hash|field|ur[il]|endpoint|len|min|max|count|"
    r"limit|budget|usage|policy|reset|manager|version|expir|label|placeholder|hint|error|input|prefix|regex|pattern|"
    r"format|class|store|provider|option|config|required|valid|strength|rule|scope|status|strategy|rotat|column|"
    r"env|var|kind|source|cost|price|rate|per|window|iz|ise|s(?![a-z])|ed|less|ary|at|date|time|ttl|age|size|"
    r"help|desc|title|message|text|dialog|form|page|screen|button|view|component|schema|service|helper|util|test)",
    re.IGNORECASE,
)
"""Suffixes that turn the name into that of another thing: `secretName`, `password_hash`, `tokens`."""

_WORDS_IN_FRONT = """
    max min num total input output prompt completion cache cached next prev page pad eos bos cls unk sep mask
    special stop continuation cancel cancellation injection design theme color syntax public publishable
"""
_OTHER_TOKENS = tuple(word + sign for word in _WORDS_IN_FRONT.split() for sign in ("", "_", "-"))
"""Names in front of `token` that no secret has: page tokens, vocabulary, design tokens."""

_NO_VALUE = re.compile(
    r"(?:null|none|nil|undefined|true|false|yes|no|string|str|number|int(?:eger)?|bool(?:ean)?|any|bytes|"
    r"object|unknown|required|optional|empty|default|values?|example|text|hidden|masked|secrets?|tokens?|keys?|"
    r"passw(?:or)?ds?|pwd|api[-_ ]?keys?|redacted|changeme|todo|tbd|n/a|bearer|basic|test|foo|bar|"
    r"[*•xX.?#_-]+)[.!?:)\]]*$|"
    r"(?:your|change|replace|insert|enter|example|placeholder|redacted|dummy|sample|not)[-_ ]|"
    r"your(?=[A-Z])|.{0,40}(?:placeholder|redacted|changeme|your[-_])|.{0,80}(?:\.\.\.|…)$|"
    r"[$%#]?[{<\[(]|\$[A-Za-z_]|%[sdr]\b|%\(|\.\.\.|…|/|~/|\./|https?:|(.)\1*$",
    re.IGNORECASE,
)
"""Values that stand for none: types, masks, examples, references, paths."""

_HOLDS_REFERENCE = re.compile(
    r"\$\{|\$\(|#\{|\{\{|<%|\{[\w.]+\}|process\.env|environ|getenv|import\.meta|secrets\.|\w\(\)|=>|::",
    re.IGNORECASE,
)
_ATTRIBUTE_PATH = re.compile(r"[A-Za-z_$][\w$]*(?:[.?!]{1,2}[A-Za-z_$][\w$]*)+$")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*$")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_WORDS = re.compile(r"[A-Za-z]+(?:[-_.:/ ][A-Za-z]+)*(?:[-_.:/ ]?v?\d{1,4})?(?:[-_.:/ ][A-Za-z]+)*$")
_KEYWORD_INSIDE = re.compile(r"passw|pwd|secret|token|key|credential|auth", re.IGNORECASE)
_FILE_NAME = re.compile(
    r"[\w./\\-]+\.(?:json|ya?ml|toml|pem|key|crt|txt|env|py|[jt]sx?|go|rs|rb|md|sh|html|sql)$"
)


_ASSIGNS = frozenset({"=", ":", ":=", "==", "===", "!=", "!==", "=>"})


def hide_assignments(text: str, lowered: str, counts: Counter[str]) -> str:
    """The text with every value hidden whose name says that it is a secret; `lowered`: same length."""
    positions = [
        (match.start() - offsets[(match.lastindex or 1) - 1], kind)
        for kind, stem, offsets in _STEMS
        for match in stem.finditer(lowered)
    ]
    if not positions:
        return text
    pieces: list[str] = []
    done = 0
    for position, kind in sorted(positions):
        if position < done or (match := _ASSIGNMENT.match(text, position)) is None:
            continue
        if _is_password_secret(match) if kind == "password" else _is_token_secret(match, lowered):
            start, end = match.span("quoted" if match["bare"] is None else "bare")
            pieces += (text[done:start], PLACEHOLDER.format(kind=kind))
            counts[kind] += 1
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _is_password_secret(match: re.Match[str]) -> bool:
    value = _literal_value(match)
    if value is None:
        return False
    if _is_assigned(match):
        return _is_password(value, match)
    return len(value) >= 6 and _has_digit(value) and _is_mixed(value)


def _is_token_secret(match: re.Match[str], lowered: str) -> bool:
    keyword = match["keyword"].lower()
    if keyword == "key" and not lowered.endswith(_KEY_OWNERS, 0, match.start()):
        return False
    if keyword == "token" and lowered.endswith(_OTHER_TOKENS, 0, match.start()):
        return False
    value = _literal_value(match)
    return value is not None and _is_token(value, 8 if _is_assigned(match) else 12, match)


def _is_assigned(match: re.Match[str]) -> bool:
    """Whether a sign of assignment joins name and value; else only what can hardly be a word counts."""
    join = match["join"].rstrip("@ \t").lstrip()
    return join in _ASSIGNS or join.endswith("=")


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - 45) : match.start()]


def _is_in_placeholder(match: re.Match[str]) -> bool:
    opened = match.string.rfind(OPENING, max(0, match.start() - 45), match.start())
    return opened >= 0 and match.string.find("]", opened, match.start()) < 0


def _literal_value(match: re.Match[str]) -> str | None:
    """The value, or None where the name is another thing's or the value refers, masks or explains."""
    if _OTHER_THING.match(match["suffix"]) or _is_in_placeholder(match):
        return None
    bare = match["bare"]
    value: str = match["quoted"] if bare is None else bare.rstrip(".:!?*")
    if bare is not None and not _is_bare_literal(match, value):
        return None
    if any(map(str.isspace, value)) or _NO_VALUE.match(value):
        return None
    return None if _HOLDS_REFERENCE.search(value) or _FILE_NAME.match(value) else value


def _is_bare_literal(match: re.Match[str], value: str) -> bool:
    """Whether an unquoted value can be a literal at all: code refers by names, calls and paths."""
    after = match.string[match.end("bare") : match.end("bare") + 1]
    join = match["join"].strip()
    if (after and after in "([{") or join in (",", "(") or (join == ">" and after != "<"):
        return False
    before = _before(match)
    # `--token abc` is an option; any other word behind a blank is prose.
    if not join and not re.search(r"(?<![\w-])--?[\w-]{0,30}$", before):
        return False
    # `--- PASS: TestName` is a test's verdict.
    if match["keyword"].lower() == "pass" and before[-1:] not in ("_", "-"):
        return False
    if _ATTRIBUTE_PATH.match(value) or _CONSTANT.match(value):
        return False
    if _is_environment_line(match):
        return True
    if _IDENTIFIER.match(value) and _KEYWORD_INSIDE.search(value):
        return False
    return _is_mixed(value) or value.isdigit()


def _is_environment_line(match: re.Match[str]) -> bool:
    """`DB_PASSWORD=correcthorse`: an upper-case name with `=` and no blanks, where no code refers."""
    return match["join"] == "=" and match["keyword"].isupper() and not _before(match)[-1:].islower()


def _has_digit(value: str) -> bool:
    return any(char.isdigit() for char in value)


def _is_mixed(value: str) -> bool:
    has_letter = any(char.isalpha() for char in value)
    has_sign = any(not char.isalnum() and char not in "-_." for char in value)
    return has_letter + _has_digit(value) + has_sign >= 2


def _is_password(value: str, match: re.Match[str]) -> bool:
    """Any value of four characters or more, but no field's name ("confirmPassword", "current-password")."""
    if len(value) < 4:
        return False
    if _is_mixed(value) or _is_environment_line(match):
        return True
    if value.isdigit():
        return len(value) >= 6
    return len(value) >= 6 and not _KEYWORD_INSIDE.search(value)


def _is_token(value: str, shortest: int, match: re.Match[str]) -> bool:
    """Letters and digits mixed, or a long run of letters; names of words ("my-app-secret-2") are none."""
    if len(value) < shortest or not any(char.isalpha() for char in value):
        return False
    if _WORDS.match(value):
        is_run = value.isalpha() and not _KEYWORD_INSIDE.search(value)
        return is_run and (
            (len(value) >= 20 and value.islower()) or (len(value) >= 12 and _is_environment_line(match))
        )
    return _has_digit(value)
