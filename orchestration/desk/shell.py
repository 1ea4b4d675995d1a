"""What is typed at the desk: SQL, and a few commands that begin with a full stop.

Belongs here: splitting what is typed, running it, and what to say of a mistake. Not here: opening the release
(release_file), how rows look (result_table), the terminal (prompt), options (commands.desk).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import duckdb

from orchestration.desk.figures import render_figures, shown_metric
from orchestration.desk.questions import load_questions, question_of
from orchestration.desk.release_file import columns_of, tables_of
from orchestration.desk.result_table import Format, listed, rendered
from orchestration.failures import WrongInputError

HELP = """\
.tables           the tables, each with its grain: what one row is
.describe TABLE   the columns of a table, each with its description
.questions        the worked questions
.run N            the answer to a worked question, by its number or name
.show METRIC      the figures of a metric, with its definition
.help             this list
.quit             leave (or Ctrl-D)
Everything else is SQL and ends with a semicolon. Names are marts.TABLE and metrics.TABLE."""


class QueryError(WrongInputError):
    """A query that DuckDB refuses; the message is DuckDB's, with what to read next."""


class LeaveDesk(Exception):  # noqa: N818 - it is a wish and no error
    """The person is done."""


@dataclass(frozen=True)
class Desk:
    """An open release, and how its answers are written. `width`: columns of the terminal, if it is one."""

    connection: duckdb.DuckDBPyConnection
    to: Format = "table"
    width: int | None = None

    def answers(self, typed: str) -> Iterator[str]:
        """The lines that answer one command or one or several statements.

        Raises QueryError for SQL that cannot be run, WrongInputError for a command that cannot, LeaveDesk.
        """
        if typed.lstrip().startswith("."):
            yield from self._command(typed.strip())
        else:
            yield from self._query(typed)

    def _query(self, sql: str) -> Iterator[str]:
        try:
            result = self.connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            rows = result.fetchall() if names else []
        except duckdb.Error as error:
            raise QueryError(_explained(error)) from error
        if names:
            yield from rendered(names, rows, to=self.to, width=self.width)

    def _command(self, typed: str) -> Iterator[str]:
        verb, _, argument = typed.partition(" ")
        known = _COMMANDS.get(verb)
        if known is None:
            raise WrongInputError(f"There is no command {verb}. .help lists the commands.")
        yield from known(self, argument.strip().rstrip(";").strip())

    def tables(self, _argument: str) -> Iterator[str]:
        """Each table with its grain."""
        rows = [(table.full_name, table.grain) for table in tables_of(self.connection)]
        yield from listed(("table", "grain"), rows, to=self.to, width=self.width)

    def describe(self, argument: str) -> Iterator[str]:
        """The description of a table and its columns."""
        _must_be_given(argument, ".describe", "the name of a table, for example marts.fct_sessions")
        table, columns = columns_of(self.connection, argument)
        if self.to == "table":
            yield f"{table.full_name}: {table.comment}"
            yield ""
        rows = [(column.name, column.type_name, column.comment) for column in columns]
        yield from listed(("column", "type", "description"), rows, to=self.to, width=self.width)

    def questions(self, _argument: str) -> Iterator[str]:
        """Each worked question with its number."""
        rows = [(one.number, one.name, one.question) for one in load_questions()]
        yield from listed(("number", "name", "question"), rows, to=self.to, width=self.width)

    def run(self, argument: str) -> Iterator[str]:
        """The answer to a worked question; a table says what it means and what it does not."""
        _must_be_given(argument, ".run", "the number of a question; .questions lists them")
        question = question_of(argument)
        if self.to == "table":
            yield f"{question.number}. {question.question}"
            yield question.answer
            yield question.caution
            yield ""
        yield from self._query(question.sql)

    def show(self, argument: str) -> Iterator[str]:
        """The figures of a metric over the whole time."""
        _must_be_given(argument, ".show", "the name of a metric, for example judged_success")
        yield from render_figures(shown_metric(self.connection, argument))

    def help(self, _argument: str) -> Iterator[str]:
        """The commands."""
        yield from HELP.splitlines()

    def leave(self, _argument: str) -> Iterator[str]:
        """End the session."""
        raise LeaveDesk


_COMMANDS: dict[str, Callable[[Desk, str], Iterator[str]]] = {
    ".tables": Desk.tables,
    ".describe": Desk.describe,
    ".questions": Desk.questions,
    ".run": Desk.run,
    ".show": Desk.show,
    ".help": Desk.help,
    ".quit": Desk.leave,
    ".exit": Desk.leave,
}


def statements(lines: Iterable[str]) -> Iterator[str]:
    """What is typed, piece by piece: a line that begins with a full stop, or SQL up to a line's semicolon.

    What is left at the end is a piece, with or without its semicolon.
    """
    pending: list[str] = []
    for line in lines:
        if not pending and line.lstrip().startswith("."):
            yield line
            continue
        if pending or line.strip():
            pending.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(pending)
            pending = []
    if any(line.strip() for line in pending):
        yield "\n".join(pending)


def _must_be_given(argument: str, verb: str, what: str) -> None:
    if not argument:
        raise WrongInputError(f"{verb} needs {what}.")


def _explained(error: duckdb.Error) -> str:
    text = str(error).rstrip()
    if 'schema "marts" does not exist' in text:
        return f"{text}\nThis file holds the metrics alone; marts.duckdb of the same release holds the marts."
    if isinstance(error, duckdb.CatalogException):
        return f"{text}\n.tables lists the tables of this release."
    if isinstance(error, duckdb.BinderException):
        return f"{text}\n.describe TABLE lists the columns of a table."
    if isinstance(error, duckdb.PermissionException) or "read-only" in text:
        return f"{text}\nA release is read only; --format csv writes what a query finds."
    return text
