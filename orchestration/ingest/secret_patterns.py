"""The table of secrets that are known by their shape: one row per kind, one place to add another.

Belongs here: expressions with a literal anchor, and the second look that some of them need.
Does not belong here: `name = value` (secret_assignments.py), e-mail and folders (personal_data.py).
Every expression is linear: classes after an anchor, no nested repetition. A vendor's prefix is enough
with half a token behind it, because text is cut to head and tail before or after redaction.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

PLACEHOLDER = "[redacted:{kind}]"


class SecretRule(NamedTuple):
    """One kind of secret.

    `needles`: literals of which every match holds one (lower case and compared without case when
    `is_caseless`). `regex`: its group `secret`, or the whole match, is replaced. `screen`: an RE2
    expression that matches wherever `regex` does, and seldom else. `confirm`: a second look.
    """

    kind: str
    needles: tuple[str, ...]
    regex: re.Pattern[str]
    screen: str
    confirm: Callable[[re.Match[str]], bool] | None = None
    is_caseless: bool = False


ALNUM = "A-Za-z0-9"
WORD = "A-Za-z0-9_"
TOKEN = "A-Za-z0-9_-"
HEX = "0-9a-f"


def _prefixed(kind: str, prefixes: str, body: str, shortest: int) -> SecretRule:
    """A token that opens with one of the space-separated prefixes, then `shortest` or more of `body`."""
    needles = tuple(prefixes.split())
    anchor = "(?:" + "|".join(map(re.escape, needles)) + ")"
    regex = re.compile(f"(?<![{ALNUM}_]){anchor}[{body}]{{{shortest},}}")
    return SecretRule(kind, needles, regex, anchor)


_PREFIXED = (
    _prefixed("github_token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", WORD, 16),
    _prefixed("gitlab_token", "glpat- gldt- glft- glsoat- glrt- glcbt- glimt- glptt- glagent- gloas-", TOKEN, 16),
    _prefixed("gitlab_token", "GR1348941", TOKEN, 16),
    _prefixed("slack_token", "xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xapp- xoxe.", "A-Za-z0-9.%-", 10),
    _prefixed("stripe_key", "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_ whsec_", ALNUM, 12),
    _prefixed("anthropic_key", "sk-ant-", TOKEN, 12),
    _prefixed("openai_key", "sk-proj- sk-svcacct- sk-admin- sk-None-", TOKEN, 16),
    _prefixed("openrouter_key", "sk-or-v1-", TOKEN, 16),
    _prefixed("google_api_key", "AIza", TOKEN, 24),
    _prefixed("google_oauth_token", "ya29. GOCSPX-", TOKEN, 16),
    _prefixed("npm_token", "npm_", ALNUM, 24),
    _prefixed("pypi_token", "pypi-AgE", TOKEN, 16),
    _prefixed("docker_token", "dckr_pat_ dckr_oat_", TOKEN, 16),
    _prefixed("sendgrid_key", "SG.", "A-Za-z0-9_.-", 32),
    _prefixed("hugging_face_token", "hf_ api_org_", ALNUM, 24),
    _prefixed("digitalocean_token", "dop_v1_ doo_v1_ dor_v1_", HEX, 24),
    _prefixed("linear_key", "lin_api_ lin_oauth_", ALNUM, 16),
    _prefixed("notion_token", "ntn_", ALNUM, 24),
    _prefixed("notion_token", "secret_", ALNUM, 40),
    _prefixed("heroku_key", "HRKU-", TOKEN, 16),
    _prefixed("vault_token", "hvs. hvb. hvr.", TOKEN, 20),
    _prefixed("square_token", "sq0csp- sq0atp- sq0idp-", TOKEN, 16),
    _prefixed("shopify_token", "shpat_ shpca_ shppa_ shpss_", HEX + "A-F", 24),
    _prefixed("atlassian_token", "ATATT3 ATCTT3 ATBB", "A-Za-z0-9_=-", 24),
    _prefixed("grafana_token", "glsa_ glc_", "A-Za-z0-9_+/=", 24),
    _prefixed("sentry_token", "sntrys_ sntryu_", "A-Za-z0-9_+/=", 24),
    _prefixed("supabase_token", "sbp_ sb_secret_", TOKEN, 20),
    _prefixed("new_relic_key", "NRAK-", "A-Z0-9", 20),
    _prefixed("databricks_token", "dapi", HEX, 32),
    _prefixed("model_vendor_key", "gsk_ xai- pplx- r8_ tvly- lsv2_pt_ lsv2_sk_", WORD, 20),
    _prefixed("figma_token", "figd_", TOKEN, 20),
    _prefixed("postman_key", "PMAK-", TOKEN, 24),
    _prefixed("rubygems_key", "rubygems_", HEX, 24),
    _prefixed("brevo_key", "xkeysib- xsmtpsib-", TOKEN, 24),
    _prefixed("planetscale_token", "pscale_tkn_ pscale_pw_ pscale_oauth_", TOKEN, 16),
    _prefixed("netlify_token", "nfp_", ALNUM, 24),
    _prefixed("pulumi_token", "pul-", HEX, 32),
    _prefixed("age_key", "AGE-SECRET-KEY-1", "A-Z0-9", 24),
    _prefixed("artifactory_token", "AKCp", ALNUM, 24),
)


def _shaped(
    kind: str, needles: str, regex: str, screen: str, confirm: Callable[[re.Match[str]], bool] | None = None
) -> SecretRule:
    return SecretRule(kind, tuple(needles.split()), re.compile(regex), screen, confirm)


def _caseless(
    kind: str, needles: str, regex: str, screen: str, confirm: Callable[[re.Match[str]], bool] | None = None
) -> SecretRule:
    compiled = re.compile(regex, re.IGNORECASE)
    return SecretRule(kind, tuple(needles.split()), compiled, f"(?i:{screen})", confirm, is_caseless=True)


def _has_digit(match: re.Match[str]) -> bool:
    return any(char.isdigit() for char in match["secret"])


def _is_user_and_password(match: re.Match[str]) -> bool:
    """Whether the base64 text says `user:password`; "Basic functionality" does not."""
    value = match["secret"].rstrip("=")
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and all(32 <= byte < 127 for byte in decoded)


def _is_credential(match: re.Match[str]) -> bool:
    """Whether a bearer's value is a credential, not prose ("bearer authentication") or a variable."""
    value = match["secret"]
    return len(value) >= 16 and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _is_not_reference(match: re.Match[str]) -> bool:
    """Whether a password in a URL is one, and no variable, mask or placeholder."""
    value = match["secret"]
    return not (value[0] in "$<{[" or not value.strip("*.xX-_") or "{" in value or value in ("%s", "%d"))


