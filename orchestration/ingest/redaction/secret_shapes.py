"""The table of secrets that are known by an expression: one row per shape, one place to add another.

Belongs here: shapes with a literal in or beside them, and the second look that some of them need.
Does not belong here: a vendor's prefix (vendor_tokens.py), the tools that take a password in their own way
(command_secrets.py), `name = value` (secret_assignments.py), e-mail and folders (personal_data.py).
Every expression is linear: classes after an anchor, bounded where one follows another.
"""

import base64
import binascii
import re

from orchestration.ingest.redaction.random_look import is_drawn
from orchestration.ingest.redaction.secret_rule import BASE64, START, ShapeRule, anywhere, caseless, shaped


def _has_digit(match: re.Match[str]) -> bool:
    return any(char.isdigit() for char in match["secret"])


def _is_drawn(match: re.Match[str]) -> bool:
    return is_drawn(match["secret"])


def _is_session(match: re.Match[str]) -> bool:
    """Whether a session's cookie is one: drawn, and no UUID, which is how logs name a session."""
    return _is_drawn(match) and not _UUID.fullmatch(match["secret"])


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
    value = match["secret"]
    return (_has_digit(match) and any(map(str.isalpha, value))) or (len(value) >= 24 and value.isalpha())


def _is_literal_password(match: re.Match[str]) -> bool:
    """Whether a password in a URL is one, and no variable, mask or placeholder."""
    value = match["secret"]
    return not (
        value[0] in "${<[" or "{" in value or not value.strip("*.xX-_") or value in ("%s", "%d", "%v")
    )


def _is_aws_secret(match: re.Match[str]) -> bool:
    return not re.fullmatch("[0-9a-f]{40}|[A-Za-z/]+", match["secret"])


_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_KEY_LABEL = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"

BLOCK_RULES: tuple[ShapeRule, ...] = (
    # A whole block; the tempered dot stops at the next BEGIN, so that many openings stay linear.
    shaped(
        "private_key",
        "-----begin",
        rf"-----BEGIN {_KEY_LABEL}(?:(?!-----BEGIN)[\s\S]){{0,20000}}?-----END {_KEY_LABEL}",
    ),
    # Its end is cut off: base64 lines, line ends (real or escaped), PEM headers, as far as they go.
    shaped(
        "private_key",
        "-----begin",
        rf"-----BEGIN {_KEY_LABEL}(?:\s|\\+[nr]|[A-Za-z0-9+/=]{{16,}}"
        r"|(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]{0,80}"
        r"|[A-Za-z0-9+/=]{1,15}(?=\s|\\|-----|[\"']|$))+",
    ),
    shaped(
        "putty_key",
        "putty-user-key-file",
        r"PuTTY-User-Key-File-[23]:[\s\S]{0,8000}?Private-MAC:[^\n\\]{0,100}",
    ),
)
"""Whole blocks, applied before all else: what stands in one is no token of its own."""

_AWS_ID = "akia|asia|abia|acca|a3t"

