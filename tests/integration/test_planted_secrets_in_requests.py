"""Secrets in more than forty places of a transcript, on the whole real way to the API: none arrives.

Transcript files → archive → lake → subjects in every rendering → requests, one by one and as batches,
short and in parts → the fake API. Then every text that the fake was sent is searched, and every file of
the home, every log line and every exception. A leak is ten signs in a row of any secret.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from classifiers.send import SendingStoppedError
from classifiers.subject.safe_text import UnsendableSubjectError
from orchestration.date_states import dirty_days
from orchestration.failures import describe, frames
from orchestration.ingest.redaction.redact import Redactor
from orchestration.labellers.landing import land_labels_by
from orchestration.labellers.rules import RULES
from orchestration.labelling.asking import AskScope, ask_dates, plan_labels
from orchestration.labelling.choices import open_ledger
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.labelling.rounds import AskReport
from orchestration.landing.chunk import LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.run_log import logging_to
from orchestration.settings import Settings
from orchestration.stages import archive_transcripts, discover, land_raw
from tests.demo_lake import NOW, settings_of
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_faults import Fault
from tests.fakes.every_byte import readable_below
from tests.fakes.planted_session import planted_session
from tests.fakes.planted_text import PlantedSession

WINDOW = 10
"""A leak of this many signs of a secret counts: fewer can be told from nothing."""
LEAST_PLACES = 40


@dataclass(frozen=True)
class Sent:
    """A lake with the planted session, everything the fake was sent, and everything that was logged."""

    settings: Settings
    planted: PlantedSession
    texts: list[str]
    reports: list[AskReport]
    log: str


def windows_of(hearts: Iterable[str]) -> dict[str, str]:
    """Every run of ten signs of a secret, with the secret."""
    return {heart[at : at + WINDOW]: heart for heart in hearts for at in range(len(heart) - WINDOW + 1)}


def leaks(planted: PlantedSession, text: str) -> set[str]:
    """Places whose secret stands in a text, in whole or in part."""
    places = {heart: place for place, heart in planted.hearts.items()}
    windows = windows_of(planted.hearts.values())
    runs = re.findall(rf"[A-Za-z0-9]{{{WINDOW},}}", text)
    found = {run[at : at + WINDOW] for run in runs for at in range(len(run) - WINDOW + 1)}
    return {places[windows[window]] for window in found & windows.keys()}


@contextmanager
def heard() -> Iterator[list[str]]:
    """Everything that any logger says meanwhile, at any level, with its exceptions."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(logging.Formatter("%(message)s").format(record))

    root, listener = logging.getLogger(), Listener(level=logging.DEBUG)
    before = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        root.setLevel(before)
        root.removeHandler(listener)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    folder = tmp_path_factory.mktemp("planted")
    planted = planted_session()
    planted.write(folder / "projects")
    settings = settings_of(
        folder / "home", folder / "projects",
        label_quiet_hours=0, label_study_c_share=1.0, label_replicate_share=0.0,
        label_requests_per_minute=60_000, mode="personal",
    )  # fmt: skip
    with heard() as said, logging_to(settings.log_path, title="planted secrets"):
        land(settings)
        with pytest.MonkeyPatch.context() as patch, FakeClaude() as fake:
            patch.setenv("ANTHROPIC_API_KEY", "planted-key")
            patch.setenv("ANTHROPIC_BASE_URL", fake.url)
            # Another effort is another fingerprint: everything is asked again.
            cut = {"label_max_prompt_tokens": 2_000, "label_effort": "medium", "label_study_c_share": 0.0}
            in_parts = settings.model_copy(update=cut)
            others = settings.model_copy(update={"label_effort": "xhigh"})
            reports = [
                ask(settings, "one-by-one", as_batches=False),
                ask(in_parts, "in-parts", as_batches=False),
                ask(others, "batches", as_batches=True),
            ]
            texts = fake.account.texts
    return Sent(settings, planted, texts, reports, "\n".join(said))


def land(settings: Settings) -> None:
    """Archive, rows, labels by rules."""
    archive_transcripts(settings, discover(settings), now=NOW)
    with JudgeProcess() as judge:
        judge.start()
        land_raw(settings, dirty_days(settings), LandingRun("planted", NOW, judge.judge_dates))
        land_labels_by(RULES, settings, dirty_days(settings), LandingRun("planted", NOW, judge.judge_labels))


def ask(settings: Settings, run_id: str, *, as_batches: bool) -> AskReport:
    scope = AskScope(days_with_sessions(settings))
    plan_labels(settings, scope)
    return ask_dates(settings, scope, run_id=run_id, budget_usd=Decimal(1_000), as_batches=as_batches)


