"""Whose a transcript file is: what its path and its records say of people, and what ties it to others.

Belongs here: the signs in one file and the rule that reads names out of them. Not here: who is to be
deleted (tombstones and the shell's `forget`), what is taken out of the index (forget).
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from orchestration.ingest.pseudonyms import is_generic, resolve_user, user_name_from_cwd

_HOME_SLUG = re.compile(r"^(?:-|[A-Za-z]--)(?:[A-Za-z0-9]+-)*?(?:Users|home)-(.+)$")
SLUG_NAME_PARTS = 6
"""A slug writes every sign of a name as `-`, so its first 1 to 6 parts may be the name."""


def people_of(authors: Iterable[str], cwds: Iterable[str], users: Mapping[str, str]) -> dict[str, str]:
    """Names that say whose a file is, each with the person it stands for by the operator's map.

    Authors named by the path count; only where none is, the homes of all working directories do.
    """
    named = {author: person for author in authors if (person := resolve_user(author, (), users)) is not None}
    return named or homes_of(cwds, users)


def homes_of(cwds: Iterable[str], users: Mapping[str, str]) -> dict[str, str]:
    """Working directories in somebody's home, each with the person."""
    return {cwd: person for cwd in cwds if (person := resolve_user(None, (cwd,), users)) is not None}


def spelling_of(text: str) -> str | None:
    """The name in an author's folder name or in a working directory; None for names that many share."""
    name = user_name_from_cwd(text) if "/" in text or "\\" in text else text
    return None if name is None or is_generic(name) else name


def slug_names(relative: str) -> frozenset[str]:
    """Whose home a project slug in a path may name, as slugs write it: all readings, lower case.

    `-home-ann-lee-repo` may be ann's, ann-lee's or ann-lee-repo's.
    """
    names: set[str] = set()
    for part in PurePosixPath(relative).parts[:-1]:
        found = _HOME_SLUG.match(part)
        pieces = found.group(1).split("-")[:SLUG_NAME_PARTS] if found else []
        names.update("-".join(pieces[: count + 1]).casefold() for count in range(len(pieces)))
    return frozenset(names - {""})


def slug_of(name: str) -> str:
    """A name as a project slug writes it."""
    return re.sub(r"[^A-Za-z0-9]", "-", name.strip()).casefold()
