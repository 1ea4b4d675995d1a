"""Personal data in text: e-mail addresses and the names of home folders.

Belongs here: what names a person and can be told by its place. Does not belong here: names in prose,
which no expression can tell. The structure stays: `/Users/[user]/app`, `-Users-[user]-app`.
"""

import re
from collections import Counter

from orchestration.ingest.redaction.secret_rule import PLACEHOLDER

USER = "[user]"
EMAIL = PLACEHOLDER.format(kind="email")

_GENERIC_WORDS = """
    root ubuntu runner runneradmin user users username user_name your_username yourname yourusername your-name
    your-username you me name myuser someuser testuser example public default shared guest admin administrator
    app vscode node codespace coder circleci vagrant ec2-user centos debian fedora alpine pi git gitpod vsts
    jovyan linuxbrew jenkins claude agent sandbox devcontainer worker docker dev developer test tests staff
    wheel redacted xxx foo bar
"""
GENERIC_NAMES = frozenset(_GENERIC_WORDS.split())
"""Folder names of machines and documents: they name no person."""


_NAME = r"(\w[\w+-]*(?:\.[\w+-]+)*)"


def _behind(folder: str) -> str:
    """What a path may follow, letter or not: an escape (`\\n`), a colour (`[32m`), an option (`-I`)."""
    return rf"(?<=\\[nrtbf]{folder})|(?<=[0-9\[]m{folder})|(?<=[ \"'=]-[A-Za-z]{folder})"


_MODE = r"rw[xsS-](?<=[dlbcps-]rw.)[rwxsStT-]{6}[@+.]? {1,8}\d{1,6}"
_WINDOWS_NAME = rf"(\w[\w.+-]*(?: [\w.+-]+){{1,3}}(?=\\))|{_NAME}"

FolderRule = tuple[tuple[str, ...], re.Pattern[str]]
"""Literals, one of which stands in every match, and an expression; the groups of a match are names."""

FOLDER_RULES: tuple[FolderRule, ...] = (
    (
        ("sers",),
        re.compile(
            # Components/Users/List.tsx is no home: the folder opens a path, or follows a drive,
            # a volume, ../..
            rf"sers(?:/(?:(?<=/Users/)(?:(?<![\w.)\]-]/Users/)|{_behind('/Users/')}|(?<=/[a-z]/Users/)|(?<=HD/Users/)"
            r"|(?<=/Data/Users/)"
            rf"|(?<=/\.\./Users/)|(?<=/\.\.\./Users/))|(?<=:/users/)){_NAME}"
            # C:\Users\, and the same inside JSON text; a name may hold blanks when another folder follows.
            rf"|(?:(?<=:\\[Uu]sers)|(?<=:\\\\[Uu]sers)|(?<=:\\\\\\\\[Uu]sers))\\{{1,4}}(?:{_WINDOWS_NAME})"
            rf"|-(?<=-Users-)(?:(?<![\w\]]-Users-)|{_behind('-Users-')})(\w+)|%2F(?<=%2FUsers%2F){_NAME})"
        ),
    ),
    (
        ("home",),
        re.compile(
            rf"home(?:/(?<=/home/)(?:(?<![\w.)\]-]/home/)|{_behind('/home/')}|(?<=/var/home/)|(?<=/export/home/)|(?<=/mnt/home/)"
            rf"|(?<=Ubuntu/home/)|(?<=Debian/home/)|(?<=/\.\./home/)){_NAME}"
            # \\wsl$\Ubuntu\home\name\
            rf"|(?<=[\w\\]\\home)\\{{1,4}}{_NAME}(?=\\)"
            # A slug only where a folder's name can open: `-home-dir` is an option, `nav-home-icon` a class.
            r"|-(?:(?<=[/\\\"'`\n]-home-)|(?<=\\n-home-)|(?<=\A-home-))(\w+)(?=[-\s/\\\"'`]|\Z)"
            rf"|%2F(?<=%2Fhome%2F){_NAME})"
        ),
    ),
    # `ls -l` names the owner, and on Linux a group of the same name.
    (("rw",), re.compile(rf"{_MODE} {{1,8}}(?:{_NAME}|\[user\]) {{1,8}}{_NAME}?(?= )")),
    (("pytest-of-",), re.compile(r"pytest-of-(\w+)")),
)
"""Ways to write a home folder.

Each expression opens with a literal, which is what makes a scan of long texts fast.
"""

FOLDER_LITERALS = (
    *("sers/", "sers\\", "-users-", "%2fusers%2f"),
    *("home/", "home\\", "-home-", "%2fhome%2f", "pytest-of-"),
    *(f"rw{mode}" for mode in "xs-"),
)
"""One of these, in lower case, stands in every text that a rule of FOLDER_RULES matches."""

