"""Secrets of every kind the redactor knows, made up, with the text they stand in.

They are put together from pieces, so that no scanner takes this file for a leak.
"""

import base64

A40 = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0fL3nR5uI7o"
A80 = A40 + A40
HEX32 = "9f86d081884c7d659a2feaa0c55ad015"
HEX40 = HEX32 + "a3bf4f1b"
HEX64 = HEX32 + "2f0b822cd15d6c15b0f00a0877c2a1d3"
NUMBER = "123456789012"


def glue(*parts: str) -> str:
    return "".join(parts)


JWT_HEAD = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
JWT_BODY = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"A"}').decode().rstrip("=")
BASIC = base64.b64encode(b"deploy:hunter2hunter2").decode()
PEM_BODY = "\n".join([A80[:64], A80[8:72], A80[:40] + "=="])
DASHES = "-" * 5

TOKENS: dict[str, tuple[str, ...]] = {
    "github_token": (
        *(glue("gh", c, "_", A40[:36]) for c in "pousr"),
        glue("github_", "pat_", A80),
        "ghp_" + "a" * 36,
    ),
    "gitlab_token": (glue("glpat", "-", A40[:20]), glue("glrt-", A40[:20]), glue("GR1348", "941", A40[:20])),
    "slack_token": (
        glue("xox", "b-", NUMBER, "-", NUMBER, "-", A40[:24]),
        glue("xox", "p-", NUMBER, "-", A40[:24]),
    ),
    "stripe_key": tuple(glue(a, "k_", b, "_", A40[:24]) for a in "srp" for b in ("live", "test")),
    "anthropic_key": (glue("sk-", "ant-api03-", A80, "-AA"), glue("sk-", "ant-oat01-", A80)),
    "openai_key": (
        glue("sk-", "proj-", A80),
        glue("sk-", A40[:20], "T3Blbk", "FJ", A40[:20]),
        glue("sk-", A80[:48]),
    ),
    "google_api_key": (glue("AI", "za", A40[:35]),),
    "google_oauth_token": (glue("ya", "29.", A80), glue("GOC", "SPX-", A40[:28])),
    "npm_token": (glue("npm", "_", A40[:36]),),
    "pypi_token": (glue("pypi-", "AgEIcHlwaS5vcmc", A80),),
    "docker_token": (glue("dckr", "_pat_", A40[:27]),),
    "sendgrid_key": (glue("SG", ".", A40[:22], ".", A80[:43]),),
    "hugging_face_token": (glue("hf", "_", A40[:34]),),
    "digitalocean_token": (glue("dop", "_v1_", HEX64),),
    "linear_key": (glue("lin", "_api_", A40),),
    "notion_token": (glue("ntn", "_", A80[:46]), glue("secret", "_", A80[:43])),
    "heroku_key": (glue("HR", "KU-", "01234567-89ab-cdef-0123-456789abcdef"),),
    "vault_token": (glue("hv", "s.", A80[:90]),),
    "jwt": (".".join((JWT_HEAD, JWT_BODY, A40)),),
    "aws_access_key_id": (glue("AK", "IA", "IOSFODNN7EXAMPLE"), glue("AS", "IA", "IOSFODNN7EXAMPLE")),
    "twilio_key": (glue("S", "K", HEX32), glue("A", "C", HEX32)),
    "mailgun_key": (glue("key", "-", HEX32),),
    "mailchimp_key": (glue(HEX32, "-us", "12"),),
    "square_token": (glue("sq0", "csp-", A80[:43]),),
    "age_key": (glue("AGE-SECRET", "-KEY-1", A80[:58].upper()),),
    "supabase_token": (glue("sb", "p_", HEX40),),
}

