"""The kinds that the installed rule sets name, as they name them.

Belongs here: asking each installed set. The other sets of kinds.tsv (gitleaks, secretlint) are not for
Python: their kinds were read from their releases, and are kept by hand.
"""

import subprocess
import tomllib
from typing import Any

from betterleaks.cli import get_binary_path
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

BETTERLEAKS, DETECT_SECRETS = "betterleaks", "detect-secrets"
INSTALLED = (BETTERLEAKS, DETECT_SECRETS)


def betterleaks_rules() -> dict[str, dict[str, Any]]:
    """The rules of the installed betterleaks, by id, as its own program prints them."""
    printed = subprocess.run(
        [get_binary_path(), "config", "show", "toml"], check=True, capture_output=True, timeout=60
    )
    return {rule["id"]: rule for rule in tomllib.loads(printed.stdout.decode())["rules"]}


def installed_kinds() -> dict[str, set[str]]:
    """The names of all kinds, by rule set."""
    return {
        BETTERLEAKS: set(betterleaks_rules()),
        DETECT_SECRETS: set(get_mapping_from_secret_type_to_class()),
    }
