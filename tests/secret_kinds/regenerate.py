"""Brings the list of kinds up to date with the installed sets: `python -m tests.secret_kinds.regenerate`.

A row that is there stays as it is. A new kind gets a template drawn from what its rule accepts, a kind that
is gone loses its row; both are printed, to be read before the list is committed. A kind whose rule cannot be
read gets the standing `unknown`, which no test accepts: write its row by hand (kinds.py says how).
"""

import re
import sys
from typing import Any

from tests.secret_kinds.draft import draft_template, python_expression
from tests.secret_kinds.kinds import Kind, filled, read_kinds, write_kinds
from tests.secret_kinds.rule_sets import BETTERLEAKS, betterleaks_rules, installed_kinds

_NAMES_NO_SECRET = re.compile(r"-(?:id|username|host|domain|url|name|address)(?:\.\d)?$")
UNKNOWN = "unknown"


def drafted(rule_set: str, name: str, rule: dict[str, Any]) -> Kind:
    """A first row for a new kind."""
    if _NAMES_NO_SECRET.search(name):
        return Kind(rule_set, name, "identifier", "-")
    expression = rule.get("regex")
    if expression is None:
        return Kind(rule_set, name, "file" if "path" in rule else UNKNOWN, "-")
    try:
        kind = Kind(rule_set, name, "bare", draft_template(expression))
        accepts = re.compile(python_expression(expression)).search
    except (ValueError, re.error):
        return Kind(rule_set, name, UNKNOWN, "-")
    _, secret = kind.text()
    if accepts(f" {secret} "):
        return kind
    in_place = filled('{name} = "{secret}"\n', name=kind.name, secret=secret)
    return Kind(rule_set, name, "named" if accepts(in_place) else UNKNOWN, kind.template)


def main() -> None:
    kept = {(kind.rule_set, kind.kind): kind for kind in read_kinds()}
    rules = betterleaks_rules()
    for rule_set, names in installed_kinds().items():
        for name in sorted(names):
            if (rule_set, name) not in kept:
                rule = rules[name] if rule_set == BETTERLEAKS else {}
                kept[rule_set, name] = kind = drafted(rule_set, name, rule)
                sys.stdout.write(f"new: {rule_set} {name}: {kind.standing} {kind.template}\n")
        for key in [key for key in kept if key[0] == rule_set and key[1] not in names]:
            sys.stdout.write(f"gone: {' '.join(key)}\n")
            del kept[key]
    write_kinds(list(kept.values()))


if __name__ == "__main__":
    main()
