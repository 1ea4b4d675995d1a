"""Secrets whose signs are written another way: any reader can undo it, so redaction looks there too."""

from collections import Counter

import pytest

from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.redaction.secret_disguises import plain_form
from tests.fakes.planted_secrets import A40, A80, glue

TOKEN = glue("gh", "p_", A40[:36])
KEY = glue("sk-", "ant-api03-", A80)


def escaped(text: str, places: set[int]) -> str:
    return "".join(f"\\u{ord(sign):04x}" if at in places else sign for at, sign in enumerate(text))


HIDDEN: dict[str, tuple[str, str]] = {
    "escape in the prefix": (escaped(TOKEN, {0}), A40[10:20]),
    "escape in place of the underscore": (escaped(TOKEN, {3}), A40[10:20]),
    "escapes in the body": (escaped(TOKEN, {9, 24, 30}), A40[30:36]),
    "every sign escaped": (escaped(TOKEN, set(range(len(TOKEN)))), "\\u0061\\u0042"),
    "escape inside an escape": (escaped(TOKEN, {3}).replace("\\", "\\\\"), A40[10:20]),
    "escaped sign of assignment": ("password\\u003dtiger9hunter2", "tiger9"),
    "escaped letter in the name": ("pass\\u0077ord: tiger9hunter2", "tiger9"),
    "escaped quotes": (f"\\u0022token\\u0022:\\u0022{A40}\\u0022", A40[:10]),
    "escaped ampersand": (f"https://h/x?a=b\\u0026access_token\\u003d{A40}\\u0026x=1", A40[:10]),
    "hexadecimal quotes": (f"\\x22api_key\\x22:\\x22{A40}\\x22", A40[:10]),
    "percent in the token": (KEY.replace("-", "%2D"), A80[20:40]),
    "percent in a name and its value": ("password%3Dtiger9hunter2", "tiger9"),
    "percent twice": ("password%253Dtiger9hunter2", "tiger9"),
    "percent in a connection": ("postgres%3A%2F%2Fapp%3Atiger9hunter2%40db%2Fx", "tiger9"),
    "entities": (f"api_key=&quot;{A40}&quot;", A40[:10]),
    "numeric entity": ("password&#61;tiger9hunter2", "tiger9"),
    "escaped slashes": ("postgres:\\/\\/app:tiger9hunter2@db.x:5432\\/a", "tiger9"),
    "sign without width in the prefix": (TOKEN[:3] + "\u200b" + TOKEN[3:], A40[10:20]),
    "sign without width in the body": (TOKEN[:24] + "\u200b" + TOKEN[24:], TOKEN[25:]),
    "colour in the body": (TOKEN[:24] + "\x1b[0m" + TOKEN[24:], TOKEN[25:]),
    "wide sign of assignment": ("password\uff1dtiger9hunter2", "tiger9"),
    "escaped address": ("jane.doe\\u0040corp.io", "jane.doe"),
    "escaped home folder": ("\\u002fUsers\\u002fjanedoe\\u002fapp", "janedoe"),
    "home folder with escaped slashes": ("\\/Users\\/janedoe\\/app", "janedoe"),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_secret_in_another_writing_is_replaced_and_counted(way: str) -> None:
    text, heart = HIDDEN[way]
    counts: Counter[str] = Counter()
    answer = Redactor().redact(f"before {text} after", counts)
    assert heart not in answer
    assert sum(counts.values()) >= 1
    assert answer.startswith("before ")
    assert answer.endswith(" after")
    assert Redactor().redact(answer, Counter()) == answer


COMMANDS = (
    "mysql -u root -ptiger9hunter2 db",
    "mysqldump --single-transaction -ptiger9hunter2 db",
    "redis-cli -h cache -a tiger9hunter2 ping",
    "redis-cli --pass tiger9hunter2",
    "machine h login deploy password tiger9hunter2",
    "machine h\n  login deploy\n  password tiger9hunter2",
)


@pytest.mark.parametrize("text", COMMANDS)
def test_password_that_a_tool_takes_in_its_own_way_is_replaced(text: str) -> None:
    assert Redactor().redact(text, Counter()) == text.replace("tiger9hunter2", "[redacted:command_password]")


@pytest.mark.parametrize(
    "text",
    [
        "a \\u003c b \\x26\\x26 c%20d &lt;p&gt; https:\\/\\/example.com \x1b[32mok\x1b[0m na\u00adme",
        "mysql -u root -p db",
        "mysql -p$PASSWORD db; mkdir -p src/login",
        "login page: password field",
        "redis-cli -a $REDIS_PASSWORD",
    ],
)
def test_text_without_a_secret_keeps_its_own_writing(text: str) -> None:
    assert Redactor().redact(text, Counter()) == text


def test_plain_form_undoes_layers_and_leaves_lines_alone() -> None:
    assert plain_form("a\\\\u005cu003db%253Dc&amp;lt;") == "a=b=c<"
    assert plain_form("one\\ntwo\\u000athree") == "one\\ntwo\\u000athree"
    assert plain_form("nothing to undo") == "nothing to undo"
