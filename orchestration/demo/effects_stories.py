"""Stories by work mode and ending: in every mode each ending can happen, so that neither tells the other.

Belongs here: the endings that the repertoire lacks in a mode, short, and which story plays which ending.
Not here: how often one is played.
"""

from collections.abc import Mapping

from orchestration.demo import calls
from orchestration.demo import stories_succeeding as good
from orchestration.demo import stories_troubled as bad
from orchestration.demo.calls import Workshop
from orchestration.demo.effects import EffectClass
from orchestration.demo.projects import CODE_KINDS, ProjectKind
from orchestration.demo.scene import Turn
from orchestration.demo.steps import work
from orchestration.demo.story_parts import Story, StoryKind, built, fix_prompt, reply, small_edit, turn, words
from orchestration.demo.truth import CodebaseRelation, WorkMode

_REJECTED = "No, this is wrong, that is not what I asked for. Undo it and do it properly."
_AFFIRMED = "It works, I tried it just now and the result is exactly what I wanted."
_DROPPED = "Never mind, forget it. I will do it by hand."


def fixed(shop: Workshop) -> Turn:
    """A fix that is written and not run."""
    return turn(
        fix_prompt(shop),
        work("Looking for the place.", calls.read(shop, shop.source)),
        small_edit(shop),
        end=f"The boundary in {shop.source} is right.",
    )


def rolled_out(shop: Workshop) -> Turn:
    """A change of a manifest that is applied, with output that leaves open what came of it."""
    applied = f"deployment.apps/{shop.topic} configured"
    return turn(
        f"Raise the replicas of {words(shop)} on staging and apply it to the cluster.",
        work("One line of the manifest changes.", calls.edit(shop, shop.source, added=1, removed=1)),
        work(None, calls.bash(shop, f"kubectl apply -f deploy/{shop.topic}.yaml", applied)),
        end=f"The change of {shop.topic} is applied.",
    )


def bug_dropped(shop: Workshop) -> Story:
    """Nothing is written, and the person takes over."""
    first = turn(
        fix_prompt(shop),
        work(None, calls.read(shop, shop.source)),
        work(None, calls.tests_fail(shop)),
        work(None, calls.failed_edit(shop, shop.source)),
        end="I could not find the cause.",
    )
    turns = (first, reply(_DROPPED, "Understood, I stop here."))
    return Story(turns, "fix", "explores_existing", "failed", (), ("gave_up",))


def rollout_half_done(shop: Workshop) -> Story:
    """One of two environments: the scope is cut."""
    complaint = "Production is still missing, that is not all I asked for. Leave it for another day."
    turns = (rolled_out(shop), reply(complaint, "Understood: staging is done, production is left out."))
    return Story(
        turns, "operate", "no_codebase", "partially_succeeded", ("clean_end",), ("user_pushes_back",)
    )


def rollout_rejected(shop: Workshop) -> Story:
    """The manifest was changed; the person does not want it."""
    turns = (rolled_out(shop), reply("This is wrong, not what I asked for at all. Leave it.", "I stop."))
    return Story(turns, "operate", "no_codebase", "failed", (), ("user_rejects_result",))


def _thanked(first: Turn, mode: WorkMode, relation: CodebaseRelation) -> Story:
    """Thanks alone confirm nothing."""
    turns = (first, reply("Thanks.", "You are welcome."))
    return Story(turns, mode, relation, "succeeded", ("neutral_ack", "clean_end"))


def _recovered(shop: Workshop, first: Turn, mode: WorkMode, relation: CodebaseRelation) -> Story:
    """Hard trouble on the way, and a success that the person confirms."""
    again = turn(_REJECTED, small_edit(shop), end="It is done in the other way.")
    turns = (first, again, reply(_AFFIRMED, "Glad to hear it."))
    signals = ("user_affirms_result", "clean_end")
    return Story(turns, mode, relation, "succeeded", signals, ("user_rejects_result",))


def build_recovered(shop: Workshop) -> Story:
    return _recovered(shop, built(shop), "build", "modifies_existing")


def fix_recovered(shop: Workshop) -> Story:
    return _recovered(shop, fixed(shop), "fix", "modifies_existing")


def fix_thanked(shop: Workshop) -> Story:
    return _thanked(fixed(shop), "fix", "modifies_existing")


def rollout_recovered(shop: Workshop) -> Story:
    return _recovered(shop, rolled_out(shop), "operate", "no_codebase")


def rollout_thanked(shop: Workshop) -> Story:
    return _thanked(rolled_out(shop), "operate", "no_codebase")


_INFRA: tuple[ProjectKind, ...] = ("infra",)
_BUILD: dict[EffectClass, StoryKind] = {
    "verified": StoryKind("build_affirmed", "verified", CODE_KINDS, good.build_affirmed),
    "recovered": StoryKind("build_recovered", "verified", CODE_KINDS, build_recovered),
    "unverified": StoryKind("build_thanked", "unverified", CODE_KINDS, good.build_thanked),
    "partial": StoryKind("half_built", "partial", CODE_KINDS, bad.half_built),
    "failed": StoryKind("result_rejected", "failed", CODE_KINDS, bad.result_rejected),
    "abandoned": StoryKind("feature_abandoned", "abandoned", CODE_KINDS, bad.feature_abandoned),
}
_FIX: dict[EffectClass, StoryKind] = {
    "verified": StoryKind("bugfix_verified", "verified", CODE_KINDS, good.bugfix_verified),
    "recovered": StoryKind("fix_recovered", "verified", CODE_KINDS, fix_recovered),
    "unverified": StoryKind("fix_thanked", "unverified", CODE_KINDS, fix_thanked),
    "partial": StoryKind("half_fixed", "partial", CODE_KINDS, bad.half_fixed),
    "failed": StoryKind("bug_unfixed", "failed", CODE_KINDS, bad.bug_unfixed),
    "abandoned": StoryKind("bug_dropped", "abandoned", CODE_KINDS, bug_dropped),
}
_OPERATE: dict[EffectClass, StoryKind] = {
    "verified": StoryKind("rollout_watched", "verified", _INFRA, good.rollout_watched),
    "recovered": StoryKind("rollout_recovered", "verified", _INFRA, rollout_recovered),
    "unverified": StoryKind("rollout_thanked", "unverified", _INFRA, rollout_thanked),
    "partial": StoryKind("rollout_half_done", "partial", _INFRA, rollout_half_done),
    "failed": StoryKind("rollout_rejected", "failed", _INFRA, rollout_rejected),
    "abandoned": StoryKind("rollout_failed", "abandoned", _INFRA, bad.rollout_failed),
}
STORIES_BY_MODE: Mapping[WorkMode, Mapping[EffectClass, StoryKind]] = {
    "build": _BUILD,
    "fix": _FIX,
    "operate": _OPERATE,
}
NO_GOAL_STORY = StoryKind("small_talk", "no_goal", CODE_KINDS, bad.small_talk)
"""The one ending without a mode."""
