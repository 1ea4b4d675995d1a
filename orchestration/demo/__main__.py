"""`python -m orchestration.demo --out DIR`: write a demo corpus and, beside it, its truth.

An edge of the package: besides the command, only here is the clock read, for the default of the end date.
"""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from orchestration.demo.corpus import write_demo_corpus
from orchestration.demo.plan import DemoPlan


def main(arguments: list[str] | None = None) -> int:
    """Write `<out>/transcripts` and `<out>/truth.json`."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.demo", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--sessions", type=int, default=320)
    parser.add_argument("--users", type=int, default=14)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--codex-share",
        type=float,
        default=0.0,
        help="share of the sessions that are written as Codex rollouts, of those that the format can tell",
    )
    parser.add_argument(
        "--api-conversations", type=int, default=0, help="conversations in logs of API traffic beside them"
    )
    parser.add_argument(
        "--end-date", type=date.fromisoformat, help="day after the last session; default today"
    )
    chosen = parser.parse_args(arguments)
    plan = DemoPlan(
        end_date=chosen.end_date or datetime.now(UTC).date(),
        seed=chosen.seed,
        users=chosen.users,
        sessions=chosen.sessions,
        months=chosen.months,
        codex_share=chosen.codex_share,
        api_conversations=chosen.api_conversations,
    )
    truth = write_demo_corpus(chosen.out / "transcripts", plan)
    (chosen.out / "truth.json").write_bytes(truth.to_json())
    files = truth.files
    written = f"{len(truth.sessions)} sessions, {files.file_count} files, {files.line_count} lines"
    sys.stdout.write(f"{written} in {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
