"""The repertoire: every story of the demo, with the outcome class it counts towards.

A new story is one function in a sibling module and one line here.
"""

from orchestration.demo import stories_succeeding as good
from orchestration.demo import stories_troubled as bad
from orchestration.demo.projects import CODE_KINDS
from orchestration.demo.story_parts import StoryKind

STORIES = (
    StoryKind("bugfix_verified", "verified", CODE_KINDS, good.bugfix_verified),
    StoryKind("build_affirmed", "verified", CODE_KINDS, good.build_affirmed),
    StoryKind("pull_request_opened", "verified", CODE_KINDS, good.pull_request_opened),
    StoryKind("tests_added", "verified", CODE_KINDS, good.tests_added),
    StoryKind("rollout_watched", "verified", ("infra",), good.rollout_watched),
    StoryKind("code_explained", "unverified", CODE_KINDS, good.code_explained),
    StoryKind("build_thanked", "unverified", CODE_KINDS, good.build_thanked),
    StoryKind("plan_drafted", "unverified", CODE_KINDS, good.plan_drafted),
    StoryKind("numbers_analyzed", "unverified", ("data",), good.numbers_analyzed),
    StoryKind("agents_orchestrated", "unverified", CODE_KINDS, good.agents_orchestrated, needs_agents=True),
    StoryKind("notes_written", "unverified", ("docs",), good.notes_written, is_for_lone_user=True),
    StoryKind("half_built", "partial", CODE_KINDS, bad.half_built),
    StoryKind("half_fixed", "partial", CODE_KINDS, bad.half_fixed),
    StoryKind("bug_unfixed", "failed", CODE_KINDS, bad.bug_unfixed),
    StoryKind("result_rejected", "failed", CODE_KINDS, bad.result_rejected),
    StoryKind("feature_abandoned", "abandoned", CODE_KINDS, bad.feature_abandoned),
    StoryKind("rollout_failed", "abandoned", ("infra",), bad.rollout_failed),
    StoryKind("small_talk", "no_goal", CODE_KINDS, bad.small_talk),
)
HEADLESS_STORY = StoryKind("headless_fix", "verified", CODE_KINDS, good.headless_fix)
