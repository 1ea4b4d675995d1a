"""The Dagster UI in a real browser: the buttons that a person presses, and what the pages then show.

Belongs here: where things are on Dagster's pages. What is pressed and expected stands in the tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser import browser
from tests.served_home import LOCATION

PATIENCE_MS = 60_000
LOCATION_PATH = f"/locations/{LOCATION['repositoryLocationName']}"


@contextmanager
def dagster_pages(address: str) -> Iterator[Page]:
    """A browser tab for the webserver at an address, whose paths are given to `goto`."""
    with browser() as running:
        window = running.new_context(base_url=address, viewport={"width": 1500, "height": 1000})
        window.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield window.new_page()


def launch_backfill(page: Page, *, job: str, first: str, last: str) -> None:
    """Press `Materialize all…` on the page of a job, choose a range of dates and launch it.

    Fails where the first thing that a person sees is Dagster's red question whether they are sure.
    """
    page.goto(f"{LOCATION_PATH}/jobs/{job}")
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).not_to_contain_text("Are you sure")
    dates = dialog.locator("input[type=text]").first
    dates.fill(f"[{first}...{last}]")
    dates.press("Enter")
    dialog.get_by_role("button", name="Launch backfill").click()
    expect(dialog).to_be_hidden()


def rows_of_timeline(page: Page) -> list[str]:
    """The jobs that the timeline has a row for."""
    page.goto("/overview/activity/timeline")
    page.get_by_text(LOCATION["repositoryLocationName"], exact=True).first.wait_for()
    # A name that is cut to fit stands there twice: as it is shown, and whole.
    return [link.inner_text().split("\n")[0] for link in page.locator("a[href*='/jobs/']").all()]


def start_again(page: Page, run_id: str) -> str:
    """Press `Re-execute…` on the page of a run that has ended; the id of the new run."""
    page.goto(f"/runs/{run_id}")
    # Its name may begin with that of an icon: a warning, where the job has changed since.
    page.get_by_role("button", name="Re-execute").first.click()
    page.wait_for_url(lambda url: "/runs/" in url and run_id not in url)
    return page.url.rsplit("/", 1)[-1].partition("?")[0]
