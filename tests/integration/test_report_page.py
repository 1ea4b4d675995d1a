"""The report of the demo's release in a real browser: whole, quiet, readable by everybody, and true."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from orchestration.report.cells import Cell, read_cells
from orchestration.report.figures import rounded
from orchestration.report.first_screen import CARDS
from orchestration.report.page import write_report
from tests.browser import browser, opened
from tests.demo_lake import ReleasedDemo

MOST_BYTES = 1_500_000
"""Size of the page with the demo behind it."""


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def folder(released: ReleasedDemo) -> Path:
    return released.release.folder


@pytest.fixture(scope="module")
def page_file(folder: Path) -> Path:
    return folder / "report" / "index.html"


@pytest.fixture(scope="module")
def cells(folder: Path) -> list[Cell]:
    return read_cells(folder / "metrics.duckdb")


def rows_of(page: Any, *, figures: str = "figure") -> list[dict[str, Any]]:
    """Every row of the tables of figures: its numbers as they are drawn, its cells as they are read.

    What is nothing is left out at the end of a row.
    """
    found: list[dict[str, Any]] = page.eval_on_selector_all(
        f"{figures} tbody tr",
        """lines => lines.map(line => ({
            figure: line.closest("figure").id, hidden: line.hidden,
            numbers: Array.from({length: 7}, (_, place) => {
                const text = line.dataset.v.split(",")[place];
                return text ? Number(text) : null;
            }),
            cells: Array.from({length: 9}, (_, place) => line.children[place]?.textContent ?? ""),
            source: line.closest("figure").querySelector(".about").textContent,
        }))""",
    )
    assert found
    return found


def labels_of(page: Any, figure: str) -> list[str]:
    """What the points of a drawing say to a screen reader."""
    found: list[str] = page.eval_on_selector_all(
        f"#{figure} .drawing svg :is(title, [aria-label])",
        "marks => marks.map(mark => mark.getAttribute('aria-label') ?? mark.textContent)",
    )
    return [label for label in found if not label.startswith(("X-axis", "Y-axis"))]


def test_it_opens_without_a_request_or_a_complaint(running: Browser, page_file: Path) -> None:
    with opened(running, page_file) as found:
        found.page.wait_for_selector("html[data-ready]")
        found.page.hover("#first-turns-seconds .drawing")
        assert found.requests == [page_file.as_uri()]
        assert found.complaints == []


def test_it_is_small_and_holds_the_first_screen_in_order(running: Browser, page_file: Path) -> None:
    assert page_file.stat().st_size < MOST_BYTES
    with opened(running, page_file) as found:
        titles = found.page.locator(".card h3").all_text_contents()
    assert titles == [card.title for card in CARDS]


def test_every_figure_says_what_it_shows_and_has_a_table(running: Browser, page_file: Path) -> None:
    with opened(running, page_file) as found:
        figures = found.page.eval_on_selector_all(
            "figure",
            """figures => figures.map(figure => [
                figure.id, figure.querySelector(".drawing")?.ariaLabel ?? "counts, which are not drawn",
                figure.querySelectorAll("tbody tr").length,
                Boolean(figure.closest("article").querySelector("h3")),
            ])""",
        )
    assert len(figures) > 40
    for name, alternative, rows, has_heading in figures:
        assert len(alternative) > 10, name
        assert rows, name
        assert has_heading, name


def test_every_number_of_the_page_is_a_published_one(
    running: Browser, page_file: Path, cells: list[Cell]
) -> None:
    published = {
        (f"metrics.{cell.table}", rounded(cell.estimate), rounded(cell.low), rounded(cell.high))
        for cell in cells
    }
    with opened(running, page_file) as found:
        rows = rows_of(found.page)
    for row in rows:
        source = re.findall(r"metrics\.rpt_\w+", row["source"])
        _, estimate, low, high, *_ = row["numbers"]
        assert any((table, estimate, low, high) in published for table in source), row
    on_page = {row["numbers"][1] for row in rows}
    whole = [cell for cell in cells if cell.is_shown and cell.stands_for_all]
    over_all_time = {rounded(cell.estimate) for cell in whole if cell.period_kind in ("overall", "window")}
    assert len(over_all_time) > 50
    assert over_all_time <= on_page, "what is shown of everybody over the whole time is on the page"
    shown: dict[tuple[str, str], set[float | None]] = {}
    for cell in cells:
        if cell.is_shown:
            shown.setdefault((cell.table, cell.metric), set()).add(rounded(cell.estimate))
    assert [metric for metric, estimates in shown.items() if not estimates & on_page] == []


def test_what_is_hidden_is_counted_and_has_no_number_on_the_page(
    running: Browser, page_file: Path, cells: list[Cell]
) -> None:
    hidden = sum(cell.is_private for cell in cells)
    assert hidden
    with opened(running, page_file) as found:
        state = found.page.locator("#state").inner_text()
        without = [row for row in rows_of(found.page) if row["numbers"][1] is None]
    assert f"{hidden:,} are hidden for privacy" in state
    for row in without:
        assert row["numbers"][1:4] == [None, None, None], row
        assert row["cells"][3:6] == ["", "", ""] or not row["cells"][2].startswith("Hidden"), row


def test_a_drawing_shows_the_numbers_of_its_table(running: Browser, page_file: Path) -> None:
    with opened(running, page_file, java_script_enabled=False) as found:
        figures = found.page.eval_on_selector_all(
            "figure", "figures => figures.filter(f => f.querySelector('svg')).map(f => f.id)"
        )
        for figure in figures:
            said = labels_of(found.page, figure)
            assert said, figure
            lines = {
                f"{row['cells'][0]}: {row['cells'][2]}" + (f" [{row['cells'][3]}]" if row["cells"][3] else "")
                for row in rows_of(found.page, figures=f"#{figure}")
            }
            assert set(said) <= lines, figure


def test_a_choice_changes_the_figures_and_their_tables(running: Browser, page_file: Path) -> None:
    figure = "first-interrupts-share"
    with opened(running, page_file) as found:
        found.page.wait_for_selector("html[data-ready]")
        before = labels_of(found.page, figure)
        quarter = found.page.locator("select[name=period] option").nth(1).get_attribute("value") or ""
        assert quarter.startswith("quarter ")
        found.page.select_option("select[name=period]", quarter)
        found.page.wait_for_selector(f"#{figure} .drawing div svg")
        after = labels_of(found.page, figure)
        (row,) = [row for row in rows_of(found.page, figures=f"#{figure}") if not row["hidden"]]
        assert after == [f"{row['cells'][0]}: {row['cells'][2]} [{row['cells'][3]}]"]
        assert after != before
        assert row["cells"][1] in found.page.locator(f"#{figure} .chosen").inner_text()
        assert found.page.locator(f"[data-of={figure}] strong").first.inner_text() == row["cells"][2]
        assert found.page.locator(".change:visible").count() == 0
        assert found.complaints == []


def test_labels_by_rules_give_no_number_on_the_first_screen(running: Browser, page_file: Path) -> None:
    """As in the headlines of the terminal; and so it stays when a reader has chosen and comes back."""
    numbers = "[data-of=first-success-share] .number"
    with opened(running, page_file) as found:
        found.page.wait_for_selector("html[data-ready]")
        before = found.page.locator(numbers).all_inner_texts()
        assert before
        assert all(text.startswith("—") and "baseline" in text for text in before)
        quarter = found.page.locator("select[name=period] option").nth(1).get_attribute("value") or ""
        for chosen in (quarter, "overall"):
            found.page.select_option("select[name=period]", chosen)
            texts = found.page.locator(numbers).all_inner_texts()
            assert all(text.startswith("—") for text in texts), texts


def test_it_is_whole_with_scripts_off(running: Browser, page_file: Path) -> None:
    with opened(running, page_file, java_script_enabled=False) as found:
        assert found.page.locator("figure svg").count() > 30
        assert found.page.locator("#choices").is_hidden()
        assert not any(row["hidden"] for row in rows_of(found.page))
        assert found.page.locator(".save:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(running: Browser, page_file: Path, scheme: Any) -> None:
    with opened(running, page_file, width=390, color_scheme=scheme) as found:
        found.page.wait_for_selector("html[data-ready]")
        found.page.wait_for_timeout(300)
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(running: Browser, page_file: Path, scheme: Any) -> None:
    with opened(running, page_file, color_scheme=scheme, bypass_csp=True) as found:
        found.page.wait_for_selector("html[data-ready]")
        result = Axe().run(found.page)
        assert result.violations_count == 0, result.generate_report()


def test_its_policy_forbids_eval_and_other_hosts(running: Browser, page_file: Path) -> None:
    with opened(running, page_file) as found:
        assert found.page.evaluate("typeof vega.expressionInterpreter") == "object"
        policy = found.page.get_attribute("meta[http-equiv]", "content") or ""
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_rows_are_saved_as_csv_and_the_drawing_as_svg(
    running: Browser, page_file: Path, tmp_path: Path
) -> None:
    figure = "first-turns-seconds"
    with opened(running, page_file, accept_downloads=True) as found:
        found.page.wait_for_selector("html[data-ready]")
        found.page.click(f"#{figure} summary")
        for kind, start in (("csv", '"what","when","value"'), ("svg", "<svg")):
            with found.page.expect_download() as download:
                found.page.click(f"#{figure} [data-save={kind}]")
            download.value.save_as(tmp_path / kind)
            text = (tmp_path / kind).read_text(encoding="utf-8")
            assert text.startswith(start)
            assert "var(" not in text


def test_what_is_folded_away_is_drawn_when_it_is_unfolded(running: Browser, page_file: Path) -> None:
    with opened(running, page_file) as found:
        found.page.wait_for_selector("html[data-ready]")
        fold = found.page.locator("details.more").filter(has=found.page.locator(".drawing")).first
        assert fold.locator("figure svg").count() == 0
        fold.locator("summary").first.click()
        fold.locator("figure .drawing svg").first.wait_for()
        assert found.complaints == []


def test_one_persons_page_names_projects_and_a_teams_does_not(
    running: Browser, folder: Path, tmp_path: Path
) -> None:
    """The same figures twice, those of one model as if of a project that has a name among the marts."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for mode, name in (("personal", "bakery"), ("team", "project 1")):
        own = tmp_path / mode
        own.mkdir()
        shutil.copyfile(folder / "metrics.duckdb", own / "metrics.duckdb")
        with duckdb.connect(str(own / "metrics.duckdb")) as release:
            release.execute(
                "update rpt_usage set segment_name = 'project', segment_value = 'project_1'"
                " where segment_name = 'model' and segment_value = (select max(segment_value) from rpt_usage"
                " where segment_name = 'model' and metric_name = 'cost_usd' and estimate is not null)"
            )
        with duckdb.connect(str(own / "marts.duckdb")) as marts:
            marts.execute(
                "create table dim_projects as select 'project_1' as project_id, 'bakery' as project_name"
            )
        page = write_report(own, {**manifest, "settings": {**manifest["settings"], "mode": mode}})
        text = page.read_text(encoding="utf-8")
        assert ("bakery" in text) == (mode == "personal")
        assert ("dollars by project" in text) == (mode == "personal")
        with opened(running, page) as found:
            found.page.wait_for_selector("html[data-ready]")
            parts = found.page.locator("select[name=part] option").all_text_contents()
            assert f"project: {name}" in parts
            assert found.complaints == []


