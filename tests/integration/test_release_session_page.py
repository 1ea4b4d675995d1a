"""The way back from a figure: a session of the release as a page, with its labels and their evidence."""

import re
from collections.abc import Iterator

import duckdb
import pytest
from playwright.sync_api import Browser

from orchestration.desk.release_file import opened_release
from orchestration.desk.session_page import is_session, session_page
from orchestration.failures import WrongInputError
from tests.browser import browser, opened
from tests.demo_lake import ReleasedDemo


@pytest.fixture(scope="module")
def marts(released: ReleasedDemo) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened_release(released.release.folder / "marts.duckdb") as connection:
        yield connection


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


def longest(marts: duckdb.DuckDBPyConnection) -> str:
    (found,) = marts.execute(
        "select session_id from marts.fct_sessions order by tool_call_count desc, 1 limit 1"
    ).fetchall()
    return str(found[0])


def test_a_session_is_shown_with_its_turns_and_every_cited_record(
    released: ReleasedDemo, marts: duckdb.DuckDBPyConnection
) -> None:
    name = longest(marts)
    session_id, page = session_page(released.home.settings, marts, name)
    assert session_id == name
    (turns,) = marts.execute("select count(*) from marts.fct_turns where session_id = ?", [name]).fetchall()
    section = page[page.index('id="turns"') : page.index('id="labels"')]
    assert section.count("<tr><th scope") == turns[0]
    cited = set(re.findall(r'href="#(\w+)"', page))
    assert cited
    assert cited <= set(re.findall(r'<article id="(\w+)"', page))


def test_the_beginning_of_an_id_is_enough_and_too_little_of_one_is_refused(
    released: ReleasedDemo, marts: duckdb.DuckDBPyConnection
) -> None:
    name = longest(marts)
    assert session_page(released.home.settings, marts, name[:12])[0] == name
    assert is_session(marts, name[:12])
    assert not is_session(marts, "judged_success")
    assert not is_session(marts, name[:2]), "a few characters could be a metric's"
    with pytest.raises(WrongInputError, match="sessions begin with"):
        session_page(released.home.settings, marts, "")


def test_the_page_holds_the_text_as_text_and_runs_nothing(
    released: ReleasedDemo, marts: duckdb.DuckDBPyConnection, running: Browser, data_home: object
) -> None:
    _, page = session_page(released.home.settings, marts, longest(marts))
    assert "<script" not in page
    path = released.home.settings.home.parent / "session.html"
    path.write_text(page, encoding="utf-8")
    with opened(running, path, width=390) as found:
        assert found.complaints == []
        assert found.requests == [path.as_uri()]
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert found.page.locator("article.human").count() > 0
    path.unlink()
