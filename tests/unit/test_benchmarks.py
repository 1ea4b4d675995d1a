"""The benchmarks load, read their options and change what they say they change. Nothing here takes time."""

import importlib
import json
from collections import Counter
from datetime import date
from pathlib import Path
from pkgutil import iter_modules

import orjson
import pytest

import benchmarks
from benchmarks.__main__ import NAMES, measurements, read_arguments
from benchmarks.corpora import (
    Corpus,
    add_transcript_of,
    day_of,
    double,
    given_corpus,
    grow,
    newest_transcript,
    with_other_ids,
)
from benchmarks.figures import BEGIN, END, Figure, Report, json_of, markdown_of, write_into
from benchmarks.machine import Machine
from benchmarks.steps import STAGES
from benchmarks.stopwatch import Spent, median_of
from benchmarks.unredacted import without_redaction
from orchestration.ingest.redaction import redact

SESSION = "0a1b2c3d-1111-4111-8111-000000000001"
TODAY = date(2026, 3, 4)
MACHINE = Machine("a processor", 2, 24.0, "Linux", "3.11", "1.5", 0.1)


def test_every_benchmark_module_loads_without_doing_anything() -> None:
    for module in iter_modules(benchmarks.__path__):
        if module.name != "__main__":
            importlib.import_module(f"benchmarks.{module.name}")


def test_options_have_defaults_that_measure_everything(tmp_path: Path) -> None:
    options = read_arguments([])
    assert (options.only, options.repeat, options.dates, options.json) == (None, 3, 300, None)
    assert tuple(measurements(options, Corpus((tmp_path,), "none"), tmp_path, today=TODAY)) == NAMES


def test_options_name_what_to_measure() -> None:
    options = read_arguments(["--only", "parsing", "--only", "memory", "--repeat", "5", "--json", "out.json"])
    assert (options.only, options.repeat, options.json) == (["parsing", "memory"], 5, Path("out.json"))


@pytest.mark.parametrize("wrong", [["--only", "nothing"], ["--repeat", "0"], ["--dates", "none"]])
def test_wrong_option_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(wrong)


def test_stages_that_parsing_measures_exist() -> None:
    assert {"archive", "parse", "parse-unredacted", "redact", "land"} <= set(STAGES)


def test_redaction_is_off_only_inside_the_block() -> None:
    secret = "mail jane.doe@corp.example"
    with without_redaction():
        assert redact.redactor_for(frozenset()).redact(secret, Counter()) == secret
    assert redact.redactor_for(frozenset()).redact(secret, Counter()) != secret


def test_without_a_corpus_transcripts_are_generated_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SESSIONMART_CORPUS", raising=False)
    monkeypatch.setattr("benchmarks.corpora.generate", lambda folder, **_: folder.mkdir())
    assert "generated" in given_corpus(tmp_path, today=TODAY).describe()


def test_other_ids_are_consistent_and_touch_nothing_else() -> None:
    line = f'{{"sessionId":"{SESSION}","id":"msg_01ab","note":"toolu and 0a1b2c3d"}}'.encode()
    changed = orjson.loads(with_other_ids(line))
    assert changed == {
        "sessionId": "1b2c3d4e-1111-4111-8111-000000000001",
        "id": "msg_201ab",
        "note": "toolu and 0a1b2c3d",
    }
    assert with_other_ids(line) == with_other_ids(line)


def test_doubled_corpus_shares_no_session_with_itself(tmp_path: Path) -> None:
    corpus = _corpus(tmp_path / "once")
    doubled = double(corpus, tmp_path / "again")
    sessions = [orjson.loads(path.read_bytes().splitlines()[0])["sessionId"] for path in doubled.paths()]
    assert len(sessions) == len(set(sessions)) == 2 * len(corpus.paths())


def test_a_transcript_grows_by_one_prompt_that_follows_its_last_record(tmp_path: Path) -> None:
    path = newest_transcript(_corpus(tmp_path / "once").paths())
    grow(path, 1)
    grow(path, 2)
    records = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [record["parentUuid"] for record in records[1:]] == [record["uuid"] for record in records[:-1]]
    assert len({record["uuid"] for record in records}) == len(records) == 3


def test_added_transcript_is_a_session_of_its_own_that_ends_today(tmp_path: Path) -> None:
    corpus = _corpus(tmp_path / "once")
    model = newest_transcript(corpus.paths())
    added = add_transcript_of(TODAY, corpus)
    assert added != model
    assert day_of(added) == TODAY
    assert newest_transcript(corpus.paths()) == added


def test_block_replaces_the_marked_one_and_nothing_else(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_into(document, markdown_of(_report()))
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| parsing / unit | 2.00 × | ≤ 1.5 × | no | 1.0 | 2.0 |  |" in text


def test_document_without_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="has no block"):
        write_into(document, markdown_of(_report()))


def test_the_document_has_its_block() -> None:
    text = (Path(benchmarks.__path__[0]).parent / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)


def test_figures_say_whether_their_aim_is_met() -> None:
    values = json.loads(json_of(_report()))
    assert [figure["is_met"] for figure in values["figures"]] == [False, None]


def test_median_is_of_wall_and_processor_seconds_apart() -> None:
    assert median_of([Spent(1, 9), Spent(2, 8), Spent(3, 1)]) == Spent(2, 8)


def _report() -> Report:
    figures = [Figure("parse", "parsing / unit", 2.0, aim=1.5, spent=Spent(1, 2)), Figure("x", "no aim", 1.0)]
    return Report(date(2026, 1, 1), MACHINE, "generated", 3, figures)


def _corpus(folder: Path) -> Corpus:
    """Two sessions of one record each."""
    for number in range(2):
        session = SESSION[:-1] + str(number)
        record = {
            "type": "user",
            "uuid": f"00000000-0000-4000-8000-00000000000{number}",
            "sessionId": f"{number}{session[1:]}",
            "timestamp": f"2026-01-0{number + 1}T00:00:00.000Z",
            "message": {"role": "user", "content": "hello"},
        }
        path = folder / "-project" / f"{record['sessionId']}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(record) + b"\n")
    return Corpus((folder,), "two sessions")
