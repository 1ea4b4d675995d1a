"""Properties of redaction: twice is once, many is one by one, nothing outside a match changes."""

import re
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.redaction.secret_disguises import plain_form
from orchestration.ingest.redaction.secret_stages import LITERALS

REDACTOR = Redactor(home_names=("jane.doe", "maxim"))

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
WORDS = (
    *[
        "password",
        "secret",
        "token",
        "api_key",
        "client_secret",
        "pwd",
        "pass",
        "PASS",
        "credentials",
        "aws_secret_access_key",
        "Bearer",
        "Basic",
        "Authorization",
        "cookie:",
        "://",
        "@",
        "/Users/",
        "/home/",
        "C:\\Users\\",
        "-Users-",
        "-home-",
        "[redacted:jwt]",
        "[redacted:password]",
        "[user]",
        "jane.doe",
        "maxim",
        "example.com",
        "a.b",
        "-----BEGIN",
        "-----END",
        "null",
        "${X}",
        "--token",
        "-u",
        "-rw-r--r--",
        "İ",
        "é",
        "\\u003d",
        "\\u0022",
        "\\\\u005c",
        "%3D",
        "%25",
        "%40",
        "&quot;",
        "&#61;",
        "\\x22",
        "\\/",
        "\u200b",
        "\x1b[0m",
        "\uff1d",
    ],
    "PRIVATE KEY-----",
)
GLUE = (
    "",
    " ",
    "=",
    ": ",
    ":",
    '"',
    "'",
    '\\"',
    "\\n",
    "\n",
    "@",
    "/",
    "\\",
    "-",
    "_",
    ".",
    "(",
    ")",
    ",",
    " = ",
    ">",
)

fragments = st.one_of(
    st.sampled_from(LITERALS),
    st.sampled_from(WORDS),
    st.sampled_from(GLUE),
    st.text(ALPHABET, min_size=1, max_size=45),
    st.text("0123456789abcdef", min_size=30, max_size=64),
    st.text(max_size=6),
)
texts = st.lists(fragments, max_size=14).map("".join)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    counts: Counter[str] = Counter()
    once = REDACTOR.redact(text, counts)
    again: Counter[str] = Counter()
    assert REDACTOR.redact(once, again) == once
    assert not again
    assert bool(counts) == (once != text)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_what_stands_between_placeholders_is_the_text_itself_or_its_plain_form(text: str) -> None:
    pieces = re.split(r"\[redacted:\w+\]|\[user\]", REDACTOR.redact(text, Counter()))
    assert holds_in_order(text, pieces) or holds_in_order(plain_form(text), pieces)


def holds_in_order(text: str, pieces: Sequence[str]) -> bool:
    position = 0
    for piece in pieces:
        found = text.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return True


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789abcdef", min_size=40, max_size=40), st.uuids())
def test_commit_shas_and_uuids_are_never_eaten(sha: str, uuid: object) -> None:
    text = f"commit {sha}\n{sha[:7]} x\nindex {sha[:7]}..{sha[7:14]}\nsession {uuid} sha256:{sha}{sha[:24]}"
    assert REDACTOR.redact(text, Counter()) == text


LONG = 200_000
ADVERSARIAL = (
    *(
        needle * (LONG // len(needle))
        for needle in ("a", "/", "-", "@", ".", "\\", "x@", "a.", "://", "aws", "-----BEGIN ")
    ),
    *(
        needle * (LONG // len(needle))
        for needle in ("password", "password=", "token: ", 'secret="', "api_key ", "://a:")
    ),
    *(
        needle * (LONG // len(needle))
        for needle in ("/Users/", "C:\\Users\\a ", "-Users-", "eyJ.", "sk-", "ghp_", "rw-")
    ),
    *(needle * (LONG // len(needle)) for needle in ("login -p ", "session=", "echo a | ", "$2a$10$", "aB3+")),
    "-----BEGIN PRIVATE KEY-----" + "A" * LONG,
    "-----BEGIN PRIVATE KEY-----" * (LONG // 27),
    "A" * LONG + "-----END PRIVATE KEY-----",
    "eyJ" + "a" * LONG + ".",
    "x" * LONG + "@" + "a." * (LONG // 2),
    'password = "' + "(" * LONG,
)


@pytest.mark.parametrize("text", ADVERSARIAL, ids=lambda text: repr(text[:14]))
def test_long_adversarial_text_is_answered_and_stays_stable(text: str) -> None:
    once = REDACTOR.redact(text, Counter())
    assert REDACTOR.redact(once, Counter()) == once
