"""The one way to a data home: every command and everything of Dagster opens it here.

`open_home` makes the folder private, reads what the home remembers, and lets no caller turn it into
something else by accident. Not here: paths and modes (home_folder), the file `home.toml` (home_record).
"""

from collections.abc import Callable, Mapping, Sequence

from orchestration.command_lines import command_line
from orchestration.demo_home import demo_settings, is_demo
from orchestration.home_folder import HomeError, folder_problem, keep_private, prepare_folder
from orchestration.home_record import (
    REMEMBERED,
    HomeRecord,
    differing,
    inherited,
    is_same,
    read_record,
    record_of,
    shown,
    write_record,
)
from orchestration.setting_sources import source_of
from orchestration.settings import Settings, load_settings

Confirm = Callable[[str], bool]
"""Asks a person a question of yes or no."""


class OtherHomeError(HomeError):
    """What is asked for contradicts what the home is; the message says how to go on and how to change it."""


def open_home(
    given: Settings, *, make: bool = True, as_kept: bool = False, confirm: Confirm | None = None
) -> Settings:
    """The settings of the home that `given` names, checked, private, and as the home remembers itself.

    Without `make`, a home that is not there is left so. `as_kept` is for commands that neither take
    transcripts in nor publish: what the home keeps holds, whatever a variable says. Else a contradiction is
    put to `confirm`, whose yes changes the home; without it, or with no, raises OtherHomeError. Raises
    HomeError where the folder cannot be used.
    """
    keep_private()
    if make or given.home.exists():
        prepare_folder(given.home, transcripts=given.transcripts)
    return settled(given, as_kept=as_kept, confirm=confirm)


def settled(given: Settings, *, as_kept: bool = False, confirm: Confirm | None = None) -> Settings:
    """`given` with what the home remembers; looks at files only. Raises what `open_home` raises."""
    wanted = _with_demo_settings(given)
    record = read_record(wanted.home)
    if record is None:
        known = inherited(wanted.home)
        told = {name: known[name] for name in known if name not in wanted.model_fields_set}
        # All of them are said from here on: who goes on with these settings contradicts a home that has
        # become another meanwhile.
        return wanted.model_copy(update={**{name: getattr(wanted, name) for name in REMEMBERED}, **told})
    others = [] if as_kept else differing(wanted, record)
    if others:
        if confirm is None or not confirm(_question(wanted, record, others)):
            raise OtherHomeError(_contradiction(wanted, record, others))
        record = record.model_copy(update={name: getattr(record_of(wanted), name) for name in others})
        write_record(wanted.home, record)
    return wanted.model_copy(update=record.model_dump())


def remembered(given: Settings) -> Settings:
    """`given` with what the home keeps put over it, for commands that only look; never refuses."""
    try:
        record = read_record(given.home)
    except HomeError:
        record = None
    own = demo_settings(given.home) if is_demo(given.home) else {}
    return given.model_copy(update={**(record.model_dump() if record is not None else {}), **own})


def problems_of(given: Settings) -> list[tuple[str, str]]:
    """What keeps `given` from being opened, as problem and remedy; changes nothing."""
    problem = folder_problem(given.home, transcripts=given.transcripts)
    if problem is not None:
        return [_parted(problem)]
    try:
        settled(given)
    except HomeError as error:
        return [_parted(str(error))]
    return []


def change_home(given: Settings, changes: Mapping[str, str]) -> list[str]:
    """Change what an existing home keeps; a line for each change. Raises HomeError and SettingsError.

    `changes` are typed: names of settings with their values as text.
    """
    unknown = sorted(set(changes) - set(REMEMBERED))
    if unknown:
        raise HomeError(
            f"A home does not keep {', '.join(unknown)}; it keeps {', '.join(REMEMBERED)}. Set others as "
            "SESSIONMART_<NAME> in the environment, or in sessionmart.toml."
        )
    if is_demo(given.home) and "transcripts" in changes:
        raise OtherHomeError(_DEMO_ONLY.format(home=given.home))
    keep_private()
    prepare_folder(given.home, transcripts=given.transcripts)
    known = given.model_copy(update=inherited(given.home))
    before = read_record(given.home) or record_of(_with_demo_settings(known))
    wanted = record_of(load_settings(home=given.home, **changes))
    after = before.model_copy(update={name: getattr(wanted, name) for name in changes})
    write_record(given.home, after)
    return [
        f"{name}: {shown(getattr(after, name))} (before: {shown(getattr(before, name))})" for name in changes
    ]


_DEMO_ONLY = (
    "{home} is the demo's data home and takes no other transcripts. Choose another one with --home "
    "(make: HOME_DIR=), or leave --transcripts out."
)


def _with_demo_settings(given: Settings) -> Settings:
    """A demo's home reads what the demo wrote and nothing else, whatever file and environment say."""
    if not is_demo(given.home):
        return given
    own = demo_settings(given.home)
    is_typed = source_of(given, "transcripts") == "command line"
    if is_typed and not is_same("transcripts", given.transcripts, own["transcripts"]):
        raise OtherHomeError(_DEMO_ONLY.format(home=given.home))
    return given.model_copy(update=own)


def _contradiction(given: Settings, record: HomeRecord, names: Sequence[str]) -> str:
    said = [
        f"  {name} is {shown(getattr(record, name))}, and {source_of(given, name)} says "
        f"{shown(getattr(given, name))}"
        for name in names
    ]
    changed = [f"{name}={shown(getattr(record_of(given), name))}" for name in names]
    change = command_line(given, "settings", set=changed)
    return (
        f"The data home {given.home} is something else than what is asked for:\n" + "\n".join(said) + "\n"
        "Leave that out to go on with the home as it is, or name another home with --home (make: HOME_DIR=). "
        f"To change this home on purpose:\n  {change}"
    )


def _question(given: Settings, record: HomeRecord, names: Sequence[str]) -> str:
    changes = ", ".join(
        f"{name} from {shown(getattr(record, name))} to {shown(getattr(given, name))}" for name in names
    )
    return f"This changes the data home {given.home}: {changes}. Change it?"


def _parted(message: str) -> tuple[str, str]:
    first, _, rest = message.partition(". " if "\n" not in message else "\n")
    return first, rest