_NOT_PEOPLE = frozenset(
    ("git", "hg", "svn", "noreply", "no-reply", "donotreply", "this", "return", "super", "self")
)
_NOT_DOMAINS = (
    r"md|png|jpe?g|gif|svg|webp|ico|pdf|js|jsx|mjs|cjs|ts|tsx|mts|css|scss|html?|json|ya?ml|toml|lock|xml|csv|txt|"
    r"service|socket|timer|target|mount|slice|scope|py|pyc|tgz|gz|zip|whl|jar|so|dylib|dll|exe|log|tmp|map"
)
_DOMAIN = re.compile(
    # Neither a version (pkg@1.2.3-rc.one), nor a file (icon@2x.png), nor a call (x@weight.mean().
    r"(?:@|%40)(?!v?\d+\.\d)"
    rf"(?:[\w-]{{1,63}}\.){{1,8}}(?!(?:{_NOT_DOMAINS})\b)[A-Za-z]{{2,24}}(?![\w(-])"
)
_LOCAL_REVERSED = re.compile(r"[\w.+%'-]{0,63}[\w+]")


def hide_emails(text: str, counts: Counter[str]) -> str:
    """Addresses out, but not ssh remotes (git@…), versions (foo@1.2.3), decorators or noreply@…."""
    pieces: list[str] = []
    done = 0
    for sign in ("@", "%40"):
        at = text.find(sign)
        while at >= 0:
            domain = _DOMAIN.match(text, at)
            start = _local_start(text, at) if domain else at
            if domain and done <= start < at:
                pieces += (text[done:start], EMAIL)
                counts["email"] += 1
                done = at = domain.end()
            else:
                at += len(sign)
            at = text.find(sign, at)
        text, done, pieces = "".join((*pieces, text[done:])), 0, []
    return text


def _local_start(text: str, at: int) -> int:
    """Where the part in front of the sign begins; `at` itself where it is nobody's."""
    before = text[max(0, at - 66) : at]
    local = _LOCAL_REVERSED.match(before[::-1])
    if local is None:
        return at
    start = at - local.end()
    name = text[start:at].lstrip("'.-%")
    start = at - len(name)
    # `\n` in front of an address in JSON text is a line end, not the first letter of the name.
    if text[start - 1 : start] == "\\" and name[:1] in "nrtbf":
        start, name = start + 1, name[1:]
    is_person = any(char.isalnum() for char in name) and name.lower() not in _NOT_PEOPLE
    return start if is_person and not re.fullmatch(r"org-\d+", name) else at


def hide_folders(text: str, counts: Counter[str], rules: tuple[FolderRule, ...]) -> str:
    """The names of home folders out, the generic ones excepted; the path keeps its form."""
    for literals, regex in rules:
        for literal in literals:
            if literal in text:
                text = _hide_names(regex, text, counts)
                break
    return text


def _hide_names(regex: re.Pattern[str], text: str, counts: Counter[str]) -> str:
    pieces: list[str] = []
    done = 0
    for match in regex.finditer(text):
        for start, end in match.regs[1:]:
            if start >= 0 and text[start:end].lower() not in GENERIC_NAMES:
                pieces += (text[done:start], USER)
                done = end
    if not pieces:
        return text
    counts["home_folder"] += len(pieces) // 2
    return "".join((*pieces, text[done:]))


def named_folder_rules(names: frozenset[str]) -> tuple[FolderRule, ...]:
    """Rules that hide these names wherever one is a whole path segment, or the name in a slug.

    A slug writes every sign as `-`, so that `john.doe` is also looked for as `john-doe`.
    """

    def choice(texts: set[str]) -> str:
        longest_first = sorted(texts, key=lambda text: (-len(text), text))
        return "(" + "|".join(map(re.escape, longest_first)) + ")"

    wanted = {name for name in names if len(name) > 1 and name.lower() not in GENERIC_NAMES}
    if not wanted:
        return ()
    slugs = {re.sub(r"[^A-Za-z0-9]", "-", name) for name in wanted}
    plain, slug = choice(wanted), choice(slugs)

    def behind(opening: str, texts: set[str]) -> tuple[str, ...]:
        return tuple(opening + text for text in sorted(texts))

    # With what stands in front of it: a name in a path would call for all four.
    return (
        (behind("/", wanted), re.compile(rf"/{plain}(?![\w.+-])")),
        (behind("\\", wanted), re.compile(rf"\\{plain}(?![\w.+-])")),
        (behind("-Users-", slugs), re.compile(rf"sers-(?<=-Users-){slug}(?!\w)")),
        (behind("-home-", slugs), re.compile(rf"home-(?<=-home-){slug}(?!\w)")),
    )
