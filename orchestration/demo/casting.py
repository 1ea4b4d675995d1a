"""Casting: which story is played in a slot, in which project and mode, and in which situations.

Decides and plays nothing. Quotas keep the planned shares; situations not seen yet come first.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace

from orchestration.demo.calls import Workshop
from orchestration.demo.endings import plan_taken_to_new_session
from orchestration.demo.openings import plan_implementation
from orchestration.demo.people import Person, Slot
from orchestration.demo.plan import DemoPlan
from orchestration.demo.planted_secrets import SECRET_KINDS
from orchestration.demo.playbill import Playbill
from orchestration.demo.population import AUTO_MODES, Quotas
from orchestration.demo.projects import PROJECTS, Project
from orchestration.demo.situations import SITUATIONS, Situation, plan_text, planned
from orchestration.demo.stories import HEADLESS_STORY, STORIES
from orchestration.demo.story_parts import Story, StoryKind, follow_up
from orchestration.demo.truth import SessionEffects
from orchestration.demo.versions import Features, features_of

HANDOVER_SHARE = 0.02
"""Sessions that continue a plan accepted in an earlier session, as a share of all."""

_QUIET_SLOTS = frozenset({"head", "file"})
_LATE_SLOTS = frozenset({"end"})


@dataclass(frozen=True)
class Cast:
    """A slot with everything decided; `continuation` is the session that carries out the plan."""

    slot: Slot
    person: Person
    prior: int
    bill: Playbill
    continuation: Playbill | None
    entrypoint: str
    effects: SessionEffects | None = None


class Caster:
    """Decides session after session; its state are the quotas and what has been seen."""

    def __init__(self, plan: DemoPlan, people: list[Person], quotas: Quotas) -> None:
        self.plan, self.people, self.quotas = plan, people, quotas
        self.handovers_left = int(plan.sessions * HANDOVER_SHARE) if plan.sessions >= 40 else 0
        self._handover_claim = 0.5
        self._turns_of_class: Counter[str] = Counter()
        self._unseen = [situation.name for situation in SITUATIONS]
        self._secrets = 0

    def person_of(self, slot: Slot) -> Person:
        """Headless work exists from the version that marks it; before, the account is just unknown."""
        person = self.people[slot.person]
        if person.is_headless and not features_of(slot.version).has_entrypoint:
            return self.people[-1]
        return person

    def cast(self, slot: Slot, prior: int, *, may_hand_over: bool) -> Cast:
        """Decide one session. `prior` counts the person's sessions that started before."""
        rng = random.Random(f"{self.plan.seed}-{slot.number}")
        person, features = self.person_of(slot), features_of(slot.version)
        kind = HEADLESS_STORY if person.is_headless else self._story(person, features)
        shop = workshop(rng, features, project_of(kind, slot, rng), person)
        story = kind.tell(shop)
        if not person.is_headless and story.work_mode != "not_inferable":
            story = _with_follow_ups(story, shop)
        mode = self._mode(person, features, prior, rng)
        bill = Playbill(shop, kind.name, story, mode, list(story.turns), failure=story.failure)
        bill.kind_to_plant = SECRET_KINDS[self._secrets % len(SECRET_KINDS)]
        continuation = None
        if may_hand_over and self._hands_over(bill, person):
            bill, continuation = _handed_over(bill)
            self.quotas.charge("unverified")
        elif not person.is_headless:
            self._add_situations(bill, kind, slot)
        return Cast(slot, person, prior, bill, continuation, _entrypoint(person))

    def _story(self, person: Person, features: Features) -> StoryKind:
        outcome_class = self.quotas.outcome_class()
        kinds = [kind for kind in STORIES if kind.outcome_class == outcome_class]
        if person.is_lone and any(kind.is_for_lone_user for kind in kinds):
            return next(kind for kind in kinds if kind.is_for_lone_user)
        has_agents = features.has_git_branch
        kinds = [k for k in kinds if not k.is_for_lone_user and (has_agents or not k.needs_agents)]
        turn = self._turns_of_class[outcome_class]
        self._turns_of_class[outcome_class] += 1
        return kinds[turn % len(kinds)]

    def _mode(self, person: Person, features: Features, prior: int, rng: random.Random) -> str:
        if person.is_headless:
            return "bypassPermissions"
        if person.name and features.has_permission_mode and self.quotas.is_full_auto(prior):
            return "auto" if features.has_attachments and rng.random() < 0.3 else "bypassPermissions"
        return rng.choice(("default", "acceptEdits"))

    def _hands_over(self, bill: Playbill, person: Person) -> bool:
        is_fit = bill.mode not in AUTO_MODES and changes_code(bill) and person.name is not None
        if not self.handovers_left or not is_fit or not bill.shop.features.has_pr_link:
            return False
        self._handover_claim += 0.15
        if self._handover_claim < 1:
            return False
        self._handover_claim -= 1
        self.handovers_left -= 1
        return True

    def _add_situations(self, bill: Playbill, kind: StoryKind, slot: Slot) -> None:
        rng = bill.shop.rng
        fitting = [s for s in SITUATIONS if self._fits(s, bill, kind, slot)]
        unseen = [s for s in fitting if s.name in self._unseen]
        count = sum(rng.random() < self.plan.situations_per_session / 3 for _ in range(3))
        chosen: list[Situation] = unseen[:1] if unseen else []
        for situation in rng.sample(fitting, len(fitting)):
            if len(chosen) >= count:
                break
            if situation.slot not in {other.slot for other in chosen}:
                chosen.append(situation)
        for situation in SITUATIONS:
            if situation in chosen:
                situation.apply(bill)
                bill.situations.append(situation.name)
                self._secrets += situation.name == "secret_planted"
                if situation.name in self._unseen:
                    self._unseen.remove(situation.name)

    def _fits(self, situation: Situation, bill: Playbill, kind: StoryKind, slot: Slot) -> bool:
        if not situation.first <= bill.shop.features.number <= situation.last:
            return False
        if situation.is_supervised and bill.mode in AUTO_MODES:
            return False
        if situation.needs_code_change and not changes_code(bill):
            return False
        if situation.slot not in _QUIET_SLOTS and not bill.has_working_turn():
            return False
        days_left = (1 - slot.fraction) * 30 * self.plan.months
        if situation.slot in _LATE_SLOTS and days_left < 5:
            return False
        # What comes after the end must not blur a failure that stands at the end.
        if situation.name.startswith("fork") and kind.outcome_class in ("failed", "abandoned"):
            return False
        return situation.name != "cut_off" or kind.outcome_class == "verified"