CONTEXTS: tuple[tuple[str, str, str], ...] = (
    # text, secret in it, text expected
    (f"aws_secret_access_key = {A40}", A40, "aws_secret_access_key = [redacted:{}]"),
    (f"Authorization: Bearer {A40}", A40, "Authorization: Bearer [redacted:{}]"),
    (f"-H 'authorization: token {A40}'", A40, "-H 'authorization: token [redacted:{}]'"),
    (f"Authorization: Basic {BASIC}", BASIC, "Authorization: Basic [redacted:{}]"),
    (f'{{"auth": "{BASIC}"}}', BASIC, '{{"auth": "[redacted:{}]"}}'),
    (f"DefaultEndpointsProtocol=https;AccountKey={A80}=={A40[:4]};", A80, "AccountKey=[redacted:{}]"),
    (f"https://x.blob.core.windows.net/c?sv=1&sig={A40}%3D&se=2", A40, "?sv=1&sig=[redacted:{}]&se=2"),
    (
        glue("https://hooks.slack", ".com/services/", "T0AAAAAAA/B0AAAAAAA/", A40[:24]),
        A40[:24],
        ".com/services/[redacted:{}]",
    ),
    (glue("https://discord.com/api/", f"webhooks/{NUMBER}/", A80[:68]), A80[:68], "[redacted:{}]"),
    (glue("M", A40[:23], ".", A40[:6], ".", A80[:27]), A80[:27], "[redacted:{}]"),
    (glue("12345678:", "AA", A40[:33]), A40[:33], "12345678:[redacted:{}]"),
    (f"//registry.npmjs.org/:_authToken={HEX32}", HEX32, "/:_authToken=[redacted:{}]"),
    ("postgres://app:hunter2@db.local:5432/x", "hunter2", "postgres://app:[redacted:{}]@db.local:5432/x"),
    ("mysql://app:p@ss:w0rd@db/x", "p@ss:w0rd", "mysql://app:[redacted:{}]@db/x"),
    ("mongodb+srv://u:pw12@c0.mongodb.net", "pw12", "mongodb+srv://u:[redacted:{}]@c0.mongodb.net"),
    ("redis://:hunter2@localhost:6379/0", "hunter2", "redis://:[redacted:{}]@localhost:6379/0"),
    ("amqp://guest:guest@mq:5672//", ":guest", "amqp://guest:[redacted:{}]@mq:5672//"),
    (f"https://{A40}@dev.azure.com/org", A40, "https://[redacted:{}]@dev.azure.com/org"),
    ("curl -u admin:hunter2 https://h", "hunter2", "curl -u admin:[redacted:{}] https://h"),
    ("Server=db;User Id=sa;Password=hunter2;", "hunter2", "Password=[redacted:{}];"),
    ("host=db password=hunter2 dbname=x", "hunter2", "password=[redacted:{}] dbname=x"),
    ("DB_PASSWORD=correcthorse\n", "correcthorse", "DB_PASSWORD=[redacted:{}]\n"),
    ("export PGPASSWORD=correcthorse", "correcthorse", "PGPASSWORD=[redacted:{}]"),
    ("SMTP_PASS=abcdefg", "abcdefg", "SMTP_PASS=[redacted:{}]"),
    ('password = "hunter2"', "hunter2", 'password = "[redacted:{}]"'),
    ("password: 'correcthorse'", "correcthorse", "password: '[redacted:{}]'"),
    ("password: hunter2", "hunter2", "password: [redacted:{}]"),
    ('{"password":"hunter2"}', "hunter2", '{{"password":"[redacted:{}]"}}'),
    ('{\\"password\\": \\"hunter2\\"}', "hunter2", '{{\\"password\\": \\"[redacted:{}]\\"}}'),
    ('os.environ["API_KEY"] = "abc123def456"', "abc123def456", '["API_KEY"] = "[redacted:{}]"'),
    ('os.getenv("API_KEY", "abc123def456")', "abc123def456", '("API_KEY", "[redacted:{}]")'),
    (f'const apiKey: string = "{A40}";', A40, 'const apiKey: string = "[redacted:{}]";'),
    (f"client_secret: {A40}", A40, "client_secret: [redacted:{}]"),
    (f"GITHUB_TOKEN={HEX40}", HEX40, "GITHUB_TOKEN=[redacted:{}]"),
    (f"?access_token={A40}&x=1", A40, "?access_token=[redacted:{}]&x=1"),
    (f"X-Api-Key: {A40}", A40, "X-Api-Key: [redacted:{}]"),
    ("mytool --password hunter2 run", "hunter2", "--password [redacted:{}] run"),
    ("<password>hunter2</password>", "hunter2", "<password>[redacted:{}]</password>"),
    ("the password is hunter2 or", "hunter2", "the password is [redacted:{}] or"),
    (f"set-cookie: session={A40}; Path=/", A40, "set-cookie: [redacted:{}]"),
    ("sshpass -p hunter2 ssh h", "hunter2", "sshpass -p [redacted:{}] ssh h"),
)

