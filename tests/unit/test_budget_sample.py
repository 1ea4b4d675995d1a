"""A budget that does not reach everything: a random sample over all dates, larger with more money."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from classifiers.asking.eligibility import budget_place
from classifiers.asking.plan import SLICES, Plan
from orchestration.failures import RunStoppedError
from orchestration.labelling.budget_reach import CAUTION, BudgetReach
from orchestration.labelling.label_samples import SAMPLES_FILE, LabelSamples, keep_run, read_samples
from orchestration.settings import Settings
from orchestration.statistics.clusters import rate_by_user

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(60)]
PER_DAY = 40
SESSIONS = {f"session {day} {number}": day for day in DAYS for number in range(PER_DAY)}
PRICE = Decimal("0.01")


def plan_of(sessions: list[str], *, price: Decimal = PRICE) -> Plan:
    """Every session costs the same, and twice as much at the bound of batches."""
    slices = [(Decimal(0), Decimal(0))] * SLICES
    for session in sessions:
        place = int(budget_place(session) * SLICES)
        slices[place] = (slices[place][0] + price, slices[place][1] + 2 * price)
    whole = price * len(sessions)
    return Plan(
        [], len(sessions), len(sessions), 0, whole, whole, (whole, whole), whole, price, 2 * whole, [], slices
    )


def reached(sessions: list[str], share: float) -> set[str]:
    return {session for session in sessions if budget_place(session) < share}


def test_a_budget_for_a_third_reaches_a_third_of_every_date() -> None:
    sessions = list(SESSIONS)
    share = plan_of(sessions).share_within(PRICE * len(sessions) / 3, as_batches=False)
    assert share == pytest.approx(1 / 3, abs=0.02)
    by_day = [sum(SESSIONS[one] == day for one in reached(sessions, share)) / PER_DAY for day in DAYS]
    # Binomial: four standard errors of a date's 40 sessions are 0.30.
    assert max(abs(each - share) for each in by_day) < 0.30
    first, last = np.mean(by_day[:20]), np.mean(by_day[-20:])
    assert abs(first - last) < 0.07


def test_a_larger_budget_extends_the_sample_and_pays_nothing_twice() -> None:
    sessions = list(SESSIONS)
    small = reached(sessions, plan_of(sessions).share_within(Decimal(4), as_batches=False))
    rest = [session for session in sessions if session not in small]
    wider = reached(sessions, plan_of(rest).share_within(Decimal(4), as_batches=False))
    assert small < wider
    assert len(wider) == pytest.approx(2 * len(small), rel=0.05)


def test_new_dates_come_up_to_the_others_before_any_goes_further() -> None:
    old = [session for session, day in SESSIONS.items() if day < DAYS[40]]
    held = reached(old, 0.5)
    to_ask = [session for session in SESSIONS if session not in held]
    share = plan_of(to_ask).share_within(PRICE * 200, as_batches=False)
    assert share == pytest.approx(200 / (20 * PER_DAY), abs=0.05)
    assert not [one for one in reached(to_ask, share) if SESSIONS[one] < DAYS[40]]


def test_what_is_reached_grows_with_the_money_up_to_everything() -> None:
    plan = plan_of(list(SESSIONS))
    shares = [plan.share_within(Decimal(usd), as_batches=False) for usd in range(0, 30, 2)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.01  # the first session is asked about, however little there is
    assert shares[-1] == 1.0
    assert plan.share_within(Decimal(8), as_batches=True) == pytest.approx(
        plan.share_within(Decimal(4), as_batches=False), abs=0.005
    )


@pytest.mark.parametrize("dearer", [0.5, 1.0, 1.2])
def test_a_run_goes_on_while_its_money_lasts_and_is_not_cut_off(dearer: float) -> None:
    """Sessions cost half, or a fifth more than was expected; 12 dollars are for a half of them."""
    sessions, budget = list(SESSIONS), Decimal(12)
    reach = BudgetReach(plan_of(sessions), as_batches=False)

    def cost(share: float) -> Decimal:
        return len(reached(sessions, share)) * PRICE * Decimal(str(dearer))

    share = reach.first(budget)
    for _ in range(6):
        assert cost(share) <= budget
        wider = reach.wider(share, left=budget - cost(share), spent=cost(share))
        if wider <= share:
            break
        share = wider
    assert cost(share) > float(budget) * 0.97 or share == 1.0


def test_estimate_from_a_spent_budget_holds_a_planted_trend_and_the_oldest_dates_do_not() -> None:
    """The rate rises from 20 % to 60 % over the dates; a third of the sessions can be paid."""
    draw = np.random.default_rng(1)
    inside: list[bool] = []
    oldest_inside: list[bool] = []
    for repeat in range(60):
        sessions = [(f"{repeat} {day} {number}", day) for day in range(60) for number in range(10)]
        rates = np.array([0.2 + 0.4 * day / 59 for _, day in sessions])
        users = draw.integers(0, 60, len(sessions))
        hits = draw.random(len(sessions)) < rates
        for found, sample in (
            (inside, np.array([budget_place(name) < 1 / 3 for name, _ in sessions])),
            (oldest_inside, np.array([day < 20 for _, day in sessions])),
        ):
            estimate = rate_by_user(hits[sample], users[sample]).estimate
            assert estimate.low is not None
            assert estimate.high is not None
            found.append(estimate.low <= 0.4 <= estimate.high)
    assert np.mean(inside) > 0.88
    assert np.mean(oldest_inside) < 0.2


def test_shares_are_kept_where_they_are_below_one() -> None:
    first = LabelSamples().after_run(fingerprints=["a", "b"], days=DAYS[:2], share=0.4)
    assert first.of_day(DAYS[0]) == {"a": 0.4, "b": 0.4}
    assert first.of_day(DAYS[2]) == {}
    less = first.after_run(fingerprints=["a"], days=DAYS[1:3], share=0.2)
    assert (less.of_day(DAYS[1])["a"], less.of_day(DAYS[2])["a"]) == (0.4, 0.2)
    whole = less.after_run(fingerprints=["a", "b"], days=DAYS[:3], share=1.0)
    assert whole == LabelSamples()


def test_the_home_keeps_its_samples_and_refuses_a_broken_file(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    keep_run(settings, fingerprints=["a"], days=DAYS[:1], share=1.0)
    assert not (tmp_path / SAMPLES_FILE).exists()
    keep_run(settings, fingerprints=["a"], days=DAYS[:1], share=0.25)
    assert read_samples(settings).of_day(DAYS[0]) == {"a": 0.25}
    (tmp_path / SAMPLES_FILE).write_text("{}}")
    with pytest.raises(RunStoppedError, match="Restore it"):
        read_samples(settings)


def test_caution_leaves_money_for_prices_expected_too_low() -> None:
    sessions = list(SESSIONS)
    share = BudgetReach(plan_of(sessions), as_batches=False).first(Decimal(12))
    assert share == pytest.approx(float(CAUTION) / 2, abs=0.02)