def changes_code(bill: Playbill) -> bool:
    """The story is about code and writes some."""
    return bill.story.codebase_relation == "modifies_existing"


def project_of(kind: StoryKind, slot: Slot, rng: random.Random) -> Project:
    fitting = [project for project in PROJECTS if project.kind in kind.project_kinds]
    usual = slot.person if rng.random() < 0.75 else rng.randrange(len(fitting))
    return fitting[usual % len(fitting)]


def workshop(rng: random.Random, features: Features, project: Project, person: Person) -> Workshop:
    separator = "\\" if "\\" in person.home else "/"
    topic = rng.choice(project.topics)
    parts = [person.home, "work", project.name]
    branch = rng.choice(("main", "main", f"topic/{topic}"))
    if rng.random() < 0.05:
        parts += [".worktrees", f"fix-{topic}"]
        branch = f"fix-{topic}"
    return Workshop(rng, features, project, topic, separator.join(parts), branch)


def _with_follow_ups(story: Story, shop: Workshop) -> Story:
    """Zero to two neutral turns after the first; none where they would follow a failure."""
    if story.outcome == "failed" and len(story.turns) == 1:
        return story
    count = shop.rng.choice((0, 1, 1, 2))
    extra = (follow_up(shop) for _ in range(count))
    return replace(story, turns=(*story.turns[:1], *extra, *story.turns[1:]))


def _handed_over(bill: Playbill) -> tuple[Playbill, Playbill]:
    """The session that makes the plan, and the one that carries it out."""
    text = plan_text(bill)
    second = replace(bill, mode="acceptEdits", situations=["plan_implementation"])
    second.turns = [replace(bill.turns[0], opening=plan_implementation(text)), *bill.turns[1:]]
    first_turn = planned(bill, ending=plan_taken_to_new_session(text))
    signals = ("artefact_confirmed", "clean_end")
    story = Story((first_turn,), "plan", "explores_existing", "succeeded", signals)
    first = Playbill(bill.shop, "plan_handed_over", story, "plan", [first_turn])
    first.situations.append("plan_handed_over")
    return first, second


def _entrypoint(person: Person) -> str:
    if person.is_headless:
        return "sdk-cli"
    return "claude-desktop" if person.is_lone else "cli"
