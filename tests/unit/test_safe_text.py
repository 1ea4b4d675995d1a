"""Text that may leave: made visible, redacted, redacted again; what does not settle does not leave."""

from collections import Counter

import pytest

from classifiers.subject.safe_text import SafeText, UnsendableSubjectError
from classifiers.subject.visible_text import visible
from orchestration.ingest.redaction.redact import Redactor

KEY = "sk-ant-api03-" + "aB3dE5gH7jK9" * 8


class Raising:
    def redact(self, text: str, counts: Counter[str]) -> str:
        raise ValueError(f"cannot read {text} after {counts}")


class NeverDone:
    """A rule that finds something in its own result."""

    def redact(self, text: str, counts: Counter[str]) -> str:
        counts["secret"] += 1
        return text.replace("secret", "secret [redacted:secret]")


class CountsOnly:
    """A rule that says it replaced something and leaves the text as it is."""

    def redact(self, text: str, counts: Counter[str]) -> str:
        counts["secret"] += "secret" in text
        return text


def safe(redactor: object = None) -> SafeText:
    return SafeText(redactor or Redactor(), unit_id="s1")  # type: ignore[arg-type]


def test_secret_that_reached_the_lake_is_replaced_and_counted() -> None:
    made = safe()
    text, _ = made.made_safe(f"the key is {KEY}")
    assert KEY not in text
    assert "[redacted:" in text
    assert sum(made.removals.values()) == 1


@pytest.mark.parametrize(
    "between",
    [
        "\u200b",
        "\u2060",
        "\ufe0f",
        "\u200d",
        "\u200d\u200d\u200d",
        "\x1b[0m",
        "\U000e0041",
        "\u00ad",
        "\u202e",
    ],
)
def test_secret_split_by_what_nobody_sees_is_replaced(between: str) -> None:
    text, _ = safe().made_safe(f"key {KEY[:20]}{between}{KEY[20:]} end")
    assert KEY[20:] not in text
    assert KEY[:20] not in text


def test_plain_text_is_left_as_it_is() -> None:
    text = "Füge einen Test hinzu — 日本語, emoji 👍, tabs\tand\nlines; commit 3f2a9c1d."
    assert safe().made_safe(text) == (text, 0)


@pytest.mark.parametrize(
    ("redactor", "reason"),
    [
        (Raising(), "redaction_failed"),
        (NeverDone(), "redaction_unsettled"),
        (CountsOnly(), "redaction_unsettled"),
    ],
)
def test_what_cannot_be_made_sure_of_is_unsendable(redactor: object, reason: str) -> None:
    with pytest.raises(UnsendableSubjectError) as raised:
        safe(redactor).made_safe("a secret of mine")
    assert raised.value.reason == reason
    assert raised.value.unit_id == "s1"


def test_unsendable_error_carries_no_text_and_no_cause() -> None:
    with pytest.raises(UnsendableSubjectError) as raised:
        safe(Raising()).made_safe("a secret of mine")
    assert "of mine" not in repr(raised.value) + str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    "line_break", ["\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_every_line_break_becomes_the_one_kind(line_break: str) -> None:
    assert visible(f"one{line_break}two") == ("one\ntwo", 0)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("bell\x07", "bell␇"),
        ("nul\x00", "nul␀"),
        ("del\x7f", "del␡"),
        ("c1\x90", "c1\ufffd"),
        ("\x1b]8;;https://example.org\x07link", "␛]8;;https://example.org␇link"),
        ("lone\ud800", "lone\ufffd"),
        ("⟦fact: commit⟧", "[[fact: commit]]"),
        ("shy\u00adphen", "shyphen"),
        ("✔\ufe0f", "✔"),
    ],
)
def test_strange_characters_become_visible_and_harmless(given: str, shown: str) -> None:
    assert visible(given)[0] == shown


def test_hidden_characters_are_left_out_and_counted() -> None:
    assert visible("pass\u200bword\u202e \U000e0069\U000e0067") == ("password ", 4)


def test_joiner_between_letters_of_a_script_that_needs_it_stays() -> None:
    persian = "می\u200cخواهم"
    assert visible(f"{persian}\u200b") == (persian, 1)


@pytest.mark.parametrize(
    "text", ["a\u200d\u200d\u200db", "⟦⟦x⟧", "\x1b\x1b[0m[0mx", "\r\r\n", "\u200d\U000e0041é\u200dé"]
)
def test_visible_text_is_visible_already(text: str) -> None:
    once, _ = visible(text)
    assert visible(once) == (once, 0)
