"""Situations: the ways in which the same story may be recorded, one small function each.

A situation changes turns or adds records and leaves the story's outcome alone. `SITUATIONS` is the
registry: name, slot (at most one of a slot per session), first and last CLI version.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestration.demo import calls, endings, openings, steps
from orchestration.demo.interludes import (
    cleared_start,
    local_command,
    resumed_without_prompt,
    shell_command,
    summary_at_head,
)
from orchestration.demo.planted_secrets import plant_secret
from orchestration.demo.playbill import Playbill
from orchestration.demo.scene import Ending, Opening, Step, Turn
from orchestration.demo.story_parts import look_around, reply, turn, words
from orchestration.demo.versions import VersionNumber

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Situation:
    """A way of recording; `is_supervised` needs a human who approves (no auto mode)."""

    name: str
    slot: str
    first: VersionNumber
    last: VersionNumber
    apply: Callable[[Playbill], None]
    is_supervised: bool = False
    needs_code_change: bool = False


def _reopen(bill: Playbill, opening: Opening) -> None:
    bill.turns[0] = replace(bill.turns[0], opening=opening)


def _image_prompt(bill: Playbill) -> None:
    text = f"Look at the screenshot. {_goal(bill)}"
    _reopen(bill, openings.prompt(text, with_image=True))


def _ide_context(bill: Playbill) -> None:
    _reopen(bill, openings.prompt(_goal(bill), ide_file=bill.shop.path(bill.shop.source)))


def _slash_command(bill: Playbill) -> None:
    _reopen(bill, openings.slash_command("work-on", _goal(bill)))


def _goal(bill: Playbill) -> str:
    """The goal in other words, true to the work mode of the story."""
    topic = words(bill.shop)
    return {
        "fix": f"Fix the bug in {topic}: the last item is missing.",
        "build": f"Add a limit option to {topic} in a new file.",
        "test": f"Write tests for {topic} and run them.",
        "operate": f"Deploy {topic} to staging and watch the rollout.",
        "understand": f"Explain how {topic} works here.",
        "plan": f"Draft a plan for splitting {topic}; no code yet.",
        "analyze": f"Analyze the {topic} data and give me the numbers.",
        "orchestrate": f"Start three agents in parallel to review {topic}.",
        "communicate": f"Write the text of the {topic} for our readers.",
        "not_inferable": "hello",
    }[bill.story.work_mode]


def _image_only(bill: Playbill) -> None:
    last = Turn(openings.image_only(), (), endings.completed("The picture shows what is described above."))
    bill.turns.insert(1, last)


def plan_text(bill: Playbill) -> str:
    topic = words(bill.shop)
    return f"# Plan for {topic}\n\n1. Read {bill.shop.source}.\n2. Make the change.\n3. Check the result."


def planned(bill: Playbill, *, ending: Ending) -> Turn:
    """The first prompt, given in plan mode, answered by a plan."""
    bill.mode = "plan"
    return Turn(bill.turns[0].opening, (look_around(bill.shop),), ending)


def _plan_in_place(bill: Playbill) -> None:
    proposed = planned(bill, ending=endings.plan(plan_text(bill)))
    bill.turns[:1] = [proposed, replace(bill.turns[0], opening=openings.plan_accepted())]


def _plan_rejected(bill: Playbill) -> None:
    text = plan_text(bill)
    proposed = planned(bill, ending=endings.plan(text))
    again = Turn(
        openings.plan_rejected("keep it to one file, please"),
        (look_around(bill.shop),),
        endings.plan(text + "\n\nAll in one file."),
    )
    bill.turns[:1] = [proposed, again, replace(bill.turns[0], opening=openings.plan_accepted())]


def _question_asked(bill: Playbill) -> None:
    first = bill.turns[0]
    question = f"Should {words(bill.shop)} keep its present name?"
    asking = Turn(first.opening, (look_around(bill.shop),), endings.ask(question, ("Keep it", "Rename it")))
    bill.turns[:1] = [asking, replace(first, opening=openings.answer("Keep it"))]


def _question_in_text(bill: Playbill) -> None:
    first = bill.turns[0]
    asking = Turn(
        first.opening,
        (look_around(bill.shop),),
        endings.question_in_text("I found two places that could be meant. Shall I take the first one?"),
    )
    bill.turns[:1] = [asking, replace(first, opening=openings.prompt("Yes, the first one."))]


def _in_midst(bill: Playbill, step: Step) -> None:
    index = bill.working_turn()
    place = bill.shop.rng.randint(1, len(bill.turns[index].steps))
    bill.turns[index] = bill.turns[index].with_step(step, place)


def _steering_removed(bill: Playbill) -> None:
    _in_midst(bill, steps.steering("by the way, keep the names of the functions as they are"))


def _steering_dequeued(bill: Playbill) -> None:
    index = bill.working_turn(is_completed=True)
    text = "and then list the files you looked at"
    bill.turns[index] = bill.turns[index].with_step(steps.typed_ahead(text), 1)
    after = Turn(openings.queued_prompt(), (), endings.completed(f"I looked at {bill.shop.source}."))
    bill.turns.insert(index + 1, after)


def _denial_with_feedback(bill: Playbill) -> None:
    call = calls.bash(bill.shop, "rm -rf build", "")
    _in_midst(bill, steps.refused_with_feedback(call, "leave the build folder alone"))


def _denial_stop(bill: Playbill) -> None:
    index = bill.first_working_turn()
    old = bill.turns[index]
    place = bill.shop.rng.randint(1, len(old.steps))
    call = calls.edit(bill.shop, bill.shop.source, added=3, removed=1)
    stopped = replace(old, steps=old.steps[:place], ending=endings.refused(call))
    rest = replace(old, opening=openings.prompt("Go on, but without that edit."), steps=old.steps[place:])
    bill.turns[index : index + 1] = [stopped, rest]


def _agent(bill: Playbill, *, in_file: bool, in_progress: bool, writes: bool = False) -> None:
    task = f"Find every place where {words(bill.shop)} is used and report the files."
    _in_midst(bill, steps.subagent(bill.shop, task, in_file=in_file, in_progress=in_progress, writes=writes))


def _agent_in_file(bill: Playbill) -> None:
    _agent(bill, in_file=True, in_progress=False)


def _agent_in_progress(bill: Playbill) -> None:
    _agent(bill, in_file=False, in_progress=True)


def _agent_in_both(bill: Playbill) -> None:
    _agent(bill, in_file=True, in_progress=True)


def _writing_agent(bill: Playbill) -> None:
    _agent(bill, in_file=True, in_progress=False, writes=True)


def _background_task(bill: Playbill) -> None:
    index = bill.working_turn(is_completed=True)
    step = steps.background_command(bill.shop, "make watch")
    bill.turns[index] = bill.turns[index].with_step(step, len(bill.turns[index].steps))
    opening = openings.background_notification('Background command "make watch" completed (exit code 0)')
    report = Turn(opening, (), endings.completed("The watcher has ended; there is nothing to do."))
    bill.turns.insert(index + 1, report)


def _compaction(bill: Playbill) -> None:
    _in_midst(bill, steps.compaction())


def _api_retries(bill: Playbill) -> None:
    _in_midst(bill, steps.api_retries(bill.shop.rng.randint(1, 4)))


def _api_error(bill: Playbill) -> None:
    index = bill.first_working_turn()
    old = bill.turns[index]
    place = bill.shop.rng.randint(1, len(old.steps))
    text = "API Error: Repeated 529 Overloaded errors"
    stopped = replace(old, steps=old.steps[:place], ending=endings.given_up(text))
    rest = replace(old, opening=openings.prompt("Please go on."), steps=old.steps[place:])
    bill.turns[index : index + 1] = [stopped, rest]


def _parallel_failure(bill: Playbill) -> None:
    failed = calls.failed_bash("ls missing-folder", "ls: missing-folder: No such file or directory")
    _in_midst(bill, steps.work(None, failed, calls.collateral(calls.read(bill.shop, bill.shop.test), failed)))
    bill.recover()


def _missing_file(bill: Playbill) -> None:
    _in_midst(bill, steps.work(None, calls.missing_file(bill.shop, "src/does_not_exist.txt")))
    bill.recover()


def _mcp_call(bill: Playbill) -> None:
    _in_midst(bill, steps.work("Looking up the ticket.", calls.issue_lookup(bill.shop)))


def _fork(bill: Playbill, kind: str) -> None:
    bill.fork = "rewritten" if kind == "rewritten" else "kept"
    other = turn("Show me once more where this starts.", look_around(bill.shop), end="It starts at the top.")
    bill.fork_turns = (replace(other, pause_ms=bill.shop.rng.randint(1, 5) * HOUR_MS),)


def _next_day(bill: Playbill) -> None:
    later = reply("Good morning. What was the state of this, in one line.", "It is as we left it yesterday.")
    bill.turns.append(replace(later, pause_ms=bill.shop.rng.randint(14, 20) * HOUR_MS))


def _cut_off(bill: Playbill) -> None:
    """The human closes the terminal while the agent works on an extra."""
    opening = openings.prompt("Also look at the neighbouring files.")
    call = calls.read(bill.shop, bill.shop.test)
    bill.turns.append(Turn(opening, (look_around(bill.shop),), endings.cut_off(call)))


def _glued(bill: Playbill) -> None:
    bill.is_glued = True


def _no_final_newline(bill: Playbill) -> None:
    bill.has_final_newline = False


def _interlude(index: int, interlude: Callable[..., None]) -> Callable[[Playbill], None]:
    return lambda bill: bill.between(index, interlude)


def _cleared(bill: Playbill) -> None:
    bill.is_cleared_start = True
    bill.between(0, cleared_start)


_ANY, _EARLY, _LATE = (0, 0, 0), (2, 0, 76), (9, 0, 0)

SITUATIONS = (
    Situation("image_prompt", "opening", _EARLY, (2, 1, 81), _image_prompt),
    Situation("ide_context", "opening", _EARLY, _LATE, _ide_context),
    Situation("slash_command", "opening", _EARLY, _LATE, _slash_command, is_supervised=True),
    Situation("image_only", "extra", _EARLY, (2, 1, 81), _image_only),
    Situation("secret_planted", "extra", _ANY, _LATE, plant_secret),
    Situation("cleared_start", "head", _EARLY, _LATE, _cleared),
    Situation("local_command", "head", _EARLY, _LATE, _interlude(0, local_command)),
    Situation("summary_at_head", "head", _EARLY, (2, 1, 22), _interlude(0, summary_at_head)),
    Situation("shell_command", "end", _EARLY, _LATE, _interlude(-1, shell_command)),
    Situation("resumed_synthetic", "end", _EARLY, _LATE, _interlude(-1, resumed_without_prompt)),
    Situation(
        "plan_in_place", "stop", _EARLY, _LATE, _plan_in_place, is_supervised=True, needs_code_change=True
    ),
    Situation(
        "plan_rejected", "stop", _EARLY, _LATE, _plan_rejected, is_supervised=True, needs_code_change=True
    ),
    Situation("question_asked", "stop", _EARLY, _LATE, _question_asked),
    Situation("question_in_text", "stop", _ANY, _LATE, _question_in_text),
    Situation("steering_removed", "queue", _EARLY, _LATE, _steering_removed),
    Situation("steering_dequeued", "queue", _EARLY, _LATE, _steering_dequeued),
    Situation("denial_with_feedback", "denial", _ANY, _LATE, _denial_with_feedback, is_supervised=True),
    Situation("denial_stop", "denial", _ANY, _LATE, _denial_stop, is_supervised=True),
    Situation("subagent_file", "agent", _EARLY, _LATE, _agent_in_file),
    Situation("subagent_writes", "agent", _EARLY, _LATE, _writing_agent, needs_code_change=True),
    Situation("subagent_progress", "agent", (2, 1, 11), (2, 1, 81), _agent_in_progress),
    Situation("subagent_file_and_progress", "agent", (2, 1, 11), (2, 1, 81), _agent_in_both),
    Situation("warm_up_agent", "agent", _EARLY, (2, 1, 20), _interlude(0, steps.warm_up)),
    Situation("background_task", "midst", (2, 1, 15), _LATE, _background_task),
    Situation("compaction", "midst", _EARLY, (2, 1, 112), _compaction),
    Situation("api_retries", "midst", (2, 1, 5), _LATE, _api_retries),
    Situation("api_error", "midst", _EARLY, _LATE, _api_error),
    Situation("parallel_failure", "midst", _ANY, _LATE, _parallel_failure),
    Situation("missing_file", "midst", _ANY, _LATE, _missing_file),
    Situation("mcp_call", "midst", _EARLY, _LATE, _mcp_call),
    Situation("fork_rewritten", "end", _EARLY, _LATE, lambda b: _fork(b, "rewritten")),
    Situation("fork_kept", "end", _EARLY, _LATE, lambda b: _fork(b, "kept")),
    Situation("resumed_next_day", "end", _ANY, _LATE, _next_day),
    Situation("cut_off", "end", _ANY, _LATE, _cut_off),
    Situation("glued_line", "file", _EARLY, _LATE, _glued),
    Situation("no_final_newline", "file", _ANY, _LATE, _no_final_newline),
)
