"""A source in forty lines of code, added by the recipe in CONTRIBUTING: the door for a next agent stays open.

Its transcripts are lines `{"toy": <session>, "at": <time>, "who": "human" or "agent", "text": …}`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from orchestration.ingest.json_values import parse_time, string_of
from orchestration.ingest.owner import home_names, owner_of
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction import redact
from orchestration.ingest.redaction.kept_text import KeptText
from orchestration.ingest.rows import RawHumanAct, RawRecordCount, RawSession, row_of
from orchestration.ingest.scanned_file import ContentSigns, LineageKeys, ScannedFile, StampTimes
from orchestration.ingest.sources.source import ParseContext, SessionFile, SessionInput, SessionTables, Source


def scan(content: bytes, *, earliest: datetime, latest: datetime) -> ScannedFile:
    counts, times = LineCounts(), StampTimes()
    for piece in read_lines(content, counts):
        if piece.record is not None:
            times.add(parse_time(piece.record.get("at")), string_of(piece.record.get("toy")))
    keys = LineageKeys(frozenset(), frozenset(), frozenset())
    return ScannedFile(counts, False, None, None, times.first, times.last, (), (), times.of_stamp, keys)


def parse(session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext) -> SessionTables:
    owner = owner_of(session, None, context)
    kept = KeptText(redact.redactor_for(home_names((), context)), cut_bytes=context.text_cut_bytes)
    acts, counts, times = {}, Counter[tuple[str, str, bool]](), StampTimes()
    for file in files:
        for piece in read_lines(file.content, LineCounts()):
            if (record := piece.record) is not None and record.get("toy") == session.session_id:
                at, name = parse_time(record["at"]), f"{session.session_id}/{record['at']}"
                times.add(at, session.session_id)
                counts[file.version.content_hash, record["who"], name in acts] += 1
                if record["who"] == "human" and name not in acts:
                    acts[name] = row_of(
                        RawHumanAct, owner, act_id=name, act_kind="prompt", acted_at=at,
                        text=kept.whole(record["text"]), is_typed=True, is_mid_run=False, has_image=False,
                        word_count=len(record["text"].split()), char_count=len(record["text"]),
                    )  # fmt: skip
    found = [
        RawRecordCount(hash_, "toy", session.session_id, who, None,
                       "duplicate" if again else "row" if who == "human" else "counted", None, number)
        for (hash_, who, again), number in sorted(counts.items())
    ]  # fmt: skip
    whole = row_of(
        RawSession, owner, **SESSION, started_at=times.first, ended_at=times.last, record_count=len(acts)
    )
    return {"raw_sessions": [whole], "raw_human_acts": list(acts.values()), "raw_record_counts": found}


SESSION = {
    "agent": "toy", "surface": "interactive", "file_count": 1, "branch_count": 1, "subagent_count": 0,
    "turn_duration_record_count": 0, "active_seconds": 0.0, "is_cleared_start": False,
    "is_warmup_only": False, "has_late_records": False,
}  # fmt: skip
TOY = Source(
    "toy", "toy", "1", frozenset({".jsonl"}), ("~/.toy",), lambda _, head: b'"toy"' in head, scan, parse,
    lambda _: ContentSigns(),
)  # fmt: skip
