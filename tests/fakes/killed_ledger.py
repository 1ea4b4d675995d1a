"""A ledger that is written to without end, until killed: `python -m tests.fakes.killed_ledger <path> <run>`.

Says each request's id as soon as the ledger has said that its answer is kept. Of every four requests
one stays in flight, one goes into a batch that is intended and no more, one is only reserved.
"""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

from classifiers.ledger.ledger import Budget, Ledger
from tests.fakes.invented_requests import asked, give_answer

BUDGET = Budget(Decimal(50), Decimal(1000))
BOUND_USD = Decimal("0.5")


def write(path: Path, run_id: str) -> None:
    """Reserve, send and settle until the budget is used up, or killed."""
    with Ledger.open(path, clock=lambda: datetime.now(UTC)) as ledger, ledger.sending(run_id, BUDGET):
        for number in count():
            requests = [asked(f"{run_id} {number} {kind}") for kind in ("a", "b", "c", "d")]
            granted = ledger.reserve([(request, BOUND_USD) for request in requests], run_id=run_id).granted
            if len(granted) < len(requests):
                say("spent")
                sys.stdin.read()
            to_answer, to_leave, to_batch, _ = requests
            ledger.sent(to_leave.request_id)
            ledger.sent(to_answer.request_id)
            give_answer(ledger, to_answer, cost_usd="0.1")
            say(to_answer.request_id)
            ledger.intend_batch([to_batch.request_id], run_id=run_id)


def say(line: str) -> None:
    """Tell the parent, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2])