OTHER_VENDORS = (
    glue("sk-or-", "v1-", HEX64),
    glue("shp", "at_", HEX32),
    glue("ATA", "TT3", A80),
    glue("gls", "a_", A40),
    glue("sntr", "ys_", A80),
    glue("NR", "AK-", A40[:27].upper()),
    glue("gs", "k_", A80[:52]),
    glue("fig", "d_", A40),
    glue("PM", "AK-", HEX64[:24], "-", HEX32),
    glue("ruby", "gems_", HEX64[:48]),
    glue("xkey", "sib-", HEX64, "-", A40[:16]),
    glue("pscale", "_tkn_", A40),
    glue("nf", "p_", A40[:36]),
    glue("pu", "l-", HEX40),
    glue("AK", "Cp", A80[:69]),
    glue("PuTTY-User", "-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n", A40, "\nPrivate-MAC: ", HEX40),
    glue("https://api.softlayer", ".com/soap/v3/", HEX64),
    glue("AK", "IA", "IOSFODNN7EXAMPLE,", A40),
)

BESIDE_THE_RULE_SETS: dict[str, tuple[str, ...]] = {
    # Kinds that no kept rule set names; templates as in tests/secret_kinds, the secret in {{…}}.
    "asana_token": ("0/{{<hex*32>}}", "1/<digit*16>:{{<hex*32>}}"),
    "automation_webhook": (
        "https://hooks.zapier.com/hooks/catch/{{<digit*7>/<low*7>}}/",
        "https://shop.tines.com/webhook/{{<hex*32>/<hex*32>}}",
    ),
    "contentful_token": ("CFPAT-{{<url*43>}}",),
    "crumb": ("curl -H 'Jenkins-Crumb: {{<hex*64>}}'",),
    "django_key": ("django-insecure-{{<alnum*30>!@<alnum*16>}}", "{{<django*50>}}"),
    "gitea_token": ("gta_{{<hex*40>}}",),
    "google_hmac_key": ("GOOG1E{{<UP*55>}}",),
    "honeycomb_key": ("hcaik_{{<low*58>}}",),
    "hubspot_token": ("pat-na1-{{<hex*8>-<hex*4>-<hex*4>-<hex*4>-<hex*12>}}",),
    "infisical_token": ("st.{{<hex*24>.<hex*32>.<hex*32>}}",),
    "jsr_token": ("jsrp_{{<alnum*40>}}",),
    "jwk_private_key": ('{"kty":"RSA","e":"AQAB","d":"{{<url*86>}}"}',),
    "nuget_key": ("oy2{{<low*43>}}",),
    "password_hash": (
        "$2b$12${{<alnum*53>}}",
        "root:$6$<alnum*8>${{<alnum*86>}}:19000:0:99999:7:::",
        "$argon2id$v=19$m=65536,t=3,p=4${{<base64*22>$<base64*43>}}",
        "pbkdf2_sha256$600000$<alnum*22>${{<base64*43>}}=",
        "{SSHA}{{<base64*32>}}",
    ),
    "payment_key": ("ak_live_{{<alnum*30>}}",),
    "razorpay_key": ("rzp_live_{{<alnum*14>}}",),
    "redirect_token": ("rpa_{{<alnum*30>}}",),
    "scaleway_key": ("SCW{{<UP*17>}}",),
    "segment_token": ("sgp_{{<alnum*64>}}",),
    "signed_token": ("SFMyNTY.{{<url*60>.<url*43>}}", "eyJ{{<alnum*40>.<alnum*6>.<alnum*27>}}"),
    "signed_url": (
        "https://b.s3.amazonaws.com/k?X-Amz-Signature={{<hex*64>}}",
        "https://cdn.local/k?Expires=1&Signature={{<alnum*80>}}",
    ),
    "snyk_token": ("snyk_uat.{{<alnum*60>}}",),
    "sonar_token": ("squ_{{<hex*40>}}",),
    "stytch_secret": ("secret-live-{{<url*35>}}=",),
    "twitch_token": ("oauth:{{<low*30>}}",),
    "ubidots_token": ("BBFF-{{<alnum*30>}}",),
    "voiceflow_key": ("VF.DM.{{<hex*24>.<alnum*16>}}",),
    "wallet_key": ("xprv{{<alnum*107>}}",),
    "wallet_phrase": (
        "mnemonic = '{{army van defense carry jealous true garbage claim echo media make crunch}}'",
    ),
}
