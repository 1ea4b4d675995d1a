"""The desk at a terminal: a prompt with a history, completion of names, and a mistake that ends nothing.

Belongs here: the terminal alone. Not here: what is typed (shell). The history is kept while the program runs
and in no file: a query may name a person.
"""

import sys
from collections.abc import Callable, Iterator

from orchestration.desk.release_file import columns_of, tables_of
from orchestration.desk.shell import Desk, LeaveDesk, statements
from orchestration.failures import WrongInputError

PROMPT, CONTINUED = "sessionmart> ", "        ...> "


def converse(desk: Desk, say: Callable[[str], None], complain: Callable[[str], None]) -> None:
    """Answer what is typed until the person leaves. Ctrl-C drops what is being typed, or stops a query."""
    _complete_names(desk)
    while True:
        try:
            for typed in statements(_typed_lines()):
                _answer(desk, typed, say, complain)
        except KeyboardInterrupt:
            say("")
            continue
        except LeaveDesk:
            return
        say("")  # the line of Ctrl-D
        return


def _answer(desk: Desk, typed: str, say: Callable[[str], None], complain: Callable[[str], None]) -> None:
    try:
        for line in desk.answers(typed):
            say(line)
    except WrongInputError as error:
        complain(str(error))


def _typed_lines() -> Iterator[str]:
    """Lines as they are typed, until Ctrl-D; the prompt says whether a statement is still open."""
    is_open = False
    while True:
        try:
            line = input(CONTINUED if is_open else PROMPT)
        except EOFError:
            return
        is_command = not is_open and line.lstrip().startswith(".")
        is_open = not is_command and bool(line.strip() or is_open) and not line.rstrip().endswith(";")
        yield line


def _complete_names(desk: Desk) -> None:
    """The tab key completes tables, columns and commands, where Python has readline."""
    try:
        import readline
    except ImportError:  # a Python that was built without it has a plain prompt
        return
    names = set()
    for table in tables_of(desk.connection):
        names.add(table.full_name)
        names |= {column.name for column in columns_of(desk.connection, table.full_name)[1]}
    names |= {".tables", ".describe", ".questions", ".run", ".show", ".help", ".quit"}

    def complete(text: str, state: int) -> str | None:
        found = sorted(name for name in names if name.startswith(text))
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,()=<>'\"")
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")


def is_terminal() -> bool:
    """Whether a person types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()
