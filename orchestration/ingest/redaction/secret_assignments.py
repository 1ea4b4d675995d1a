"""Secrets that are known by their name: `password = …`, `"api_key": "…"`, `--token …`, `<secret>…</secret>`.

Belongs here: which shapes join a name to a value, which values are no secret (references, types, masks,
prose). The names are in secret_names.py; secrets known by their own shape are in secret_shapes.py.
The expression is broad; the second look is in Python, where a reason can stand beside each rule.
"""

import re
from collections.abc import Iterator

from orchestration.ingest.redaction.random_look import is_drawn
from orchestration.ingest.redaction.secret_names import OTHER_KEYS, OTHER_TOKENS, NameLiteral
from orchestration.ingest.redaction.secret_rule import OPENING

_ALONE = r"pass(?:(?<=[_-]pass)|(?<![a-z]pass)|(?-i:(?<=[a-z0-9]Pass)))(?![a-z])"
_KEYWORD = (
    rf"(?:passw(?:or)?d|passwort|passphrase|passcode|{_ALONE}|pwd|psw|contrase[ñn]a|"
    "secret|credentials?|creds|token|key|auth|pat)"
)
_REST = (
    # What closes the name: "password", ["password"], \"password\", password[25]
    r"(?:\[\d{0,5}\]|\\{0,3}[\"'`]\]?)?"
    r"(?P<join>"
    # A pair of a name and a value: {"name": "TOKEN", "value": "…"}, <add key="Password" value="…"/>
    r"[ \t]{0,4},?(?:\s|\\{1,3}[nrt]){0,40}\\{0,3}[\"']?value\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}"
    # What joins it to the value; `: &str =` is a declaration with a type.
    r"|[ \t]{0,20}(?::[ \t]?[\w.<>&\[\]|?']{1,30}[ \t]{1,2}=|={1,3}>?|:=?|!={1,2}|,|\|{1,2})[ \t]{0,20}@?"
    r"|\(|>|[ \t]{1,4}(?:(?:is|was)[ \t:]{1,3})?)"
    r"(?:(?P<quote>\\{0,3}[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\n]){1,400})(?P=quote)"
    r"|(?P<bare>[^\s\"'`\\,;<>(){}\[\]&|]{4,400}))"
)
_ASSIGNMENT = re.compile(
    rf"(?P<keyword>{_KEYWORD})(?P<suffix>[\w-]{{0,24}}){_REST}", re.IGNORECASE | re.ASCII
)
_VENDOR_ASSIGNMENT = re.compile(
    rf"(?P<keyword>[a-z0-9]{{1,40}}(?:\.(?:gov|ai))?)(?P<suffix>[\w.-]{{0,30}}){_REST}",
    re.IGNORECASE | re.ASCII,
)

_OTHER_THING = re.compile(
    r"[_-]?(?:key[_-]?)?(?:names?|refs?|arn|path|file|dir|ids?|type|hash|field|ur[il]|endpoint|len|min|max|count|"
    r"limit|budget|usage|policy|reset|manager|version|expir|label|placeholder|hint|error|input|prefix|regex|pattern|"
    r"format|class|store|provider|option|config|required|valid|strength|rule|scope|status|strategy|rotat|column|"
    r"env|var|kind|source|cost|price|rate|per|window|iz|ise|s(?![a-z])|ed|less|ary|at|date|time|ttl|age|size|"
    r"help|desc|title|message|text|dialog|form|page|screen|button|view|component|schema|service|helper|util|"
    r"test(?!\Z))",
    re.IGNORECASE,
)
"""Suffixes that turn the name into that of another thing: `secretName`, `password_hash`, `tokens`."""

_OTHER_THING_OF_VENDOR = re.compile(
    r"(?:id|ids|uuid|sha|commit|hash|digest|ref|rev|version|url|uri|host|domain|email|name|user|username|file|path|"
    r"image|tag|branch|model|slug|project|team|org|account|region|zone|bucket|build|run|job|issue|page|etag|cursor)"
    r"s?\Z",
    re.IGNORECASE,
)
"""How a vendor's name goes on where its value is an id, an address or a version."""

_KEY_OF_VENDOR = re.compile(r"(?:key|token|secret|auth|login|pass\w*|credentials?|pat)\Z", re.IGNORECASE)

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
_DIGEST = re.compile(r"(?:sha\d{1,3}[-:])?(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$", re.IGNORECASE)

_BEFORE = 80
"""Signs in front of a keyword that may tell what it is."""

