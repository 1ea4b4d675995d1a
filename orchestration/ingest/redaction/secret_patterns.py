"""The table of secrets that are known by their shape: one row per kind, one place to add another.

Belongs here: expressions with a literal anchor, and the second look that some of them need.
Does not belong here: `name = value` (secret_assignments.py), e-mail and folders (personal_data.py).
Every expression is linear: classes after an anchor, bounded where one follows another. A vendor's prefix
with a part of the token is enough, because text is cut to head and tail.
"""

import base64
import binascii
import re

from orchestration.ingest.redaction.secret_rule import (
    ALNUM,
    BASE64,
    HEX,
    START,
    TOKENS,
    WORD,
    SecretRule,
    caseless,
    prefixed,
    shaped,
)


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


def _is_bearer(match: re.Match[str]) -> bool:
    """Whether a bearer's value is a credential, not prose ("bearer authentication") or a variable."""
    return _has_digit(match) and any(char.isalpha() for char in match["secret"])


def _is_literal_password(match: re.Match[str]) -> bool:
    """Whether a password in a URL is one, and no variable, mask or placeholder."""
    value = match["secret"]
    return not (
        value[0] in "${<[" or "{" in value or not value.strip("*.xX-_") or value in ("%s", "%d", "%v")
    )


def _is_aws_secret(match: re.Match[str]) -> bool:
    return not re.fullmatch("[0-9a-f]{40}|[A-Za-z/]+", match["secret"])


_KEY_LABEL = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"

_KEY_BLOCKS = [
    # A whole block; the tempered dot stops at the next BEGIN, so that many openings stay linear.
    shaped(
        "private_key",
        "PRIVATE KEY",
        "",
        rf"-----BEGIN {_KEY_LABEL}(?:(?!-----BEGIN)[\s\S]){{0,20000}}?-----END {_KEY_LABEL}",
    ),
    # Its end is cut off: base64 lines, line ends (real or escaped), PEM headers, as far as they go.
    shaped(
        "private_key",
        "PRIVATE KEY",
        "",
        rf"-----BEGIN {_KEY_LABEL}(?:\s|\\+[nr]|[A-Za-z0-9+/=]{{16,}}"
        r"|(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]{0,80}"
        r"|[A-Za-z0-9+/=]{1,15}(?=\s|\\|-----|[\"']|$))+",
    ),
    shaped(
        "putty_key",
        "-",
        "(?<=PuTTY-)User-Key-File",
        r"PuTTY-User-Key-File-[23]:[\s\S]{0,8000}?Private-MAC:[^\n\\]{0,100}",
    ),
]

