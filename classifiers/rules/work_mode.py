"""Work mode by rules (I1): the words of human acts and the kinds of tools used.

Tools that change files are not looked at, neither their calls nor their lines: the lines validate the
mode afterwards (C5). The lexicon is English; where the words say nothing, the tools decide alone.
"""

import re
from collections import Counter, defaultdict
from typing import get_args

from classifiers.catalog.work_mode.labels import ForcedWorkMode, WorkModeAnswer
from classifiers.rules.calls import LOOKS, commands_of
from classifiers.rules.reading import Reading, record_of_act
from classifiers.rules.words import own_words
from orchestration.ingest.rows import RawHumanAct, RawToolCall

OPENING_WEIGHT = 2.0
LATER_WEIGHT = 1.0
LEADING_CHARS = 80
LEADING_FACTOR = 2.0
_PLAN_HEAD = re.compile(r"^Implement the following plan:\s*(?:#+\s*)?(?:plan\b:?)?", re.I)
PLAN_HEAD_CHARS = 300
LANDED_FACTOR = 0.4
"""Where work is tested or committed, questions and deliberation on the way count for less."""
ENOUGH = 0.5
"""Below this sum of scores the session does not show what it is for."""

_TERMS: tuple[tuple[ForcedWorkMode, float, str], ...] = (
    (
        "build",
        1.0,
        r"add|implement|create|build|make|introduce|support|refactor|rename|migrate|port|extend|integrate"
        r"|optimi[sz]e|improve|replace"
        r"|convert|remove|update|change|feature|simplify|extract|upgrade|develop|generate|rewrite"
        r"|scaffold|prototype",
    ),
    (
        "fix",
        1.3,
        r"fix(?:es|ed|ing)?|bugs?|broken|errors?|fail(?:s|ed|ing|ures?)?|crash(?:es|ed|ing)?|wrong"
        r"|(?:does|is|are|did)(?: not|n['’]?t) work(?:ing)?"
        r"|regression|debug|exception|traceback|stack ?trace|flak(?:y|iness)|repair|incorrect|stuck"
        r"|hangs?|panic|root cause|missing",
    ),
    (
        "test",
        1.3,
        r"(?:write|add|create|improve|extend|more|missing) (?:\w+ ){0,3}(?:tests?|test cases?|coverage)"
        r"|test coverage|test suite|benchmarks?|fuzz(?:ing)?",
    ),
    (
        "orchestrate",
        1.5,
        r"sub-?agents?|agent teams?|multi-?agent|spawn|orchestrat\w+|(?:launch|run|use"
        r"|dispatch) (?:\w+ ){0,3}agents|delegate|claude -p",
    ),
    (
        "operate",
        1.2,
        r"deploy\w*|release|publish|install|configure|set ?up|provision|servers?|restart|monitor\w*"
        r"|docker|kubernetes|k8s|cron|backup|credentials|dns",
    ),
    # Words of landing work end most sessions of any mode: they decide only where nothing else is said.
    (
        "operate",
        0.15,
        r"commit|push|merge|rebase|cherry-pick|pull request|branch(?:es)?|worktrees?|tag|run|start|ci",
    ),
    (
        "understand",
        1.0,
        r"explain|how (?:does|do|is|are|did)|what(?:['’]s| is| are| does| do| did)|why (?:is|does|are|did"
        r"|do)|understand|walk me through|describe"
        r"|where (?:is|are|does|do)|tell me|explore|find out|review|summari[sz]e|difference between"
        r"|is there|are there|look (?:at|into)|check (?:if|whether)",
    ),
    (
        "plan",
        1.2,
        r"plan(?:ning)?|design|propos(?:e|al)|architecture|roadmap|brainstorm\w*|approach(?:es)?|strategy"
        r"|options|rfc|adr|specs?|specification|break down"
        r"|think about|discuss|how (?:should|would|could) (?:we|i|you)|trade-?offs?|requirements",
    ),
    (
        "analyze",
        1.2,
        r"analy[sz]e|analysis|data ?sets?|statistics|metrics?|charts?|plot|csv|quer(?:y|ies)|correlat\w+"
        r"|distribution|percentiles?|dashboard|how many",
    ),
    (
        "communicate",
        1.2,
        r"readme|docs?|documentation|blog(?: post)?|e-?mail|slides?|presentation|announcement|changelog"
        r"|release notes|translat\w+|article|tweet|write-?up"
        r"|wording|pr description|letter|draft|landing page copy",
    ),
)
_LEXICON = tuple((mode, weight, re.compile(rf"\b(?:{terms})\b", re.I)) for mode, weight, terms in _TERMS)
# File names, paths and inline code are things worked on, not what is to be done with them.
_NOT_WORDS = re.compile(
    r"`[^`\n]*`|\S*[/\\]\S*|\S+\.\w{1,5}\b|\berror (?:handling|messages?|types?|codes?)\b", re.I
)
_PASTED_ERROR = re.compile(
    r"Traceback \(most recent|^\s*(?:\w+)?(?:Error|Exception): |\bpanic: |\bFAILED\b|npm ERR!|error\[E\d+\]",
    re.M,
)
WORK_MODE_PATTERNS = (
    *(f"{mode}:{weight}:{terms}" for mode, weight, terms in _TERMS),
    _NOT_WORDS.pattern,
    _PLAN_HEAD.pattern,
    _PASTED_ERROR.pattern,
    f"{OPENING_WEIGHT},{LATER_WEIGHT},{LEADING_CHARS},{LEADING_FACTOR},{PLAN_HEAD_CHARS},{LANDED_FACTOR},{ENOUGH}",
)
"""Part of the rules' fingerprint, with the version for the weights of tools in the code."""