_PRIVATE_KEY = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"

_SHAPED = (
    # A whole block; the tempered dot stops at the next BEGIN, so that many openings stay linear.
    _shaped(
        "private_key",
        "PRIVATE",
        rf"-----BEGIN {_PRIVATE_KEY}(?:(?!-----BEGIN)[\s\S]){{0,20000}}?-----END {_PRIVATE_KEY}",
        "PRIVATE KEY",
    ),
    # Its end is cut off: base64 lines, line ends (real or escaped), PEM headers, as far as they go.
    _shaped(
        "private_key",
        "PRIVATE",
        rf"-----BEGIN {_PRIVATE_KEY}(?:\s|\\+[nr]|[A-Za-z0-9+/=]{{16,}}|(?:Proc-Type|DEK-Info|Version|Comment):"
        r"[^\n\\]{0,80}|[A-Za-z0-9+/=]{1,15}(?=\s|\\|-----|[\"']|$))+",
        "PRIVATE KEY",
    ),
    _shaped(
        "putty_key", "PuTTY-User-Key-File", r"PuTTY-User-Key-File-[23]:[\s\S]{0,8000}?Private-MAC:[^\n\\]{0,100}",
        "PuTTY-User-Key-File",
    ),
    # JWT before the headers that carry it; the third part may be cut off.
    _shaped(
        "jwt", "eyJ", r"(?<![A-Za-z0-9_-])eyJ[\w=-]{10,}\.eyJ[\w=-]{6,}(?:\.[\w=-]*)?", r"eyJ[\w=-]{10}"
    ),
    _shaped(
        "aws_secret_key",
        "AKIA ASIA",
        r"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}[\"']?[\s,:;|]{1,10}(?:[\w ]{0,30}[=:])?[\s\"']{0,4}"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "A[KS]IA[A-Z0-9]{4}",
    ),
    _shaped(
        "aws_access_key_id",
        "AKIA ASIA ABIA ACCA A3T",
        r"(?<![A-Za-z0-9+/])(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])",
        "(?:A3T|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{4}",
    ),
    _caseless(
        "aws_secret_key",
        "aws",
        r"aws.{0,20}?(?:key|pw|pass|token|secret).{0,20}?[=:\"'\s](?P<secret>[A-Za-z0-9/+]{40})"
        r"(?![A-Za-z0-9/+=])",
        r"aws[^\n]*(?:key|pw|pass|token|secret)[^\n]*[A-Za-z0-9/+]{20}",
        lambda match: not re.fullmatch("[0-9a-f]{40}|[A-Za-z/]+", match["secret"]),
    ),
    _shaped("azure_storage_key", "AccountKey=", r"AccountKey=(?P<secret>[A-Za-z0-9+/=]{20,})", "AccountKey="),
    _shaped("azure_sas", "sig=", r"[?&;]sig=(?P<secret>[A-Za-z0-9%+/=_-]{20,})", "[?&;]sig="),
    _shaped(
        "slack_webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9_/]{12,})",
        r"hooks\.slack\.com/",
    ),
    _shaped(
        "discord_webhook",
        "/api/webhooks/",
        r"/api/webhooks/\d{5,25}/(?P<secret>[\w-]{20,})",
        "/api/webhooks/",
    ),
    # The first part is the account's id; the expression opens with a literal, so that it is fast.
    _shaped(
        "discord_token",
        ".",
        r"\.(?=[\w-]{6}\.[\w-]{27})(?:(?<=[MNO][\w-]{23}\.)|(?<=[MNO][\w-]{24}\.)|(?<=[MNO][\w-]{25}\.))"
        r"(?P<secret>[\w-]{6}\.[\w-]{27,40})(?![\w-])",
        r"\.[\w-]{6}\.[\w-]{20}",
    ),
    _shaped("openai_key", "sk-", r"(?<![\w-])sk-[A-Za-z0-9]{20,}(?:[\w-]*T3BlbkFJ\w*)?(?![\w-])", "sk-[A-Za-z0-9]{20}"),
    _shaped("openai_key", "T3BlbkFJ", r"(?<![\w-])sk-[\w-]{0,100}T3BlbkFJ\w*", "T3BlbkFJ"),
    _shaped("twilio_key", "AC SK", r"(?<![A-Za-z0-9+/_])(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9+/_])", "(?:AC|SK)[0-9a-f]{8}"),
    _shaped("mailgun_key", "key-", r"(?<![\w-])key-[0-9a-f]{32}(?![\w-])", "key-[0-9a-f]{6}"),
    _shaped("mailchimp_key", "-us", r"(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\d)", "[0-9a-f]-us[0-9]"),
    _shaped(
        "telegram_token",
        ":",
        r":(?=[\w-]{35}(?![\w-]))(?:(?<=\b\d{8}:)|(?<=\b\d{9}:)|(?<=\b\d{10}:))(?P<secret>[A-Za-z0-9_-]{35})",
        r"[0-9]{8}:[\w-]{12}",
    ),
    _shaped(
        "npm_token",
        ":_authToken= :_password= :_auth=",
        r":_(?:authToken|password|auth)=(?P<secret>[A-Za-z0-9+/=_-]{8,})",
        ":_(?:authToken|password|auth)=",
    ),
    _shaped(
        "softlayer_key",
        "api.softlayer.com",
        r"api\.softlayer\.com/soap/v3(?:\.1)?/(?P<secret>[a-z0-9]{64})",
        r"api\.softlayer\.com/soap",
    ),
    # What follows needs the whole value; kinds known by prefix have already become placeholders.
    _caseless(
        "basic_auth",
        "basic auth",
        r"(?:(?<![\w-])basic[ \t]{1,4}|\"auth\\{0,3}\"[ \t]{0,4}:[ \t]{0,4}\\{0,3}\")(?P<secret>[A-Za-z0-9+/]{8,}={0,2})"
        r"(?![A-Za-z0-9+/=])",
        r"(?:basic[ \t]+|\"auth\\*\"[ \t]*:[ \t]*\\*\")[A-Za-z0-9+/]{8}",
        _is_user_and_password,
    ),
    _caseless(
        "bearer_token",
        "bearer",
        r"(?<![\w-])bearer[ \t]{1,4}(?P<secret>[A-Za-z0-9+/._~=-]{16,})",
        r"bearer[ \t]+[A-Za-z0-9+/._~=-]{16}",
        _is_credential,
    ),
    _caseless(
        "authorization",
        "authorization",
        r"authorization\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?(?:[a-z]{1,12}[ \t]{1,4})?"
        r"(?P<secret>[A-Za-z0-9+/._~=-]{8,})",
        r"authorization[\\\"']*[ \t]*[:=]",
        _has_digit,
    ),
    _caseless(
        "cookie",
        "cookie:",
        r"(?<![\w])(?:set-)?cookie:[ \t]{0,4}(?P<secret>[\w.-]{1,80}=[^\r\n\"'\\$<{]{12,4096})",
        "cookie:",
        _has_digit,
    ),
    # scheme://user:password@host keeps scheme, user and host.
    _shaped(
        "url_password",
        "://",
        r"://[^\s:/@\"'`<>\\\[\]]{0,100}:(?P<secret>[^\s/\"'`<>\\]{1,300})@(?=[\w\[${<])",
        r"://[^\s/@\"'`<>\\]+@",
        _is_not_reference,
    ),
    _shaped(
        "url_user",
        "://",
        r"://(?!(?:git|hg|svn|ssh)@)(?P<secret>[A-Za-z0-9_.%+-]{2,200})@(?=[\w\[])",
        r"://[^\s/@\"'`<>\\]+@",
    ),
    _shaped(
        "command_password",
        "-u --user",
        r"(?<![\w-])(?:-u|--user)[ \t=]{1,4}\\{0,3}[\"']?[\w.@+-]{1,80}:(?P<secret>[^\s\"'\\$<{:]{4,200})(?=[\s\"'\\]|$)",
        r"(?:-u|--user)[ \t=]+[^\s:]+:[^\s]",
    ),
    _shaped(
        "command_password", "sshpass", r"sshpass[ \t]{1,4}-p[ \t]{0,4}[\"']?(?P<secret>[^\s\"'\\$]{4,200})", "sshpass"
    ),
)

SECRET_RULES: tuple[SecretRule, ...] = (*_SHAPED[:3], *_PREFIXED, *_SHAPED[3:])
"""In the order in which they are applied: blocks, prefixed tokens, then what needs its context."""

HEADLESS_KEY = re.compile(rf"-----END {_PRIVATE_KEY}")
_REVERSED_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s]|[nr]\\+)+")


def headless_key_start(text: str, end: int) -> int:
    """Where the body of a private key begins whose first half was cut off and whose END is at `end`."""
    body = _REVERSED_KEY_BODY.match(text[max(0, end - 20000) : end][::-1])
    return end - (body.end() if body else 0)
