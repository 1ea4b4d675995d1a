"""Personal data in text: e-mail addresses and the names of home folders.

Belongs here: what names a person and can be told by its place. Does not belong here: names in prose,
which no expression can tell. The structure stays: `/Users/[user]/app`, `-Users-[user]-app`.
"""

import re
from typing import NamedTuple

from orchestration.ingest.secret_patterns import PLACEHOLDER

USER = "[user]"

GENERIC_NAMES = frozenset(
    "root ubuntu runner runneradmin user users username user_name your_username yourname yourusername your-name "
    "your-username you me name myuser someuser testuser example public default shared guest admin administrator app "
    "vscode node codespace coder circleci vagrant ec2-user centos debian fedora alpine pi git gitpod vsts jovyan "
    "linuxbrew jenkins claude agent sandbox devcontainer worker docker dev developer redacted xxx foo bar".split()
)
"""Folder names of machines and documents: they name no person."""


class PersonalRule(NamedTuple):
    """One place where a person is named; `replacement` is a template of `re.subn`."""

    kind: str
    needles: tuple[str, ...]
    regex: re.Pattern[str]
    replacement: str
    screen: str


_GENERIC = "(?!(?i:" + "|".join(map(re.escape, sorted(GENERIC_NAMES, reverse=True))) + r")(?![\w.+-]))"
_SEGMENT = r"\w[\w+-]*(?:\.[\w+-]+)*"
_NAME = _GENERIC + _SEGMENT
_SLUG_NAME = _GENERIC.replace(".+-", "") + r"\w+"

_NOT_PEOPLE = r"(?:git|hg|svn|org-\d+|noreply|no-reply|donotreply|this|return|super|self|await)"
_NOT_DOMAINS = (
    r"png|jpe?g|gif|svg|webp|ico|pdf|js|jsx|mjs|cjs|ts|tsx|mts|css|scss|html?|json|ya?ml|toml|lock|xml|csv|txt|"
    r"service|socket|timer|target|mount|slice|scope|py|pyc|tgz|gz|zip|whl|jar|so|dylib|dll|exe|log|tmp|map"
)
_EMAIL = re.compile(
    # `\n` before an address in JSON text is a line end, not the first letter of the name.
    r"(?:(?<=\\[nrtbf])|(?<![\w.+%@-]))(?!(?<=\\)[nrtbf])"
    rf"(?!{_NOT_PEOPLE}(?:@|%40))[\w.+%'-]{{1,64}}(?:@|%40)"
    # A domain, neither a version (pkg@1.2.3-rc.one) nor a file (icon@2x.png) nor a call (x@weight.mean().
    rf"(?!v?\d+\.\d)(?:[\w-]{{1,63}}\.){{1,8}}(?!(?:{_NOT_DOMAINS})\b)[A-Za-z]{{2,24}}(?![\w(-])"
)

PERSONAL_RULES: tuple[PersonalRule, ...] = (
    PersonalRule("email", ("@", "%40"), _EMAIL, PLACEHOLDER.format(kind="email"), r"(?:@|%40)[\w-]{1,63}\.[A-Za-z]"),
    # Components/Users/List.tsx is no home: the folder opens a path, or follows a drive, a volume, or ../..
    PersonalRule(
        "home_folder",
        ("/Users/",),
        re.compile(rf"/Users/(?:(?<![\w.)-]/Users/)|(?<=/[a-z]/Users/)|(?<=HD/Users/)|(?<=Data/Users/)|(?<=/\.\./Users/)|(?<=/\.\.\./Users/)){_NAME}"),
        f"/Users/{USER}",
        "/Users/",
    ),
    PersonalRule(
        "home_folder",
        ("/home/",),
        re.compile(rf"/home/(?:(?<![\w.)-]/home/)|(?<=/var/home/)|(?<=/export/home/)|(?<=/mnt/home/)|(?<=Ubuntu/home/)|(?<=Debian/home/)){_NAME}"),
        f"/home/{USER}",
        "/home/",
    ),
    PersonalRule(
        "home_folder",
        ("sers\\", ":/users/"),
        re.compile(rf"(?i)(:(\\{{1,4}}|/)Users\2){_GENERIC}(?:\w[\w.+-]*(?: [\w.+-]+){{1,3}}(?=\\)|{_SEGMENT})"),
        rf"\g<1>{USER}",
        r"(?i)sers\\|:/users/",
    ),
    PersonalRule(
        "home_folder",
        ("home\\",),
        re.compile(rf"(?i)(wsl[$.\w]{{0,20}}\\{{1,4}}[\w.-]{{1,40}}\\{{1,4}}home\\{{1,4}}){_NAME}"),
        rf"\g<1>{USER}",
        r"home\\",
    ),
    PersonalRule(
        "home_folder",
        ("-Users-",),
        re.compile(rf"-Users-(?:(?<!\w-Users-)){_SLUG_NAME}"),
        f"-Users-{USER}",
        "-Users-",
    ),
    # Only where a folder name can open: `-home-dir` is an option, `nav-home-icon` a class.
    PersonalRule(
        "home_folder",
        ("-home-",),
        re.compile(rf"-home-(?:(?<=[/\\\"'`\n]-home-)|(?<=\A-home-)){_SLUG_NAME}"),
        f"-home-{USER}",
        "-home-",
    ),
    PersonalRule(
        "home_folder",
        ("%2FUsers%2F", "%2Fhome%2F"),
        re.compile(r"(%2F(?:Users|home)%2F)" + _NAME),
        rf"\g<1>{USER}",
        "%2FUsers%2F|%2Fhome%2F",
    ),
)


def named_folder_rule(names: frozenset[str]) -> PersonalRule | None:
    """A rule that hides these names wherever one is a whole path segment, or the whole of a slug's.

    A slug writes every sign as `-`, so that `john.doe` is also looked for as `john-doe`.
    """
    wanted = sorted((n for n in names if len(n) > 1 and n.lower() not in GENERIC_NAMES), key=lambda n: (-len(n), n))
    if not wanted:
        return None
    plain = "|".join(map(re.escape, wanted))
    slugs = "|".join(re.escape(re.sub(r"[^A-Za-z0-9]", "-", name)) for name in wanted)
    regex = rf"((?<=[/\\])(?:{plain})(?![\w.+-])|(?<=Users-)(?:{slugs})(?!\w)|(?<=home-)(?:{slugs})(?!\w))"
    return PersonalRule("home_folder", tuple(wanted), re.compile(regex), USER, f"[/\\\\](?:{plain})|(?:Users|home)-")