Scores = defaultdict[ForcedWorkMode, float]
_CHANGES_NOTHING: tuple[ForcedWorkMode, ...] = ("understand", "plan")
_MODES: tuple[ForcedWorkMode, ...] = get_args(ForcedWorkMode)


def label_work_mode(reading: Reading) -> WorkModeAnswer:
    """The mode with the highest score; the runner-up is the next one with any."""
    scores = _score_words(reading)
    if _lands_work(reading):
        for mode in _CHANGES_NOTHING:
            scores[mode] *= LANDED_FACTOR
    for mode, score in _score_tools(reading).items():
        scores[mode] += score
    ranked = sorted(
        (mode for mode in _MODES if scores[mode] > 0), key=lambda m: (-scores[m], _MODES.index(m))
    )
    total = sum(scores.values())
    forced = ranked[0] if ranked else "understand"
    second = ranked[1] if len(ranked) > 1 else None
    return WorkModeAnswer(
        evidence_record_ids=_evidence(reading),
        work_mode=forced if total >= ENOUGH else "not_inferable",
        second_work_mode=second,
        forced_work_mode=forced,
    )


def _score_words(reading: Reading) -> Scores:
    """Each act spreads its weight over the modes its words point to; the first act weighs most."""
    scores: Scores = defaultdict(float)
    weight = OPENING_WEIGHT
    for act in reading.session.acts:
        if act.act_kind in ("answer", "plan_accepted", "shell_command") or not act.text:
            continue
        hits = _hits(act)
        total = sum(hits.values())
        for mode, hit in hits.items():
            scores[mode] += weight * hit / max(1.0, total)
        if total:
            weight = LATER_WEIGHT
    return scores


def _hits(act: RawHumanAct) -> Scores:
    """How strongly an act's words point to each mode; the first words count double."""
    text = act.text or ""
    words = own_words(text)
    if act.act_kind == "plan_implementation":
        words = _PLAN_HEAD.sub("", words)[:PLAN_HEAD_CHARS]
    words = _NOT_WORDS.sub(" ", words).lstrip()
    hits: Scores = defaultdict(float)
    for mode, weight, pattern in _LEXICON:
        for match in pattern.finditer(words):
            hits[mode] += weight * (LEADING_FACTOR if match.start() < LEADING_CHARS else 1.0)
    if _PASTED_ERROR.search(text[:6000]):
        hits["fix"] += 3
    return hits


def _lands_work(reading: Reading) -> bool:
    """Whether work was tested or committed more than in passing."""
    return len(reading.test_runs) + len(reading.events("commit")) >= 2


def _score_tools(reading: Reading) -> Scores:
    """What the kinds of tools point to; at most about the weight of one act."""
    calls = [call for call in reading.session.calls if not call.is_sidechain]
    kinds = Counter(kind for call in calls for kind in _kinds(call))
    kinds["landing"] = len(reading.test_runs) + len(reading.events("commit"))
    acting = sum(kinds[kind] for kind in ("check", "operate", "data", "forge", "landing", "other"))
    scores: Scores = defaultdict(float)
    if reading.working_turns and reading.working_turns[0].opened_by == "plan_implementation":
        scores["build"] += 0.5
    if reading.working_turns and reading.working_turns[-1].end_reason == "plan_approval":
        scores["plan"] += 1.5
    elif kinds["plan"]:
        scores["plan"] += 0.3
    if kinds["operate"] >= 2:
        scores["operate"] += min(1.5, 3 * kinds["operate"] / acting)
    if kinds["data"] >= 2:
        scores["analyze"] += min(1.0, 2 * kinds["data"] / acting)
    if kinds["agent"] >= 4 and kinds["agent"] >= 0.2 * len(calls):
        scores["orchestrate"] += 1.0
    if kinds["landing"] + kinds["check"]:
        scores["build"] += 0.4
        scores["fix"] += 0.3
    elif kinds["look"] and not acting:
        scores["understand"] += 0.8
    return scores


def _kinds(call: RawToolCall) -> set[str]:
    """The kinds of a call; none for tools that change files and for shell commands that do."""
    if call.tool_category in LOOKS:
        return {"look"}
    if call.tool_category == "subagent":
        return {"agent"}
    if call.tool_category == "plan":
        return {"plan"}
    if call.tool_category == "shell":
        return {str(command.kind) for command in commands_of(call)} - {"change", "git"}
    return set()


def _evidence(reading: Reading) -> list[str]:
    """The prompt that set the work off and the first calls of the main agent that are no editing."""
    acts = [record_of_act(act) for act in reading.session.acts[:1]]
    calls = [call.record_id for call in reading.session.calls if not call.is_sidechain and _kinds(call)]
    return list(dict.fromkeys([*acts, *calls]))[:4]
