"""Redaction of secrets: what must go, what must stay."""

from collections import Counter

import pytest

from orchestration.ingest.redaction.redact import REDACTION_KINDS, REDACTOR_VERSION, Redactor
from tests.fakes.planted_secrets import (
    A40,
    A80,
    BESIDE_THE_RULE_SETS,
    CONTEXTS,
    DASHES,
    HEX40,
    HEX64,
    OTHER_VENDORS,
    PEM_BODY,
    TOKENS,
    glue,
)
from tests.secret_kinds.kinds import read_kinds
from tests.secret_kinds.templates import marked_example

WRAPPINGS = (
    "a\\n{}\\n",
    "\x1b[32m{}\x1b[0m",
    "x%3D{}",
    "{}",
    "  {}\n",
    'export X="{}"',
    '{{"k":"{}"}}',
    "curl -H 'X: {}' host",
    '\\"{}\\"\\n',
    "token={}",
    "({})",
)


@pytest.mark.parametrize(
    ("kind", "token"), [(kind, token) for kind, tokens in TOKENS.items() for token in tokens]
)
def test_token_known_by_shape_is_replaced_wherever_it_stands(kind: str, token: str) -> None:
    for wrapping in WRAPPINGS:
        counts: Counter[str] = Counter()
        answer = Redactor().redact(wrapping.format(token), counts)
        assert answer == wrapping.format(f"[redacted:{kind}]")
        assert counts == {kind: 1}


@pytest.mark.parametrize(("text", "secret", "expected"), CONTEXTS)
def test_secret_known_by_context_is_replaced_and_the_context_stays(
    text: str, secret: str, expected: str
) -> None:
    counts: Counter[str] = Counter()
    answer = Redactor().redact(text, counts)
    assert secret not in answer
    assert sum(counts.values()) == 1
    assert expected.format(next(iter(counts))) in answer


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\\n", "\\\\n"])
@pytest.mark.parametrize("label", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_key_goes_whole_or_cut_off_at_either_end(label: str, newline: str) -> None:
    head, tail = (
        glue(DASHES, f"BEGIN {label}PRIVATE", " KEY", DASHES),
        glue(DASHES, f"END {label}PRIVATE", " KEY", DASHES),
    )
    body = PEM_BODY.replace("\n", newline)
    whole = newline.join((head, body, tail))
    for cut, kept in ((whole, ""), (whole[:-50], ""), (whole[40:], ""), (f"{whole} and {whole}", " and ")):
        counts: Counter[str] = Counter()
        answer = Redactor().redact(f'"key": "{cut}"', counts)
        assert A40[:10] not in answer
        assert answer.replace("[redacted:private_key]", "").replace(newline, "") == f'"key": "{kept}"'
        assert set(counts) == {"private_key"}


STAYS = (
    f"commit {HEX40}",
    f"{HEX40[:7]} Fix the token test",
    f"index {HEX40[:7]}..{HEX40[7:14]} 100644",
    f"tree {HEX40}\nparent {HEX40}\n100644 blob {HEX40}\tsecret.txt",
    f"sha256:{HEX64}",
    '"integrity": "sha512-' + A80 + '==",',
    "id: 3f2504e0-4f89-41d3-9a0c-0305e82c3301 session_id=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "react@18.2.0 @types/node@20.1.0 pkg@1.2.3-rc.one checkout@v4.1.1-beta.two",
    "git@github.com:org/repo.git ssh://git@github.com/org/repo org-12@github.com:a/b",
    "@app.route('/x')\n@dataclass\n@pytest.mark.parametrize",
    "Co-Authored-By: Claude <noreply@anthropic.com>",
    "icon@2x.png getty@tty1.service x@weight.mean()",
    "password=${DB_PASSWORD} token=$TOKEN secret={{ vault }} api_key=<your key> pwd=%s",
    "Authorization: Bearer ${TOKEN} and Authorization: Bearer <token>",
    "const apiKey = process.env.API_KEY; key = os.environ['API_KEY']; token = getToken(user1)",
    "password: string; token: str | None = None; secret?: string, apiKey: API_KEY_V2",
    'api_key = "your-api-key" password="changeme" token: "xxxxxxxx" secret=REDACTED password: ********',
    "password: z.string().min(8), token: self.token, secret: config.client2.secret",
    "max_tokens=4096 input_tokens: 123456 next_token='abc123def456' tokens: 12345678 token_count = 12345678",
    'secretName: "my-app-secret-1" password_hash = "abc123def456" tokenPath: "/var/run/token1"',
    "--- PASS: TestRedact/some_case_2 (0.00s)",
    "Basic functionality of bearer authentication; basic auth",
    "postgres://app:${PASSWORD}@db/x https://localhost:3000/@scope/x http://h:8080/a@b",
    "the key is sorted, key: 'user42abc', primary_key=12ab34cd",
    "src/Users/List.tsx app/home/page.tsx https://example.com/home/feed",
    "/home/ubuntu/x /home/runner/work /Users/Shared/x /Users/runner/x C:\\Users\\Public\\x /Users/.../x",
    "java -home-dir x class='nav-home-icon' --home-bg",
    "claude-sonnet-4-5-20250929 gpt-4o v1.2.3 2025-01-01T00:00:00Z",
    "10.0.0.1:8080 12:30:45 localhost:5432",
    "task-notification disk-usage risk-assessment-of-the-whole-thing",
)


@pytest.mark.parametrize("text", STAYS)
def test_what_is_no_secret_stays(text: str) -> None:
    counts: Counter[str] = Counter()
    assert Redactor().redact(text, counts) == text
    assert not counts


@pytest.mark.parametrize(
    ("kind", "template"),
    [(kind, template) for kind, templates in BESIDE_THE_RULE_SETS.items() for template in templates],
)
def test_kind_that_no_rule_set_names_is_replaced_and_counted_once(kind: str, template: str) -> None:
    for number in range(3):
        text, secret = marked_example(template, seed=f"{kind} {number}")
        counts: Counter[str] = Counter()
        answer = Redactor().redact(f"before {text} after", counts)
        assert secret not in answer
        assert counts == {kind: 1}
        assert answer.startswith("before ")
        assert answer.endswith(" after")


def test_every_kind_of_the_tables_has_a_planted_case() -> None:
    counts: Counter[str] = Counter()
    redactor = Redactor()
    for tokens in (*TOKENS.values(), [text for text, _, _ in CONTEXTS], OTHER_VENDORS):
        for text in tokens:
            redactor.redact(text, counts)
    for kind, templates in BESIDE_THE_RULE_SETS.items():
        for template in templates:
            redactor.redact(marked_example(template, seed=kind)[0], counts)
    for named in read_kinds():
        if named.holds_secret:
            redactor.redact(named.text()[0], counts)
    redactor.redact(glue(DASHES, "BEGIN PRIVATE", " KEY", DASHES, "\n", PEM_BODY), counts)
    redactor.redact("/home/jane/x jane@corp.io", counts)
    assert set(counts) == REDACTION_KINDS
    assert REDACTOR_VERSION
