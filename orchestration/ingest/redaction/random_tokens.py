"""Long tokens that nothing names: known by their look alone, and by what they are not.

Belongs here: when a run of letters and digits is a token, and the shapes that are known to be none: shas,
digests, UUIDs, ids of messages, addresses, paths, names. Does not belong here: a token with a prefix
(vendor_tokens.py) or with a name in front of it (secret_assignments.py).
Only a mixture of upper case, lower case and digits counts: digests, UUIDs and most names have two classes.
"""

import re
from collections.abc import Iterator

from orchestration.ingest.redaction.landmarks import LONG_BASE64, base64_runs, django_runs, long_runs
from orchestration.ingest.redaction.random_look import is_drawn_of_three
from orchestration.ingest.redaction.secret_rule import OPENING
from orchestration.ingest.redaction.secret_shapes import RUN_RULES

KIND = "random_token"
DJANGO_KIND = "django_key"

LONGEST = 300
"""Beyond this a run is data: an image, a compiled file, a signature. Keys of that length come in PEM."""

_ID_PREFIXES = """
    msg msgbatch toolu srvtoolu mcptoolu req chatcmpl call rs fc resp ws ctc item cmpl gen batch file
    asst thread run step vs evt run_step modr ft ftjob session sess cse env container agent task user
    org workspace acct cus sub price prod prj dpl team pi pm ch in seti txn card ba src inv prompt skill
    wf wflow trace span event conv chat project ses gcp proj cm act ci si il ii re prt usr mem
"""
_ID_PREFIX = re.compile(rf"(?:{'|'.join(sorted(set(_ID_PREFIXES.split()), key=len, reverse=True))})[_-]")
"""What opens the ids of messages, calls, requests and records: they name a thing and open no door."""

_NAMES_OF_IDS = re.compile(
    r"(?:id|ids|uuid|guid|hash|sha|sha\d{1,3}|digest|checksum|integrity|etag|fingerprint|signature|sig|nonce|ref|"
    r"refs|cursor|address|addr|mint|owner|wallet|txid|tx|transaction|blockhash|program|pubkey|public_?key|"
    r"publickey|publishable_?key|thread|session|commit|rev|revision|version|content|data|image|icon|filename|file|"
    r"path|url|uri|href|src|slug|name|title|label|boundary|encrypted_?content|thoughtsignature|v|list)"
    r"[\"'`\]\\]{0,4}[ \t]{0,4}(?:=>|:=|={1,3}|:)[ \t]{0,4}\\{0,3}[\"'`]?$",
    re.IGNORECASE,
)
_DIGEST_BEFORE = re.compile(r"(?:sha(?:1|224|256|384|512)|md5|h1|r1|base64|integrity)[-:,]$", re.IGNORECASE)
_BASE64_LEFT = re.compile(r"[A-Za-z0-9+/=_-]{0,2000}")
_BASE64_RIGHT = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{43,44}|[1-9A-HJ-NP-Za-km-z]{87,88}")
_DJANGO_LENGTH = 50
_NAME_IN_FRONT = re.compile("[a-z0-9_-]{1,40}=")
_PUBLIC_SSH_KEY = re.compile("AAAA[A-Z][0-9A-Za-z]N|AAAAE2Vj")
_DIGIT = re.compile("[0-9]")
_HEX = re.compile(r"(?:0[xX])?[0-9A-Fa-f-]+")
_RECORD_ID = re.compile(r"[A-Z]{1,8}_(?:kw|lA|lQ|kg)\w+|[0-9a-f]{16}-[A-Z]{3}")
"""Ids of GitHub's GraphQL, rays of Cloudflare."""
_PERCENT = re.compile("[2-7][0-9A-F]")
_COLOUR = re.compile("[0-9]{1,3}m")
_DIGEST_IN_NAME = re.compile(r"sha\d{1,3}-|md5-|h1-")


def runs_with_digits(text: str, signs: bytes) -> list[tuple[int, int]]:
    """The long runs that may be tokens, behind the escape they are glued to: most names hold no digit."""
    return [
        (_behind_escape(text, start), end)
        for start, end in long_runs(signs)
        if _DIGIT.search(text, start, end) is not None
    ]