def test_secrets_stand_in_more_than_forty_places_of_the_transcript(sent: Sent) -> None:
    """The search finds them where they are: in the files' records."""
    records = "\n".join(
        decoded(line) for content in sent.planted.files.values() for line in content.splitlines()
    )
    written_otherwise = {"colour in the middle"} & sent.planted.hearts.keys()
    assert len(sent.planted.hearts) >= LEAST_PLACES
    assert leaks(sent.planted, records) >= sent.planted.hearts.keys() - written_otherwise


def refused(settings: Settings) -> int:
    """Requests that never left the machine, because the last redaction refused their text."""
    with open_ledger(settings) as ledger:
        return sum(head.error_type == "unsendable" for head in ledger.heads())


def decoded(line: bytes) -> str:
    """A line as its reader sees it: the file's own escapes undone."""
    try:
        return str(orjson.loads(line))
    except orjson.JSONDecodeError:
        return line.decode()


def test_no_request_holds_any_of_any_secret(sent: Sent) -> None:
    assert leaks(sent.planted, "\n".join(sent.texts)) == set()


def test_requests_hold_what_stood_around_the_secrets(sent: Sent) -> None:
    """They are absent because they were replaced, not because the text around them was left out."""
    shown = "\n".join(sent.texts)
    for beside in (
        "Deploy with [redacted:", "stop, use password: [redacted:", "GITHUB_TOKEN=[redacted:",
        "postgres://app:[redacted:", "Search with [redacted:", "in your prompt", "Found [redacted:",
        "not with that, take [redacted:",
    ):  # fmt: skip
        assert beside in shown, beside


def test_sessions_were_sent_whole_cut_in_parts_and_as_batches(sent: Sent) -> None:
    assert all(report.asked > 0 for report in sent.reports)
    assert [bool(report.batches) for report in sent.reports] == [False, False, True]
    assert refused(sent.settings) == 0
    assert len({text for text in sent.texts if "<records token=" in text}) >= 6


def test_no_file_of_the_home_but_the_archives_objects_holds_any_of_any_secret(sent: Sent) -> None:
    """The lake, the ledger, the index, the log: read inside Parquet and SQLite, byte by byte beside."""
    found: dict[str, set[str]] = {}
    for name, content in readable_below(sent.settings.home):
        if not name.startswith("archive/objects/"):
            found[name] = found.get(name, set()) | leaks(sent.planted, content.decode("utf-8", "replace"))
    assert {"ledger.sqlite", "logs/sessionmart.log"} <= found.keys()
    assert {name: places for name, places in found.items() if places} == {}


def test_no_log_line_holds_any_of_any_secret(sent: Sent) -> None:
    assert len(sent.log) > 1_000
    assert leaks(sent.planted, sent.log) == set()


@pytest.mark.parametrize(
    "fault", [Fault("status", status=400), Fault("status", status=500), Fault("drop_after")], ids=str
)
def test_no_exception_of_a_failing_api_holds_any_of_any_secret(
    sent: Sent, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    other = sent.settings.model_copy(update={"label_effort": "high"})
    with FakeClaude() as fake, heard() as said:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        fake.faults.always("messages", fault)
        with pytest.raises(SendingStoppedError) as stopped:
            ask(other, f"failing {fault.kind} {fault.status}", as_batches=False)
    assert fake.account.calls["messages"] > 0
    assert leaks(sent.planted, "\n".join([*said, *told(stopped.value)])) == set()


def test_no_exception_of_a_failing_redactor_holds_any_of_any_secret(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The redactor's own error quotes the text; nothing of it may get out, and nothing is sent."""

    def fail(_redactor: Redactor, text: str, _counts: object) -> str:
        raise ValueError(f"cannot read {text} {sent.planted.hearts}")

    monkeypatch.setattr(Redactor, "redact", fail)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    other = sent.settings.model_copy(update={"label_effort": "max"})
    before = refused(sent.settings)
    with FakeClaude() as fake, heard() as said:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        ask(other, "unredactable", as_batches=False)
        assert fake.account.texts == []
    assert refused(sent.settings) > before
    assert leaks(sent.planted, "\n".join(said)) == set()
    error = UnsendableSubjectError("redaction_failed", unit_id="u")
    assert "redaction_failed" in str(error)


def test_an_error_while_parsing_is_described_without_the_text(sent: Sent, tmp_path: Path) -> None:
    """A library that quotes what it was given: only its type and place are told."""
    secret = next(iter(sent.planted.hearts.values()))
    try:
        orjson.loads(f'{{"broken": "{secret}')
    except orjson.JSONDecodeError as error:
        quoting = ValueError(f"{error.doc}")
        quoting.__cause__ = error
        assert leaks(sent.planted, str(quoting))
        assert leaks(sent.planted, describe(quoting) + frames(quoting)) == set()


def told(error: BaseException) -> list[str]:
    """What an error says, and all that it was raised from."""
    said = []
    seen: BaseException | None = error
    while seen is not None:
        said += [str(seen), repr(seen), *map(str, getattr(seen, "__notes__", []))]
        seen = seen.__cause__ or seen.__context__
    return said
