"""What stories are made of: the story value, turns with prompts in the words of their work mode.

The words of the prompts and the kinds of tools show the work mode. Whole stories are elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from orchestration.demo import calls
from orchestration.demo.calls import Workshop
from orchestration.demo.endings import completed
from orchestration.demo.openings import prompt
from orchestration.demo.projects import ProjectKind
from orchestration.demo.scene import Step, Turn
from orchestration.demo.steps import work
from orchestration.demo.truth import CodebaseRelation, Outcome, WorkMode

OutcomeClass = Literal["verified", "unverified", "partial", "failed", "abandoned", "no_goal"]


@dataclass(frozen=True)
class Story:
    """The turns of a session and what is true of it."""

    turns: tuple[Turn, ...]
    work_mode: WorkMode
    codebase_relation: CodebaseRelation
    outcome: Outcome
    success: tuple[str, ...] = ()
    failure: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoryKind:
    """A story of the repertoire: who may play it where, and the share it counts towards."""

    name: str
    outcome_class: OutcomeClass
    project_kinds: tuple[ProjectKind, ...]
    tell: Callable[[Workshop], Story]
    is_for_lone_user: bool = False
    needs_agents: bool = False


def look_around(shop: Workshop) -> Step:
    """More of the same: reading and searching, rendering manifests offline, or asking the database."""
    kind, topic = shop.project.kind, shop.topic
    if kind == "infra":
        output = f"kind: Deployment\nmetadata:\n  name: {topic}\nspec:\n  replicas: {shop.rng.randint(1, 9)}"
        return work(None, calls.bash(shop, f"kubectl kustomize deploy/{topic}", output))
    if kind == "data":
        output = f"weeks | rows\n{shop.rng.randint(4, 52)} | {shop.rng.randint(100, 9999)}"
        return work(None, calls.bash(shop, f"duckdb reports.duckdb 'summarize {topic}'", output))
    maker = shop.rng.choice((calls.grep, calls.glob))
    return work(None, maker(shop)) if shop.rng.random() < 0.4 else work(None, calls.read(shop, shop.source))


def turn(text: str, *steps: Step, end: str) -> Turn:
    return Turn(prompt(text), steps, completed(end), filler=look_around)


def reply(text: str, end: str) -> Turn:
    """A turn without tools: the human says something, the agent answers."""
    return Turn(prompt(text), (), completed(end))


def words(shop: Workshop) -> str:
    return shop.topic.replace("_", " ").replace("-", " ")


def follow_up(shop: Workshop) -> Turn:
    """A neutral second look that neither writes nor proves anything."""
    text = shop.rng.choice(
        (
            "Where else in the project does {w} come up? List the places.",
            "Before we go on, show me which files touch {w}.",
            "Check whether anything else depends on {w}.",
        )
    ).format(w=words(shop))
    return turn(text, look_around(shop), end=f"It comes up in {shop.source} and {shop.test}, nowhere else.")


def fix_prompt(shop: Workshop) -> str:
    return shop.rng.choice(
        (
            "The {w} code is broken: the last item is missing. Find the bug and fix it.",
            "There is a bug in {w}, it crashes on an empty list. Please fix this error.",
            "A test of {w} is failing since yesterday. Debug it and fix the cause, not the test.",
            "Fix the regression in {w}: it returns the wrong result for the first page.",
        )
    ).format(w=words(shop))


def build_prompt(shop: Workshop) -> str:
    return shop.rng.choice(
        (
            "Add a limit option to {w} and make the default 50.",
            "Implement a new summary view for {w}, with a total at the end.",
            "Build an export for {w}: a new file with one function is enough.",
            "Create support for sorting in {w} and wire it into the existing code.",
        )
    ).format(w=words(shop))


def small_edit(shop: Workshop) -> Step:
    call = calls.edit(shop, shop.source, added=shop.rng.randint(2, 14), removed=shop.rng.randint(1, 6))
    return work("Changing the one place that matters.", call)


def built(shop: Workshop) -> Turn:
    new_file = shop.source.replace(shop.topic, shop.topic + "_summary")
    return turn(
        build_prompt(shop),
        work("Reading what is there.", calls.read(shop, shop.source), calls.glob(shop)),
        work(None, calls.task_list(shop, f"add the {words(shop)} option")),
        work("A new file keeps it apart.", calls.write(shop, new_file, count=shop.rng.randint(10, 60))),
        small_edit(shop),
        end=f"The new code for {words(shop)} is in place and wired in.",
    )
