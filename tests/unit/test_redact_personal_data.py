"""Personal data: e-mail addresses and home folders go, the structure around them stays."""

from collections import Counter

import pytest

from orchestration.ingest.redaction.redact import Redactor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane <jane.doe@example.com>, x", "Jane <[redacted:email]>, x"),
        ("a\\nbob@corp.io\\n", "a\\n[redacted:email]\\n"),
        ("user=bob%40corp.io&x", "user=[redacted:email]&x"),
        ("1+bob@users.noreply.github.com.", "[redacted:email]."),
        ("ab@x.de,cd@x.de", "[redacted:email],[redacted:email]"),
    ],
)
def test_email_address_is_replaced(text: str, expected: str) -> None:
    counts: Counter[str] = Counter()
    assert Redactor().redact(text, counts) == expected
    assert counts["email"] == expected.count("[redacted:email]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cd /Users/jane.doe/src/app", "cd /Users/[user]/src/app"),
        ("in /home/jane.", "in /home/[user]."),
        ("a\\n/Users/jane/x\\n-Users-jane-x", "a\\n/Users/[user]/x\\n-Users-[user]-x"),
        ("cc -I/Users/jane/x -L/home/jane/y", "cc -I/Users/[user]/x -L/home/[user]/y"),
        ("file:///Users/jané/x", "file:///Users/[user]/x"),
        ("C:\\Users\\Jane Doe\\x", "C:\\Users\\[user]\\x"),
        ('"C:\\\\Users\\\\jane\\\\x"', '"C:\\\\Users\\\\[user]\\\\x"'),
        ("c:/users/jane/x /mnt/c/Users/jane/x", "c:/users/[user]/x /mnt/c/Users/[user]/x"),
        ("~/.claude/projects/-Users-jane-src-app/x", "~/.claude/projects/-Users-[user]-src-app/x"),
        ("~/c/-home-jane-app C--Users-jane-app", "~/c/-home-[user]-app C--Users-[user]-app"),
        ("path=%2FUsers%2Fjane%2Fx", "path=%2FUsers%2F[user]%2Fx"),
        ("drwxr-xr-x@ 6 jane  staff  192 Jun  9 x", "drwxr-xr-x@ 6 [user]  staff  192 Jun  9 x"),
        ("-rw-r--r-- 1 jane jane 10 Jan 1 x", "-rw-r--r-- 1 [user] [user] 10 Jan 1 x"),
        ("-rw-r--r-- 1 root root 10 Jan 1 x", "-rw-r--r-- 1 root root 10 Jan 1 x"),
    ],
)
def test_home_folder_name_goes_and_the_path_stays(text: str, expected: str) -> None:
    counts: Counter[str] = Counter()
    assert Redactor().redact(text, counts) == expected
    assert counts["home_folder"] == expected.count("[user]")


def test_given_names_are_hidden_in_any_path_and_slug() -> None:
    redactor = Redactor(home_names=("jane.doe", "ubuntu", "x"))
    text = "/data/jane.doe/app -Users-jane-doe-src /data/jane.doex /srv/ubuntu/x"
    expected = "/data/[user]/app -Users-[user]-src /data/jane.doex /srv/ubuntu/x"
    counts: Counter[str] = Counter()
    assert redactor.redact(text, counts) == expected
    assert counts == {"home_folder": 2}
