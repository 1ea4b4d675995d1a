"""Whose a session is: its author's and its project's pseudonyms, from paths and working directories."""

from collections.abc import Iterable
from typing import Any

from orchestration.ingest.projects import Project, project_root, resolve_project
from orchestration.ingest.pseudonyms import resolve_user, user_name_from_cwd
from orchestration.ingest.rows import Owner
from orchestration.ingest.sources.source import ParseContext, SessionInput


def owner_of(session: SessionInput, cwd: Any, context: ParseContext) -> Owner:
    """The columns that every row of a session carries first; `cwd` is its first working directory."""
    user_id = _user_id(session, cwd, context)
    return Owner(session.session_id, user_id, project_of(cwd, context).project_id, session.source)


def _user_id(session: SessionInput, cwd: Any, context: ParseContext) -> str | None:
    """Pseudonym of the author: from the path where it says so, else from the home folder in cwd.

    Where the home has an owner, that is who: on one's own machine a container's `/home/coder`, a folder
    outside every home and a session without a folder are one's own.
    """
    if context.owner is not None:
        return context.pseudonyms.user(context.owner)
    authors = sorted({version.author for version in session.files if version.author})
    cwds = (cwd,) if isinstance(cwd, str) else ()
    name = resolve_user(authors[0] if authors else None, cwds, context.users)
    return context.pseudonyms.user(name) if name is not None else None


def project_of(cwd: Any, context: ParseContext) -> Project:
    """The project of a session by its first working directory, with its name where it may be shown."""
    return resolve_project(
        cwd if isinstance(cwd, str) else None,
        pseudonyms=context.pseudonyms,
        projects=context.projects,
        roots=context.roots,
        shows_names=context.shows_names,
    )


def root_of(cwd: Any) -> str | None:
    """The folder of a session's project on its machine, by its first working directory."""
    return project_root(cwd) if isinstance(cwd, str) else None


def home_names(cwds: Iterable[str], context: ParseContext) -> frozenset[str]:
    """Names to hide wherever they are a folder: the operator's map, and the homes of this session."""
    homes = {name for cwd in cwds if (name := user_name_from_cwd(cwd)) is not None}
    return frozenset({*context.users, *homes})
