"""Reviews kept before tool calls were reviewed are read as what they are: reviews of sessions."""

import sqlite3
from pathlib import Path

from orchestration.reviewing.review_records import Sampled, Shown
from orchestration.reviewing.store import REVIEWS_FILE, SCHEMA_VERSION, open_reviews
from orchestration.settings import load_settings

BEFORE = """
create table sampled (
    review_id text primary key, sample_id text not null, session_id text not null, stratum text,
    inclusion_probability real not null
) without rowid;
insert into sampled values ('r1', 'sample', 's1', null, 0.5);
pragma user_version = 1;
"""


def test_a_store_of_before_gets_a_column_and_its_rows_are_of_their_session(data_home: Path) -> None:
    data_home.mkdir(parents=True)
    path = data_home / REVIEWS_FILE
    with sqlite3.connect(path) as db:
        db.executescript(BEFORE)
    call = Sampled("r2", "sample", "s1|toolu_1|1", "s1", None, 0.25, {"tool_call": Shown("h", 1.0, {})})
    for _ in range(2):  # opening it again changes nothing
        with open_reviews(load_settings()) as store:
            store._keep_sampled(call)
            store.commit()
            found = store.sampled("sample")
            assert (found["r1"].unit_id, found["r1"].session_id) == ("s1", "s1")
            assert found["r2"] == call
            assert store.reviews_of(["s1"]) == {"r1": "s1", "r2": "s1"}
    with sqlite3.connect(path) as db:
        assert db.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)
