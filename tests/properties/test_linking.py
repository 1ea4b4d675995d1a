"""Linking of requests gives the same sessions, however the log came: in any order, in pieces, and twice."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchanges import LINKING, START, Conversation, log, parse_logs, work
from tests.parsed import Tables, assert_accounted, rows_of

SEARCH = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lines() -> list[dict[str, Any]]:
    """Two customers, a conversation taken up at an earlier place, and two that begin alike."""
    one = work(Conversation(customer="one"), steps=3)
    other = one.fork()
    work(other, task="Once more, in another way.")
    alike = [Conversation(customer="one", at=START.replace(hour=10 + n)).ask("Hello.") for n in range(2)]
    for number, conversation in enumerate(alike):
        conversation.answer("Hello! How can I help?").ask(f"Number {number}.").answer(f"It is {number}.")
    return log(one, work(Conversation(customer="two")), *alike)


LINES = lines()


def plain(tables: Tables) -> dict[str, list[str]]:
    """Rows of sessions without how many files they were in."""
    return {
        name: sorted(str({key: value for key, value in row.items() if key != "file_count"}) for row in rows)
        for name, rows in rows_of(tables).items()
    }


def parsed(*logs: list[dict[str, Any]]) -> Tables:
    with TemporaryDirectory() as temporary:
        return parse_logs(Path(temporary), *logs, options=LINKING)


WHOLE = plain(parsed(LINES))


@SEARCH
@given(data=st.data())
def test_order_pieces_and_copies_of_a_log_change_no_row(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4), label="logs")
    logs: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    for line in data.draw(st.permutations(LINES), label="order"):
        for number in data.draw(st.sets(st.integers(0, count - 1), min_size=1), label="in logs"):
            logs[number].append(line)
    tables = parsed(*filter(None, logs))
    assert_accounted(tables)
    assert plain(tables) == WHOLE


@SEARCH
@given(kept=st.lists(st.booleans(), min_size=len(LINES), max_size=len(LINES)))
def test_lines_that_are_lost_join_no_customers(kept: list[bool]) -> None:
    left = [line for line, is_kept in zip(LINES, kept, strict=True) if is_kept]
    tables = parsed(left or LINES[:1])
    owner_of = {line["response"]["id"]: line["customer"] for line in LINES}
    owners: dict[str, set[str]] = {}
    for row in tables.responses:
        owners.setdefault(row["session_id"], set()).add(owner_of[row["message_id"]])
    assert all(len(customers) == 1 for customers in owners.values())


def test_words_that_say_nothing_can_join_conversations_of_one_customer_where_lines_are_lost() -> None:
    """Known, and stated in docs/api-traffic.md: nobody can tell whose greeting was answered."""
    greeted, *_, followed = [line for line in LINES if len(line["request"]["messages"][0]["content"]) < 10]
    assert len(parsed([greeted, followed]).sessions) == 1
