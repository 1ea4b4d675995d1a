"""An author without any session is deleted too, and stays out when the table is read again."""

from pathlib import Path

import pyarrow.parquet as pq

from orchestration.forgetting.forget import forget_person
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.landing.lake import single_file
from orchestration.publishing.warehouse_stages import take_supplied
from orchestration.supplied.rows import PULL_REQUEST_COMMITS, PULL_REQUESTS, SET_ASIDE
from tests.demo_lake import NOW, settings_of, write_key
from tests.supplied_tables import AUTHORS, supplied_settings
from tests.supplied_tables import PULL_REQUESTS as LINES


def test_an_author_is_deleted_and_stays_out(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", tmp_path / "none", **supplied_settings(tmp_path / "supplied"))
    write_key(settings)
    take_supplied(settings)
    person = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user(AUTHORS[3])

    def rows_of_person() -> int:
        found = 0
        for table in (PULL_REQUESTS, PULL_REQUEST_COMMITS):
            path = single_file(settings.lake_dir, table)
            users = pq.read_table(path)["user_id"].to_pylist() if path.exists() else []
            found += users.count(person)
        return found

    assert rows_of_person() > LINES // 12
    shown = forget_person(settings, user=AUTHORS[3], now=NOW)
    counts = {(place.name, place.unit): place.before for place in shown.places}
    assert counts["lake", "other rows"] == rows_of_person()
    forget_person(settings, user=AUTHORS[3], now=NOW, is_confirmed=True)
    assert rows_of_person() == 0
    counts_again = take_supplied(settings)
    assert rows_of_person() == 0
    assert counts_again["pull_requests"] == LINES - LINES // 12
    reasons = pq.read_table(single_file(settings.lake_dir, SET_ASIDE))["reason"].to_pylist()
    assert reasons == ["deleted_person"] * (LINES // 12)
