"""Reviews of a deleted person's sessions, and those that the person gave to others.

Sessions go with every answer about them, from the store and from the folders in the home. What the person
said of others' sessions stays and becomes nobody's: it is a label of theirs.
"""

import secrets

from orchestration.forgetting.plan import ForgetPlan
from orchestration.reviewing.review_folder import FORM, forget_reviews
from orchestration.reviewing.sample import REVIEWS_FOLDER
from orchestration.reviewing.store import has_reviews, open_reviews
from orchestration.settings import Settings


def count_reviews(settings: Settings, plan: ForgetPlan) -> tuple[int, int]:
    """Reviewed sessions of the person, and answers that bear the person's pseudonym."""
    if not has_reviews(settings):
        return 0, 0
    with open_reviews(settings) as store:
        return len(store.reviews_of(plan.session_ids)), store.answers_by(plan.user_id)


def clear_reviews(settings: Settings, plan: ForgetPlan) -> None:
    """Remove the person's sessions from store and folders; unlink what they answered."""
    if not has_reviews(settings):
        return
    with open_reviews(settings) as store:
        reviews = store.reviews_of(plan.session_ids)
        for form in sorted((settings.home / REVIEWS_FOLDER).glob(f"*/{FORM}")):
            forget_reviews(form.parent, reviews, {name.casefold() for name in plan.names})
        store.forget(reviews, reviewer=plan.user_id, unlinked=f"reviewer_{secrets.token_hex(6)}")
