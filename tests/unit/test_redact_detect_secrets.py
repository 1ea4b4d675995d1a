"""Nothing that detect-secrets finds without its entropy plugins is missed, stated exceptions apart."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.planted_secrets import A40, A80, CONTEXTS, HEX32, HEX64, OTHER_VENDORS, TOKENS

DETECT_SECRETS_EXCEPTIONS = {
    # A value in front of its name (`"x" == password`) is a comparison in code, seldom a secret.
    '"hunter2" == password',
    # Blanks make prose of a value: labels and messages of forms ("Enter your password").
    'password = "correct horse battery"',
    # Placeholders: redacting them would count secrets where none is.
    'password = "changeme"',
    # The shape AP and eight letters is that of a word in capitals; such passwords are told by name only.
    f"artifactory: AP6{A40[:20]}",
}


def planted() -> Iterator[str]:
    for tokens in TOKENS.values():
        yield from tokens
    yield from OTHER_VENDORS
    yield from (text for text, _, _ in CONTEXTS)
    yield from DETECT_SECRETS_EXCEPTIONS
    for name in ("password", "api_key", "db_pass", "client_key", "secret", "pwd", "auth_key", "private_key"):
        for value in ("hunter2hunter2", A40, "S3cr3t!value", HEX64):
            yield from (
                f'{name} = "{value}"',
                f"{name}: '{value}'",
                f'{name} := "{value}"',
                f'"{name}" => "{value}"',
            )
            yield from (
                f'{name} == "{value}"',
                f'{name} "{value}";',
                f'my_{name}_prod = "{value}"',
                f'{name}("{value}")',
            )
    yield f'cloudant_password = "{A40[:24].lower()}"'
    yield f"ibm_cloud_iam_api_key = {A80[:44]}"
    yield f"cos_hmac_secret_access_key = {HEX32}{HEX32[:16]}"
    yield f'softlayer_api_key = "{HEX64}"'


def test_all_that_detect_secrets_finds_without_entropy_is_found() -> None:
    """Entropy plugins are left out: their hits are commit shas. A public IP address is no secret."""
    classes: dict[str, Any] = get_mapping_from_secret_type_to_class()
    plugins = [
        plugin() for name, plugin in classes.items() if "Entropy" not in name and "Public IP" not in name
    ]
    redactor = Redactor()
    found, missed = 0, []
    for line in planted():
        answer = redactor.redact(line, Counter())
        for plugin in plugins:
            left = set(plugin.analyze_string(answer))
            for secret in plugin.analyze_string(line):
                found += 1
                if secret in left and line not in DETECT_SECRETS_EXCEPTIONS:
                    missed.append((plugin.secret_type, secret, line))
    assert found > 300
    assert missed == []