_TOKENS_OF_PARTS = (
    # JWT: the third part may be cut off.
    shaped("jwt", "eyj", START + r"eyJ[\w=-]{10,}\.eyJ[\w=-]{6,}(?:\.[\w=-]*)?"),
    # A vendor's own three parts.
    shaped("jwt", "eyj", START + r"eyJ[\w=-]{10,}\.[\w=-]{16,}\.[\w=-]{16,}"),
    # What Flask and Phoenix sign: sessions.
    shaped("signed_token", "eyj", START + r"eyJ[\w-]{10,}\.[\w-]{6}\.[\w-]{27}(?![\w-])"),
    shaped("signed_token", "sfmynty.", START + r"SFMyNTY\.[\w-]{16,}(?:\.[\w-]*)?"),
    # An encrypted token has five parts, of which the second may be empty.
    shaped("jwt", "eyj", START + r"eyJ[\w=-]{10,}\.[\w=-]*\.[\w=-]{16,}\.[\w=-]{16,}\.[\w=-]*"),
    shaped(
        "aws_secret_key",
        _AWS_ID,
        START + r"A[KS]IA[A-Z0-9]{16}[\"']?[\s,:;|]{1,10}(?:[\w ]{0,30}[=:])?[\s\"']{0,4}"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    shaped(
        "aws_access_key_id",
        _AWS_ID,
        START + r"A(?:3T[A-Z0-9]|BIA|CCA|KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])",
    ),
    caseless(
        "aws_secret_key",
        "aws",
        r"aws.{0,20}?(?:key|pw|pass|token|secret).{0,20}?[=:\"'\s](?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        _is_aws_secret,
    ),
    anywhere("azure_secret", "q~", r"(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])"),
    shaped("azure_storage_key", "accountkey=", rf"AccountKey=(?P<secret>[{BASE64}]{{20,}})"),
    shaped("azure_sas", "sig=", rf"(?<=[?&;])sig=(?P<secret>[%{BASE64}]{{20,}})"),
    caseless(
        "signed_url",
        "x-amz-signature=|x-goog-signature=",
        rf"x-(?:amz|goog)-signature=(?P<secret>[%{BASE64}]{{20,}})",
    ),
    caseless("signed_url", "signature=", rf"(?<=[?&])signature=(?P<secret>[%{BASE64}]{{20,}})", _is_drawn),
    shaped(
        "slack_webhook", "hooks.slack.com/", r"hooks\.slack\.com/[a-z]{1,20}/(?P<secret>[A-Za-z0-9_/+]{12,})"
    ),
    shaped("discord_webhook", "/api/webhooks/", r"/api/webhooks/\d{5,25}/(?P<secret>[\w-]{20,})"),
    shaped(
        "teams_webhook",
        "/webhookb2/|/incomingwebhook/",
        r"(?i:/(?:webhookb2|IncomingWebhook)/)(?P<secret>[\w@-]{30,200}(?:/IncomingWebhook/[\w/-]{30,200})?)",
    ),
    shaped(
        "automation_webhook", "hooks.zapier.com", r"hooks\.zapier\.com/hooks/catch/(?P<secret>[\w/]{8,60})"
    ),
    shaped("automation_webhook", ".tines.com", r"\.tines\.com/webhook/(?P<secret>[\w/-]{20,100})"),
    anywhere("terraform_token", "atlasv1.", r"(?<![A-Za-z0-9])[A-Za-z0-9]{4,24}\.atlasv1\.[\w=-]{16,}"),
    shaped("fly_token", "flyv1", r"FlyV1 (?P<secret>[\w=,/+-]{20,})"),
    shaped("django_key", "django-insecure-", r"django-insecure-(?P<secret>[^\s\"'`\\]{16,})"),
    shaped("harness_token", "pat.|sat.", START + r"[ps]at\.[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{12,}"),
    shaped(
        "ebay_secret",
        "prd-|sbx-",
        r"(?<![A-Za-z0-9])(?:PRD|SBX)-[0-9a-f]{8,12}(?:-[0-9a-f]{4,12}){1,4}(?![\w-])",
    ),
    anywhere("maxmind_key", "_mmk", START + r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk(?!\w)"),
    shaped("onepassword_key", "a3-", START + r"A3-[A-Z0-9]{6}-[A-Z0-9-]{20,40}(?![A-Z0-9])"),
    shaped("endor_key", "endr+", r"endr\+[A-Za-z0-9-]{16,}"),
    shaped("pagerduty_token", "u+", r"(?<![\w+])u\+[\w+-]{18}(?![\w+-])", lambda match: is_drawn(match[0])),
    shaped(
        "gitlab_mail_token",
        "incoming+",
        r"incoming\+[\w.-]{0,100}?(?<=[-+])(?P<secret>[A-Za-z0-9_]{20,})(?:-issue|-merge-request|@)",
    ),
    shaped("salesforce_token", "00d", START + r"00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?![\w.-]{40,}"),
    # What is stored of a password in place of it: crypt, bcrypt, argon2, Django, LDAP, Kerberos.
    shaped(
        "password_hash",
        "$1$|$2a$|$2b$|$2x$|$2y$|$5$|$6$|$8$|$9$|$y$|$apr1$",
        r"\$(?:[15689y]|2[abxy]|apr1)\$(?:[\w=,.]{1,20}\$)?[A-Za-z0-9./]{1,64}\$?[A-Za-z0-9./]{20,}",
    ),
    shaped(
        "password_hash",
        "$argon2|$pbkdf2|$scrypt",
        r"\$(?:argon2\w{1,2}|pbkdf2|scrypt)[\w-]{0,20}\$[\w$=,.+/-]{30,300}",
    ),
    shaped("password_hash", "pbkdf2_sha", r"pbkdf2_sha\d{1,3}\$\d{1,9}\$[\w]{4,80}\$[A-Za-z0-9+/=]{20,100}"),
    caseless("password_hash", "{ssha|{sha}|{smd5}", r"\{(?:ssha\d{0,3}|sha|smd5)\}[A-Za-z0-9+/=]{20,200}"),
    shaped("password_hash", "$krb5", r"\$krb5\w{1,12}\$[\w$*./:@-]{30,8000}"),
    caseless(
        "crumb",
        "jenkins-crumb",
        r"Jenkins-Crumb[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<secret>[0-9a-f]{16,128})",
    ),
    shaped("npm_token", ":_auth|:_password", rf":_(?:authToken|password|auth)=(?P<secret>[{BASE64}]{{8,}})"),
    shaped("softlayer_key", "softlayer.com/soap", r"softlayer\.com/soap/v3(?:\.1)?/(?P<secret>[a-z0-9]{64})"),
    caseless(
        "bundler_credential", "bundle_", r"BUNDLE_\w{1,80}__\w{1,40}=[\"']?(?P<secret>[^\s\"'$]{8,200})"
    ),
    shaped(
        "jwk_private_key",
        '"d"|"d\\',
        r"\"d\\{0,3}\"\s{0,4}:\s{0,4}\\{0,3}\"(?P<secret>[\w-]{20,})",
        lambda match: "kty" in match.string,
    ),
    caseless(
        "wallet_phrase",
        "mnemonic|seed phrase|seed_phrase|seedphrase|recovery phrase|recovery_phrase",
        r"(?:mnemonic|(?:seed|recovery)[ _]?phrase)[\"']?[ \t]{0,4}(?:[:=]|is)[ \t]{0,4}[\"'`]?"
        r"(?P<secret>[a-z]{3,8}(?: [a-z]{3,8}){11,23})(?![ a-z])",
    ),
)

_IN_CONTEXT = (
    caseless(
        "basic_auth",
        "basic",
        START + r"basic[ \t]{1,4}(?P<secret>[A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])",
        _is_user_and_password,
    ),
    caseless(
        "basic_auth",
        'auth"|auth\\',
        r"auth\\{0,3}\"[ \t]{0,4}:[ \t]{0,4}\\{0,3}\"(?P<secret>[A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])",
        _is_user_and_password,
    ),
    caseless(
        "bearer_token",
        "bearer",
        START + r"bearer[ \t]{1,4}(?P<secret>[A-Za-z0-9+/._~=-]{16,})",
        _is_bearer,
    ),
    caseless(
        "authorization",
        "authorization",
        r"authorization\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?(?:[a-z]{1,12}[ \t]{1,4})?"
        r"(?P<secret>[A-Za-z0-9+/._~=-]{8,})",
        _has_digit,
    ),
    caseless(
        "cookie",
        "cookie:",
        START + r"cookie:[ \t]{0,4}(?P<secret>[\w.-]{1,80}=[^\r\n\"'\\$<{]{12,4096})",
        _has_digit,
    ),
    caseless(
        "cookie",
        "session=|sessionid=|connect.sid=|phpsessid=|sess_id=",
        r"(?:session(?:id)?|connect\.sid|phpsessid|sess_id)=(?P<secret>[\w%.+/-]{16,400}={0,2})",
        _is_session,
    ),
    # scheme://user:password@host keeps scheme, user and host.
    shaped(
        "url_password",
        "://",
        r"://[^\s:/@\"'`<>\\\[\]]{0,100}:(?P<secret>[^\s/\"'`<>\\]{1,300})@(?=[\w\[${<])",
        _is_literal_password,
    ),
    shaped("url_user", "://", r"://(?!(?:git|hg|svn|ssh)@)(?P<secret>[A-Za-z0-9_.%+-]{2,200})@(?=[\w\[])"),
    # A token in the user's place, with a word for those who insist on a password.
    shaped(
        "url_user",
        "://",
        r"://(?P<secret>[\w.~+%-]{16,200}):[^\s/\"'`<>\\@]{0,100}@(?=[\w\[])",
        _is_drawn,
    ),
    # The driver of Go for MySQL, Oracle's thin driver, a line of .pgpass: addresses with no scheme.
    anywhere(
        "url_password",
        "@tcp(|@unix(",
        r"(?<![\w:/@.-])[\w.-]{1,80}:(?P<secret>[^\s:/@\"'`\[\]]{1,200})@(?:tcp|unix)\(",
        _is_literal_password,
    ),
    caseless(
        "url_password",
        "jdbc:oracle",
        r"jdbc:oracle:\w{1,8}:[^\s/@\"']{1,80}/(?P<secret>[^\s/@\"']{1,200})@",
        _is_literal_password,
    ),
    shaped(
        "url_password",
        ":5432:",
        r":5432:[\w*.-]{1,80}:[\w*.-]{1,80}:(?P<secret>[^\s:\"'`\\]{4,200})(?=[\s\"'`\\]|$)",
        _is_literal_password,
    ),
)

SHAPE_RULES: tuple[ShapeRule, ...] = (*_TOKENS_OF_PARTS, *_IN_CONTEXT)
"""In the order in which they are applied: tokens of several parts, then what needs its context whole."""

RUN_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "telegram_token",
        re.compile(
            r"(?:(?<=(?<!\d)\d{8}:)|(?<=(?<!\d)\d{9}:)|(?<=(?<!\d)\d{10}:))[\w-]{35}(?![\w-])", re.ASCII
        ),
    ),
    # The first part is the account's number.
    ("discord_token", re.compile(r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])", re.ASCII)),
    ("twilio_key", re.compile(r"(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9+/_])", re.ASCII)),
    (
        "mailgun_key",
        re.compile(r"key-[0-9a-f]{32}(?![\w-])|[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}(?![\w-])", re.ASCII),
    ),
    ("mailchimp_key", re.compile(r"[0-9a-f]{32}-us\d{1,2}(?!\d)", re.ASCII)),
    (
        "facebook_token",
        re.compile(r"(?:(?<=(?<!\d)\d{15}\|)|(?<=(?<!\d)\d{16}\|))[\w-]{27,40}(?![\w-])", re.ASCII),
    ),
    ("vault_token", re.compile(r"(?<=(?<![\w.])s\.)[A-Za-z0-9]{24}(?![\w.(-])", re.ASCII)),
    ("tableau_token", re.compile(r"(?<=[A-Za-z0-9+/]{22}==:)[A-Za-z0-9]{32}(?!\w)", re.ASCII)),
    ("asana_token", re.compile(r"(?:(?<=(?<![\w/.])0/)|(?<=1/\d{16}:))[0-9a-f]{32}(?![\w-])", re.ASCII)),
    ("airtable_token", re.compile(r"(?<=pat[A-Za-z0-9]{14}\.)[0-9a-f]{24,}", re.ASCII)),
    ("infisical_token", re.compile(r"(?<=(?<![\w.])st\.)[0-9a-f-]{20,}(?:\.[0-9a-f]{16,})*", re.ASCII)),
    ("ionic_token", re.compile(r"ion_[A-Za-z0-9]{40,42}(?![A-Za-z0-9])", re.ASCII)),
    ("telnyx_key", re.compile(r"KEY[0-9][\w-]{50,56}(?![\w-])", re.ASCII)),
    ("zoho_token", re.compile(r"(?<=100\d\.)[0-9a-f]{32}\.[0-9a-f]{32}(?![\w-])", re.ASCII)),
    ("model_vendor_key", re.compile(r"[0-9a-f]{32}\.[A-Za-z0-9_-]{16,24}(?![\w.-])", re.ASCII)),
)
"""Tokens that begin with a long run, or stand right behind a sign, and hold no literal to look for."""

HEADLESS_KEY = re.compile(rf"-----END {_KEY_LABEL}")
_REVERSED_KEY_BODY = re.compile(r"(?:[nr]\\+|[A-Za-z0-9+/=\s])+")


def headless_key_start(text: str, end: int) -> int:
    """Where the body of a private key begins whose first half was cut off and whose END is at `end`."""
    body = _REVERSED_KEY_BODY.match(text[max(0, end - 20000) : end][::-1])
    return end - (body.end() if body else 0)