PAIRS = {
    "g/1": ("run tests", 1.8, 4.2),
    "g/2": ("deploy containers", 5.5, 6.4),
    "h/3": ("read files", 1.1, 3.1),
}
"""Cluster → its name, mean risk, mean autonomy."""


def test_pairs_are_drawn_alike_by_the_page_and_by_a_browser(
    running: Browser, folder: Path, tmp_path: Path
) -> None:
    """The same release with means of three clusters: points, names, names of axes, points of the study."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    shutil.copyfile(folder / "metrics.duckdb", tmp_path / "metrics.duckdb")
    with duckdb.connect(str(tmp_path / "metrics.duckdb")) as release:
        for cluster, (name, risk, autonomy) in PAIRS.items():
            release.execute(
                "insert into rpt_clusters by name select 'claude_code' as agent, 'action_cluster' as "
                "segment_name, $1 as segment_value, $2 as cluster_name, $1 as cluster_key",
                [cluster, name],
            )
            for metric, mean in (("action_risk_mean", risk), ("action_autonomy_mean", autonomy)):
                release.execute(
                    "insert into rpt_call_labels by name select 'claude_code' as agent, 'action_cluster' as "
                    "segment_name, $1 as segment_value, $2 as metric_name, $3 as estimate, $3 - 0.5 as "
                    "interval_low, $3 + 0.5 as interval_high, 'per_call' as statistic, 'all' as population, "
                    "'claude' as labeller, 'overall' as period_kind, 40 as n_sessions, 9 as n_users, "
                    "$1 || $2 as figure_id, 'estimate' as metric_kind, 'estimate' as standing, "
                    "false as is_suppressed",
                    [cluster, metric, mean],
                )
    page = write_report(tmp_path, manifest)
    figure = "a15-study-1"
    drawing = f"#{figure} .drawing"
    with opened(running, page) as found:
        found.page.wait_for_selector("html[data-ready]")
        assert found.page.locator(f"{drawing} div svg").count() == 0, "as the page was made"
        made = labels_of(found.page, figure)
        assert sorted(made) == sorted(
            f"{name} (by Claude): action risk {risk}, action autonomy {autonomy} "
            f"[{risk - 0.5:.3g} to {risk + 0.5:.3g}; {autonomy - 0.5:.3g} to {autonomy + 0.5:.3g}]"
            for name, risk, autonomy in PAIRS.values()
        )
        assert "action risk 5.5" in (found.page.locator(drawing).get_attribute("aria-label") or "")
        texts = set(found.page.locator(f"{drawing} svg text").all_text_contents())
        assert {"action autonomy", "action risk", "run tests", "reactive chemicals"} <= texts
        found.page.hover(drawing)
        found.page.wait_for_selector(f"{drawing} div svg")
        assert sorted(labels_of(found.page, figure)) == sorted(made)
        assert texts <= set(found.page.locator(f"{drawing} svg text").all_text_contents())
        assert len(rows_of(found.page, figures=f"#{figure}")) == len(PAIRS) + 10
        assert found.complaints == []
