"""Writes the logs of the demo's API traffic, one file a month, and gives the truth of every call in them.

Belongs here: who talks when, and how long. Deterministic by the plan's seed; nothing reads a clock.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import orjson

from orchestration.demo.plan import DemoPlan
from orchestration.demo.traffic.call_truth import CallTruth, true_answers
from orchestration.demo.traffic.conversation import Conversation
from orchestration.demo.traffic.deployments import DEPLOYMENTS, Deployment, ToolUse
from orchestration.demo.transcript import Record

FOLDER = "api-traffic"
COMPLEXITIES = ("minimal", "low", "moderate", "high")
LONE_SHARE = 0.4
"""Conversations of which the log holds one request."""

TWO_CALLS = 0.2
"""Answers that call two tools at once."""


@dataclass
class WrittenTraffic:
    """What was written: the calls, how many requests each conversation has in the log, lines and files."""

    calls: list[CallTruth] = field(default_factory=list)
    request_counts: list[int] = field(default_factory=list)
    file_count: int = 0

    @property
    def population(self) -> dict[str, int]:
        """What was planted in figures, for the file of planted facts."""
        return {
            "requests": sum(self.request_counts),
            "conversations": len(self.request_counts),
            "chains": sum(count > 1 for count in self.request_counts),
            "deployments": len({call.deployment for call in self.calls}),
            "customers": len({call.customer for call in self.calls}),
        }


def write_logs(folder: Path, plan: DemoPlan) -> WrittenTraffic:
    """Write the logs of a plan's conversations; nothing where it has none."""
    written = WrittenTraffic()
    lines: dict[str, list[Record]] = defaultdict(list)
    for number in range(plan.api_conversations):
        conversation, calls = _conversation(plan, number)
        written.calls += calls
        written.request_counts.append(len(conversation.lines))
        for line in conversation.lines:
            lines[str(line["time"])[:7]].append(line)
    for month, of_month in sorted(lines.items()):
        path = folder / FOLDER / f"{month}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        in_order = sorted(of_month, key=lambda line: (str(line["time"]), str(line["id"])))
        path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in in_order))
        written.file_count += 1
    return written


def _conversation(plan: DemoPlan, number: int) -> tuple[Conversation, list[CallTruth]]:
    rng = random.Random(f"{plan.seed}-traffic-{number}")
    deployment = rng.choices(DEPLOYMENTS, [each.weight for each in DEPLOYMENTS])[0]
    place = rng.randrange(deployment.customers)
    customer = f"{deployment.name}-customer-{place + 1}"
    habit = random.Random(f"{plan.seed}-{customer}").random()
    complexity = rng.choices(COMPLEXITIES, deployment.complexities)[0]
    conversation = Conversation(deployment, customer, at=_start(plan, rng), rng=rng)
    calls = []
    is_lone = rng.random() < LONE_SHARE
    for uses in _steps(deployment, 1 if is_lone else rng.randint(2, 4), rng):
        for use, call_id, at in conversation.call(uses):
            told = true_answers(deployment, use, complexity=complexity, habit=habit, rng=rng)
            calls.append(
                CallTruth(call_id, number, deployment.name, customer, at.isoformat(), **told)  # type: ignore[arg-type]  # by name
            )
    if not is_lone:
        conversation.end()
    return conversation, calls


def _steps(deployment: Deployment, count: int, rng: random.Random) -> Iterator[list[ToolUse]]:
    weights = [use.weight for use in deployment.uses]
    for _ in range(count):
        yield rng.choices(deployment.uses, weights, k=2 if rng.random() < TWO_CALLS else 1)


def _start(plan: DemoPlan, rng: random.Random) -> datetime:
    """A time of the plan's months, in the hours of work; of the weekdays where people work on these alone."""
    while True:
        day = plan.end_date - timedelta(days=rng.randint(1, 30 * plan.months - 1))
        if plan.has_weekends or day.weekday() < 5:
            break
    return datetime.combine(day, time(7), UTC) + timedelta(seconds=rng.randrange(11 * 3600))