_VENDOR_TOKENS = [
    *prefixed("github_token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", WORD, 16),
    *prefixed("gitlab_token", "glpat- gldt- glft- glsoat- glrt- glcbt- glimt- glptt- glagent-", TOKENS, 16),
    *prefixed("gitlab_token", "gloas- GR1348941", TOKENS, 16),
    *prefixed(
        "slack_token", "xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-", "A-Za-z0-9%-", 10
    ),
    *prefixed("slack_token", "xoxe.", "A-Za-z0-9.%-", 16),
    *prefixed("stripe_key", "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_ whsec_", ALNUM, 12),
    *prefixed("anthropic_key", "sk-ant-", TOKENS, 12),
    *prefixed("openai_key", "sk-proj- sk-svcacct- sk-admin- sk-None-", TOKENS, 16),
    *prefixed("openrouter_key", "sk-or-v1-", TOKENS, 16),
    *prefixed("model_vendor_key", "gsk_ xai- pplx- r8_ tvly- lsv2_pt_ lsv2_sk_", WORD, 20),
    *prefixed("google_api_key", "AIza", TOKENS, 24),
    *prefixed("google_oauth_token", "ya29. GOCSPX-", TOKENS, 16),
    *prefixed("npm_token", "npm_", ALNUM, 24),
    *prefixed("pypi_token", "pypi-", TOKENS, 40),
    *prefixed("docker_token", "dckr_pat_ dckr_oat_", TOKENS, 16),
    *prefixed("sendgrid_key", "SG.", "A-Za-z0-9_.-", 32),
    *prefixed("hugging_face_token", "hf_ api_org_", ALNUM, 24),
    *prefixed("digitalocean_token", "dop_v1_ doo_v1_ dor_v1_", HEX, 24),
    *prefixed("linear_key", "lin_api_ lin_oauth_", ALNUM, 16),
    *prefixed("notion_token", "ntn_", ALNUM, 24),
    *prefixed("notion_token", "secret_", ALNUM, 40),
    *prefixed("heroku_key", "HRKU-", TOKENS, 16),
    *prefixed("vault_token", "hvs. hvb. hvr.", TOKENS, 20),
    *prefixed("square_token", "sq0csp- sq0atp- sq0idp-", TOKENS, 16),
    *prefixed("shopify_token", "shpat_ shpca_ shppa_ shpss_", HEX + "A-F", 24),
    *prefixed("atlassian_token", "ATATT3 ATCTT3", "A-Za-z0-9_=-", 24),
    *prefixed("grafana_token", "glsa_ glc_", BASE64, 24),
    *prefixed("sentry_token", "sntrys_ sntryu_", BASE64, 24),
    *prefixed("supabase_token", "sbp_ sb_secret_", TOKENS, 20),
    *prefixed("new_relic_key", "NRAK-", "A-Z0-9", 20),
    *prefixed("figma_token", "figd_", TOKENS, 20),
    *prefixed("postman_key", "PMAK-", TOKENS, 24),
    *prefixed("rubygems_key", "rubygems_", HEX, 24),
    *prefixed("brevo_key", "xkeysib- xsmtpsib-", TOKENS, 24),
    *prefixed("planetscale_token", "pscale_tkn_ pscale_pw_ pscale_oauth_", TOKENS, 16),
    *prefixed("netlify_token", "nfp_", ALNUM, 24),
    *prefixed("pulumi_token", "pul-", HEX, 32),
    *prefixed("age_key", "AGE-SECRET-KEY-", "A-Z0-9", 24),
    *prefixed("artifactory_token", "AKCp", ALNUM, 24),
    shaped("openai_key", "-", "(?<=sk-)[A-Za-z0-9]{20}", START + r"sk-[A-Za-z0-9]{20,}[\w-]*"),
    shaped("openai_key", "-", r"(?<=sk-)[\w-]{20}", START + r"sk-[\w-]{0,100}T3BlbkFJ\w*"),
    # JWT: the third part may be cut off.
    shaped("jwt", ".", "eyJ", START + r"eyJ[\w=-]{10,}\.eyJ[\w=-]{6,}(?:\.[\w=-]*)?"),
    shaped(
        "aws_secret_key",
        "A",
        "[KS]IA",
        START + r"A[KS]IA[A-Z0-9]{16}[\"']?[\s,:;|]{1,10}(?:[\w ]{0,30}[=:])?[\s\"']{0,4}"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    shaped(
        "aws_access_key_id",
        "A",
        "(?:3T[A-Z0-9]|BIA|CCA|KIA|SIA)[A-Z0-9]{16}",
        START + r"A(?:3T[A-Z0-9]|BIA|CCA|KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])",
    ),
    caseless(
        "aws_secret_key",
        "w",
        "s(?<=aws)",
        r"aws.{0,20}?(?:key|pw|pass|token|secret).{0,20}?[=:\"'\s](?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        _is_aws_secret,
    ),
    shaped("azure_storage_key", "A", "ccountKey=", rf"AccountKey=(?P<secret>[{BASE64}]{{20,}})"),
    shaped("azure_sas", "=", "(?<=[?&;]sig=)", rf"[?&;]sig=(?P<secret>[%{BASE64}]{{20,}})"),
    shaped(
        "slack_webhook", ".", "slack[.]com/", r"hooks\.slack\.com/[a-z]{1,20}/(?P<secret>[A-Za-z0-9_/]{12,})"
    ),
    shaped("discord_webhook", ".", "com/api/webhooks/", r"/api/webhooks/\d{5,25}/(?P<secret>[\w-]{20,})"),
    # The first part is the account's number.
    shaped(
        "discord_token",
        ".",
        r"(?=[\w-]{6}[.][\w-]{27})",
        r"\.(?:(?<=[MNO][\w-]{23}\.)|(?<=[MNO][\w-]{24}\.)|(?<=[MNO][\w-]{25}\.))"
        r"(?P<secret>[\w-]{6}\.[\w-]{27,40})(?![\w-])",
    ),
    shaped("twilio_key", "A", f"C[{HEX}]{{8}}", START + r"AC[0-9a-f]{32}(?![A-Za-z0-9+/_])"),
    shaped("twilio_key", "SK", f"[{HEX}]{{8}}", START + r"SK[0-9a-f]{32}(?![A-Za-z0-9+/_])"),
    shaped("mailgun_key", "-", f"(?<=key-)[{HEX}]{{8}}", START + r"key-[0-9a-f]{32}(?![\w-])"),
    shaped("mailchimp_key", "-", r"us\d", START + r"[0-9a-f]{32}-us\d{1,2}(?!\d)"),
    shaped(
        "telegram_token",
        ":",
        r"(?=[\w-]{35})(?<=\d{8}:)",
        r":(?=[\w-]{35}(?![\w-]))(?:(?<=(?<!\d)\d{8}:)|(?<=(?<!\d)\d{9}:)|(?<=(?<!\d)\d{10}:))(?P<secret>[\w-]{35})",
    ),
    shaped(
        "npm_token",
        ":",
        "_(?:authToken|password|auth)=",
        rf":_(?:authToken|password|auth)=(?P<secret>[{BASE64}]{{8,}})",
    ),
    shaped(
        "softlayer_key",
        ".",
        "softlayer[.]com/soap",
        r"softlayer\.com/soap/v3(?:\.1)?/(?P<secret>[a-z0-9]{64})",
    ),
]

_IN_CONTEXT = [
    caseless(
        "basic_auth",
        "b",
        r"asic[ \t]",
        START + r"basic[ \t]{1,4}(?P<secret>[A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])",
        _is_user_and_password,
    ),
    caseless(
        "basic_auth",
        "auth",
        r"\\{0,3}\"",
        r"\"auth\\{0,3}\"[ \t]{0,4}:[ \t]{0,4}\\{0,3}\"(?P<secret>[A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])",
        _is_user_and_password,
    ),
    caseless(
        "bearer_token",
        "b",
        r"earer[ \t]",
        START + r"bearer[ \t]{1,4}(?P<secret>[A-Za-z0-9+/._~=-]{16,})",
        _is_bearer,
    ),
    caseless(
        "authorization",
        "auth",
        "orization",
        r"authorization\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?(?:[a-z]{1,12}[ \t]{1,4})?"
        r"(?P<secret>[A-Za-z0-9+/._~=-]{8,})",
        _has_digit,
    ),
    caseless(
        "cookie",
        "k",
        "ie:(?<=cookie:)",
        START + r"(?:set-)?cookie:[ \t]{0,4}(?P<secret>[\w.-]{1,80}=[^\r\n\"'\\$<{]{12,4096})",
        _has_digit,
    ),
    # scheme://user:password@host keeps scheme, user and host.
    shaped(
        "url_password",
        "@",
        "",
        r"://[^\s:/@\"'`<>\\\[\]]{0,100}:(?P<secret>[^\s/\"'`<>\\]{1,300})@(?=[\w\[${<])",
        _is_literal_password,
    ),
    shaped("url_user", "@", "", r"://(?!(?:git|hg|svn|ssh)@)(?P<secret>[A-Za-z0-9_.%+-]{2,200})@(?=[\w\[])"),
    shaped(
        "command_password",
        "-",
        r"u[ \t=]{1,4}[^\s:]{1,80}:\S|-user[ \t=]",
        START + r"(?:-u|--user)[ \t=]{1,4}\\{0,3}[\"']?[\w.@+-]{1,80}:"
        r"(?P<secret>[^\s\"'\\$<{:]{4,200})(?=[\s\"'\\]|$)",
    ),
    shaped(
        "command_password",
        "-",
        "p(?<=sshpass -p)",
        r"sshpass -p[ \t]{0,4}[\"']?(?P<secret>[^\s\"'\\$]{4,200})",
    ),
    # The tools that take a password glued to, or behind, a letter.
    shaped(
        "command_password",
        "mysql",
        "",
        r"mysql(?:dump|admin|import|show)?\b[^\n|;&]{0,200}?[ \t]-p"
        r"(?P<secret>[^\s\"'\\$<{\[-][^\s\"'\\]{3,200})",
    ),
    shaped(
        "command_password",
        "redis-cli",
        "",
        r"redis-cli\b[^\n|;&]{0,200}?[ \t](?:-a|--pass)[ \t=]{1,4}[\"']?(?P<secret>[^\s\"'\\$<{\[]{4,200})",
    ),
    # A line of .netrc: the words in front of the password tell it from prose.
    shaped(
        "command_password",
        "login",
        "",
        START + r"login[ \t]{1,8}[^\s]{1,100}(?:[ \t]|\r?\n){1,8}password[ \t]{1,8}"
        r"(?P<secret>[^\s\"'\\$<{\[]{4,200})",
        _has_digit,
    ),
]

SECRET_RULES: tuple[SecretRule, ...] = (*_KEY_BLOCKS, *_VENDOR_TOKENS, *_IN_CONTEXT)
"""In the order in which they are applied: blocks, tokens, then what needs its context whole."""

HEADLESS_KEY = re.compile(rf"-----END {_KEY_LABEL}")
_REVERSED_KEY_BODY = re.compile(r"(?:[nr]\\+|[A-Za-z0-9+/=\s])+")


def headless_key_start(text: str, end: int) -> int:
    """Where the body of a private key begins whose first half was cut off and whose END is at `end`."""
    body = _REVERSED_KEY_BODY.match(text[max(0, end - 20000) : end][::-1])
    return end - (body.end() if body else 0)