_TAKES_A_VALUE = re.compile(
    r"(?<![\w-])--?[\w-]{0,40}$"
    # Commands that set a variable: the name and the value are two arguments.
    r"|(?:\bENV|\bARG|\bsetx|\bsetenv|\bset -\w{1,3}|config(?:ure)? set|secrets? set|secret put"
    r"|env (?:set|add))"
    r"[ \t]{1,4}[\w.:-]{0,60}$"
)
_ASSIGNS = frozenset({"=", ":", ":=", "==", "===", "!=", "!==", "=>"})
_SHORTEST_WEAK = 15
_SHORTEST_IN_PROSE = 16


def find_assignments(
    text: str, lowered: bytes, names: list[tuple[int, NameLiteral]]
) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each value whose name says that it is a secret.

    `names` are the literals that were found, with the positions of their keywords in order.
    """
    done = 0
    for position, name in names:
        if position < done:
            continue
        match = (_VENDOR_ASSIGNMENT if name.is_vendor else _ASSIGNMENT).match(text, position)
        if match is not None and _is_secret(match, name, lowered):
            start, done = match.span("quoted" if match["bare"] is None else "bare")
            yield start, done, name.kind


def _is_secret(match: re.Match[str], name: NameLiteral, lowered: bytes) -> bool:
    if name.is_vendor:
        return _is_vendor_secret(match)
    if name.kind == "password":
        return _is_password_secret(match)
    if name.is_weak:
        return _is_weak_secret(match, lowered)
    return _is_token_secret(match, lowered)


def _is_password_secret(match: re.Match[str]) -> bool:
    value = _literal_value(match)
    if value is None:
        return False
    if _is_assigned(match):
        return _is_password(value, match)
    return len(value) >= 6 and _has_digit(value) and _is_mixed(value)


def _is_token_secret(match: re.Match[str], lowered: bytes) -> bool:
    keyword = match["keyword"].lower()
    if keyword == "token" and _ends_with(lowered, OTHER_TOKENS, match.start()):
        return False
    value = _literal_value(match)
    return value is not None and _is_token(value, 8 if _is_assigned(match) else 12, match)


def _is_weak_secret(match: re.Match[str], lowered: bytes) -> bool:
    """A key of whatever owner, or `auth`: only where the value is long and can only be drawn by chance."""
    if match["keyword"].lower() == "key" and _ends_with(lowered, OTHER_KEYS, match.start()):
        return False
    value = _literal_value(match)
    if value is None or not _is_assigned(match):
        return False
    return _is_drawn_secret(value) or (_is_environment_line(match) and _UUID.match(value) is not None)


def _is_vendor_secret(match: re.Match[str]) -> bool:
    """What a vendor's name is given: a short key or a UUID only where the name says that it is one."""
    suffix = match["suffix"]
    if _OTHER_THING_OF_VENDOR.search(suffix) or not _is_assigned(match):
        return False
    value = _literal_value(match)
    if value is None:
        return False
    if _KEY_OF_VENDOR.search(suffix):
        return _is_token(value, 8, match) and not _WORDS.match(value)
    return _is_drawn_secret(value)


def _is_drawn_secret(value: str) -> bool:
    """Long, drawn by chance, and neither a digest nor a UUID: those are ids far more often than keys."""
    return (
        len(value) >= _SHORTEST_WEAK and not (_DIGEST.match(value) or _UUID.match(value)) and is_drawn(value)
    )


def _ends_with(lowered: bytes, words: tuple[bytes, ...], end: int) -> bool:
    return lowered.endswith(words, 0, end)


def _is_assigned(match: re.Match[str]) -> bool:
    """Whether a sign of assignment joins name and value; else only what can hardly be a word counts."""
    join = match["join"].rstrip("@ \t").lstrip()
    return join in _ASSIGNS or join.endswith(("=", ":"))


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _BEFORE) : match.start()]


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
    # "The tests pass: `TestName`" is a report.
    if match["keyword"].lower() == "pass" and value.isalpha() and _before(match)[-1:].isspace():
        return None
    return None if _HOLDS_REFERENCE.search(value) or _FILE_NAME.match(value) else value


def _is_bare_literal(match: re.Match[str], value: str) -> bool:
    """Whether an unquoted value can be a literal at all: code refers by names, calls and paths."""
    after = match.string[match.end("bare") : match.end("bare") + 1]
    join = match["join"].strip()
    if (after and after in "([{") or join in (",", "(") or (join == ">" and after != "<"):
        return False
    before = _before(match)
    # `--token abc` is an option; any other word behind a blank is prose, unless it can be no word at all.
    if (not join or join[0] == "|") and not _TAKES_A_VALUE.search(before):
        return len(value) >= _SHORTEST_IN_PROSE and is_drawn(value) and not _DIGEST.match(value)
    # `--- PASS: TestName` is a test's verdict.
    if match["keyword"].lower() == "pass" and before[-1:] not in ("_", "-"):
        return False
    if (_ATTRIBUTE_PATH.match(value) or _CONSTANT.match(value)) and not _is_drawn_secret(value):
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
