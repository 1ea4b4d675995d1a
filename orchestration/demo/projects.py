"""The made-up projects of the demo: their files, test commands, and outputs of tools that look real.

Only text and names. All names are invented common nouns; hosts are example domains.
"""

import random
from dataclasses import dataclass
from typing import Literal

ProjectKind = Literal["python", "go", "node", "infra", "data", "docs"]
CODE_KINDS: tuple[ProjectKind, ...] = ("python", "go", "node")


@dataclass(frozen=True)
class Project:
    """A repository: `topics` name what one may work on in it, `files` hold each topic (`{}`)."""

    name: str
    kind: ProjectKind
    topics: tuple[str, ...]
    source: str
    test: str
    command: str


PROJECTS = (
    Project(
        "harbor-api",
        "python",
        ("pagination", "invoices", "webhooks", "sessions", "rate_limits", "exports"),
        "src/harbor/{}.py",
        "tests/test_{}.py",
        "python -m pytest tests/test_{}.py -q",
    ),
    Project(
        "tidewatch",
        "go",
        ("feeds", "alerts", "scheduler", "parser", "snapshots"),
        "internal/{0}/{0}.go",
        "internal/{0}/{0}_test.go",
        "go test ./internal/{}/...",
    ),
    Project(
        "lantern-web",
        "node",
        ("cart", "search", "profile", "checkout", "calendar"),
        "src/{}/index.ts",
        "src/{}/index.test.ts",
        "npm test -- {}",
    ),
    Project(
        "orchard-infra",
        "infra",
        ("ingress", "metrics", "worker-pool", "cache", "gateway"),
        "deploy/{}.yaml",
        "deploy/checks/{}.yaml",
        "kubectl diff -f deploy/{}.yaml",
    ),
    Project(
        "granite-reports",
        "data",
        ("signups", "refunds", "churn", "latency", "orders"),
        "queries/{}.sql",
        "notebooks/{}.md",
        "duckdb reports.duckdb < queries/{}.sql",
    ),
    Project(
        "meadow-docs",
        "docs",
        ("release-notes", "newsletter", "handbook", "announcement"),
        "content/{}.md",
        "content/drafts/{}.md",
        "npx markdownlint content/{}.md",
    ),
)


def passing_output(project: Project, topic: str, rng: random.Random) -> tuple[str, int]:
    """What a passing test run prints, and how many tests passed."""
    count, seconds = rng.randint(8, 60), rng.randint(20, 900) / 100
    if project.kind == "python":
        return f"{'.' * count}{' ' * 8}[100%]\n{count} passed in {seconds:.2f}s", count
    if project.kind == "go":
        lines = [f"--- PASS: Test{topic.title()}Case{n} (0.0{n % 9}s)" for n in range(1, count + 1)]
        tail = f"PASS\nok  \texample.org/{project.name}/internal/{topic}\t{seconds:.3f}s"
        return "\n".join(lines) + "\n" + tail, count
    return (
        f"\n> {project.name}@1.4.0 test\n> jest {topic}\n\nPASS src/{topic}/index.test.ts\n\n"
        f"Test Suites: 1 passed, 1 total\n"
        f"Tests:       {count} passed, {count} total\nTime:        {seconds} s",
        count,
    )


def failing_output(project: Project, topic: str, rng: random.Random) -> tuple[str, int]:
    """What a failing test run prints, and how many tests failed."""
    failed, passed, seconds = rng.randint(1, 3), rng.randint(8, 40), rng.randint(20, 900) / 100
    got, want = rng.randint(0, 9), rng.randint(10, 19)
    if project.kind == "python":
        names = "\n".join(
            f"FAILED tests/test_{topic}.py::test_{topic}_case_{n} - AssertionError: assert {got} == {want}"
            for n in range(failed)
        )
        head = f"{'F' * failed}{'.' * passed}  [100%]\n{'=' * 30} FAILURES {'=' * 30}\n"
        body = (
            f"E       AssertionError: assert {got} == {want}\n{'=' * 20} short test summary info {'=' * 20}\n"
        )
        return f"{head}{body}{names}\n{failed} failed, {passed} passed in {seconds:.2f}s", failed
    if project.kind == "go":
        names = "\n".join(
            f"--- FAIL: Test{topic.title()}Case{n} (0.00s)\n"
            f"    {topic}_test.go:{40 + n}: got {got}, want {want}"
            for n in range(failed)
        )
        return (
            f"{names}\nFAIL\nFAIL\texample.org/{project.name}/internal/{topic}\t{seconds:.3f}s\nFAIL",
            failed,
        )
    return (
        f"\n> {project.name}@1.4.0 test\n> jest {topic}\n\nFAIL src/{topic}/index.test.ts\n"
        f"  ● {topic} › returns the expected value\n\n    Expected: {want}\n    Received: {got}\n\n"
        f"Test Suites: 1 failed, 1 total\n"
        f"Tests:       {failed} failed, {passed} passed, {failed + passed} total\nTime:        {seconds} s",
        failed,
    )


_BODY = {
    "python": ("def {name}(items, limit):", "    total = {n}", "    return items[total:limit]", ""),
    "go": (
        "func {name}(items []Item, limit int) []Item {{",
        "\tstart := {n}",
        "\treturn items[start:limit]",
        "}}",
    ),
    "node": ("export function {name}(items: Item[]) {{", "  const start = {n};", "  return items;", "}}"),
    "infra": (
        "  - name: {name}",
        "    replicas: {n}",
        "    image: registry.example.net/app:{n}",
        "    ports: []",
    ),
    "data": ("-- {name}", "select week, count(*) as rows_{n}", "from events", "group by week;"),
    "docs": ("## {name}", "", "There are {n} changes worth knowing.", ""),
}


def code_lines(kind: ProjectKind, count: int, rng: random.Random) -> list[str]:
    """Some lines that look like a file of this kind of project."""
    lines: list[str] = []
    while len(lines) < count:
        name, number = f"step_{rng.randint(1, 999)}", rng.randint(1, 99)
        lines += [line.format(name=name, n=number) for line in _BODY[kind]]
    return lines[:count]
