"""Every kind of secret that a kept rule set names is hidden, in every place that it can stand in.

The list of kinds is tests/secret_kinds/kinds.tsv; a rule set that is upgraded and names a kind which the list
does not know fails here, until `python -m tests.secret_kinds.regenerate` has brought the list up to date.
"""

import re
from collections import Counter
from typing import Any

import pytest

from orchestration.ingest.redaction.redact import Redactor
from tests.secret_kinds.draft import draft_template, python_expression
from tests.secret_kinds.kinds import (
    BARE_PLACES,
    LIST,
    NAMED_PLACES,
    STANDINGS,
    Kind,
    filled,
    read_kinds,
)
from tests.secret_kinds.rule_sets import BETTERLEAKS, INSTALLED, betterleaks_rules, installed_kinds
from tests.secret_kinds.templates import example_of

KINDS = read_kinds()
SECRETS = [kind for kind in KINDS if kind.holds_secret]
LEAST_KINDS = 200
WINDOW = 8
"""A leak of this many signs of a secret counts: fewer can be told from nothing."""
REDACTOR = Redactor()


def places_of(kind: Kind, text: str) -> dict[str, str]:
    """The example in every place of its standing; the secret's surroundings are part of the example."""
    if kind.standing == "text":
        return {"text of its own": f"before {text} after"}
    places = NAMED_PLACES if kind.standing == "named" else BARE_PLACES | NAMED_PLACES
    return {place: filled(form, name=kind.name, secret=text) for place, form in places.items()}


def leak_of(secret: str, answer: str, *, around: str) -> str | None:
    """Signs of the secret that are left in the answer and do not stand around it anyway."""
    size = min(WINDOW, len(secret))
    windows = (secret[at : at + size] for at in range(len(secret) - size + 1))
    return next((part for part in windows if part in answer and part.lower() not in around.lower()), None)


def test_installed_rule_sets_name_no_kind_that_the_list_does_not_know() -> None:
    listed = {rule_set: {kind.kind for kind in KINDS if kind.rule_set == rule_set} for rule_set in INSTALLED}
    assert installed_kinds() == listed, "run `python -m tests.secret_kinds.regenerate` and read the new rows"


def test_list_is_whole_and_every_standing_is_known() -> None:
    assert len({kind.kind for kind in SECRETS}) >= 2 * LEAST_KINDS
    assert {kind.standing for kind in KINDS} == set(STANDINGS)
    assert len({(kind.rule_set, kind.kind) for kind in KINDS}) == len(KINDS)
    assert all(bool(kind.template.strip("-")) == kind.holds_secret for kind in KINDS)
    assert LIST.read_text("utf-8").count("\n") == len(KINDS) + 1


@pytest.mark.parametrize("kind", SECRETS, ids=lambda kind: f"{kind.rule_set} {kind.kind}")
def test_secret_of_a_kept_kind_is_hidden_in_every_place_and_hidden_once(kind: Kind) -> None:
    for number in range(2):
        example, secret = kind.text(number)
        around = f"{example.replace(secret, ' ')} {kind.name}"
        for place, text in places_of(kind, example).items():
            counts: Counter[str] = Counter()
            answer = REDACTOR.redact(text, counts)
            outside = around + filled(
                BARE_PLACES.get(place, NAMED_PLACES.get(place, "")), name=kind.name, secret=""
            )
            shown = re.sub(r"\[redacted:\w+\]", " ", answer)
            assert leak_of(secret, shown, around=outside) is None, (place, text, answer)
            assert sum(counts.values()) == len(re.findall(r"\[redacted:", answer)) >= 1, (place, text, answer)
            assert REDACTOR.redact(answer, Counter()) == answer, (place, text, answer)


RULES = betterleaks_rules()


@pytest.mark.parametrize(
    "kind",
    [kind for kind in SECRETS if kind.rule_set == BETTERLEAKS and RULES[kind.kind].get("regex")],
    ids=lambda kind: kind.kind,
)
def test_example_is_well_formed_for_the_rule_that_names_its_kind(kind: Kind) -> None:
    """The rule itself accepts our example: it says what a real one would look like."""
    rule: dict[str, Any] = RULES[kind.kind]
    accepts = re.compile(python_expression(rule["regex"])).search
    example, _ = kind.text()
    names = (kind.name, *(str(word) for word in rule["keywords"]))
    texts = [f" {example} ", f"{example}\n", *(f'{name} = "{example}"\n' for name in names)]
    texts += [f'{name}_key = "{example}"\n' for name in names]
    texts += [f'{name}_access_token = "{example}"\n' for name in names]
    texts += [f'{name}_api_secret = "{example}"\n' for name in names]
    assert any(map(accepts, texts)), example


def test_leak_is_seen_where_a_part_of_a_secret_is_left() -> None:
    """The measure itself: eight signs of a secret are a leak, the text around it is none."""
    assert leak_of("abcdefghijkl", "x cdefghij y", around="") == "cdefghij"
    assert leak_of("abcdefghijkl", "x cdefghi y", around="") is None
    assert leak_of("api_token_123", "api_token_ [redacted:x]", around="api_token_") is None


@pytest.mark.parametrize(
    ("expression", "template"),
    [
        (r"\b(tok_[a-f0-9]{12})\b", "tok_<hex*12>"),
        (r"(?i)vendor.{0,9}=([A-Z0-9]{8}-[a-z]{4})", "<UP*8>-<lower*4>"),
        (r"(?:aa|bb)-(?i)[a-z0-9]{6,}", "aa-<low*40>"),
        (r"x([\w-]{20})(?:$|;)", "<url*20>"),
    ],
)
def test_template_is_drawn_from_what_a_rule_accepts(expression: str, template: str) -> None:
    drafted = draft_template(expression)
    assert drafted == template
    example = example_of(drafted, seed="kind")
    assert example == example_of(drafted, seed="kind") != example_of(drafted, seed="other")