def find_known_runs(text: str, runs: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Start, end and kind of each token that begins with a long run and has a shape of its own."""
    found: list[tuple[int, int, str]] = []
    for start, _ in runs:
        known = _RUN.match(text, start)
        if known is not None:
            found.append((*known.span(), str(known.lastgroup)))
    return found


def find_drawn_runs(text: str, runs: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Start, end and kind of each token that is known by nothing but its look."""
    found: list[tuple[int, int, str]] = []
    done = 0
    for start, end in runs:
        if start >= done and (token := _token_around(text, start, end)) is not None and token[0] >= done:
            done = token[1]
            found.append((*token, KIND))
    return found


def find_django_keys(text: str, signs: bytes) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each run of the signs of Django's keys that mixes them as such a key does."""
    for opened, end in django_runs(signs):
        start = _behind_escape(text, opened)
        # `name=` is made of the same signs, and so are parentheses around it.
        name = _NAME_IN_FRONT.match(text, start, end - _DJANGO_LENGTH)
        start = name.end() if name else start
        if _DJANGO_LENGTH <= end - start <= _DJANGO_LENGTH + 4 and _is_django_key(text[start:end]):
            yield start, end, DJANGO_KIND


def find_base64(text: str, signs: bytes) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each long run of base64 that its signs tell from a path."""
    for opened, end in base64_runs(signs):
        start = _behind_escape(text, opened)
        # `name=` in front of it, `==` behind it.
        value_at = text.rfind("=", start, end - 2) + 1 or start
        whole = text[value_at:end]
        is_long = LONG_BASE64 <= len(whole) <= LONGEST
        if is_long and is_drawn_of_three(whole) and not _is_safe(text, value_at, whole):
            yield value_at, end, KIND


_RUN = re.compile("|".join(f"(?P<{name}>{regex.pattern})" for name, regex in RUN_RULES), re.ASCII)


def _is_django_key(value: str) -> bool:
    signs = [sign for sign in value if not sign.isalnum()]
    return (
        len(set(signs)) >= 4
        and len(signs) >= 6
        and sum(map(str.isdigit, value)) >= 3
        and sum(map(str.isalpha, value)) >= 12
    )


def _behind_escape(text: str, start: int) -> int:
    """Where a run begins behind an escape whose letters look like a part of it: `\\n`, `%3D`, `…[32m`."""
    before = text[start - 1 : start]
    if before == "\\" and text[start] in "nrtbf":
        return start + 1
    if before == "%" and _PERCENT.match(text, start):
        return start + 2
    colour = _COLOUR.match(text, start) if before in ("[", ";") else None
    return colour.end() if colour else start


def _token_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The token that a run is, or belongs to: base64 goes on behind `+`, `/` and `=`; None if it is none."""
    run = text[start:end].strip("-_")
    # Nearly all runs are names in lower case, digests or UUIDs.
    if run.islower() or run.isupper() or len(run) > LONGEST or not is_drawn_of_three(run):
        return None
    left = start - _left_part(text, start)
    left = _behind_escape(text, left) if left < start else left
    right = _BASE64_RIGHT.match(text, end)
    stop = right.end() if right else end
    whole = text[left:stop]
    if len(whole) > LONGEST or _is_safe(text, left, whole) or _is_safe(text, start, run):
        return None
    if "/" in whole or "+" in whole:
        return (left, stop) if _is_base64(whole) else _unless_in_path(text, start, end)
    return start, max(end, stop)


def _left_part(text: str, start: int) -> int:
    part = _BASE64_LEFT.match(text[max(0, start - 400) : start][::-1])
    return part.end() if part else 0


def _is_base64(whole: str) -> bool:
    """Whether a text with `/` or `+` is base64, not a path: each longer part looks drawn, and so does all."""
    parts = [part for part in re.split(r"[/+]", whole.rstrip("=")) if len(part) > 7]
    is_path = whole[0] == "/" or whole[-1] == "/"
    return not is_path and is_drawn_of_three(whole) and all(map(is_drawn_of_three, parts))


def _unless_in_path(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The run alone, unless it is a folder or a file: behind or in front of a slash."""
    return None if text[start - 1 : start] == "/" or text[end : end + 1] == "/" else (start, end)


def _in_public_block(text: str, start: int) -> bool:
    """Whether the position is within a certificate, a signature or a public key; private ones are gone."""
    opened = text.rfind("-----BEGIN ", max(0, start - 8000), start)
    return opened >= 0 and text.find("-----END ", opened, start) < 0


def _is_safe(text: str, start: int, value: str) -> bool:
    """Whether the value is known to be no secret by its shape, or by what stands in front of it."""
    if _ID_PREFIX.match(value) or _HEX.fullmatch(value) or _BASE58.fullmatch(value):
        return True
    if _PUBLIC_SSH_KEY.match(value) or _DIGEST_IN_NAME.match(value) or _RECORD_ID.fullmatch(value):
        return True
    if _in_public_block(text, start):
        return True
    before = text[max(0, start - 40) : start]
    return (
        before.endswith((OPENING, "/", "\\", "@"))
        or _DIGEST_BEFORE.search(before) is not None
        or _NAMES_OF_IDS.search(before) is not None
    )
