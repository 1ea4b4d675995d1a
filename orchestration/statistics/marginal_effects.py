"""Average marginal effects of a logit: by how many points a rate changes, averaged over sessions.

Belongs here: the logit beside the linear model of adjusted_rates.py, with errors by user (METHODS 4.3).
Not here: fixed effects of joint cells, of which a logit has too many. Unit: share per unit of a regressor.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.statistics.comparable_sessions import complete_sessions
from orchestration.statistics.groups import Clusters, error_clusters
from orchestration.statistics.left_out_users import coefficients_without
from orchestration.statistics.withholding import (
    LEAST_USERS,
    Estimate,
    Floats,
    WithheldReason,
    clustered_estimate,
    is_too_few,
)

_MANY_USERS = 200
"""Users from which the sandwich (CRV1) is as good as leaving each out, which takes columns² a user."""


@dataclass(frozen=True)
class MarginalEffects:
    """Average marginal effect (share) and coefficient (log odds, with "const") of each regressor.

    A category `name_value` is a step from the lowest value; a numeric regressor has the mean derivative.
    `n_determined`: sessions left out because a category of theirs always or never has the outcome, so that
    they tell nothing but that. Empty where `withheld_reason` is set.
    """

    effects: dict[str, Estimate]
    coefficients: dict[str, float]
    n_sessions: int
    n_missing: int
    n_determined: int
    n_users: int
    withheld_reason: WithheldReason | None


def marginal_effects(
    frame: pd.DataFrame,
    *,
    outcome: str,
    user: str,
    numeric: Sequence[str] = (),
    categories: Sequence[str] = (),
    wanted: Sequence[str] | None = None,
    least_users: int = LEAST_USERS,
) -> MarginalEffects:
    """Logit of a 0/1 outcome with errors by user, and its average marginal effects (METHODS 4.3).

    `wanted`: the regressors whose effects are computed, all where it is None; each costs a pass over them.
    Errors are those of leaving each user out (CRV3) up to 200 users, and beyond, where they agree, CRV1;
    intervals are t with G − 1.
    Withheld below `least_users` users, where outcome or regressors never vary, and where the maximum is not
    found (a mixture of columns separates the outcome). Sessions with a missing value are left out.
    """
    complete = complete_sessions(frame, [outcome, *numeric, *categories])
    if not complete[outcome].isin([0, 1]).all():
        raise ValueError(f"Column {outcome} must be 0, 1 or missing.")
    used = _undetermined(complete, outcome=outcome, categories=categories)
    clusters = error_clusters(used[user])
    found = None
    regressors = _with_indicators(used, numeric=numeric, categories=categories)
    reason: WithheldReason | None = None
    if not len(complete):
        reason = "no_observations"
    elif used[outcome].nunique() < 2 or regressors.shape[1] == 0:
        reason = "no_variation"
    elif clusters.count < 2 or is_too_few(clusters.user_count, least_users):
        reason = "too_few_users"
    else:
        y = used[outcome].to_numpy(dtype=np.float64)
        found = _fit(y, regressors, numeric=numeric, wanted=wanted, clusters=clusters)
        reason = "did_not_converge" if found is None else None
    return MarginalEffects(
        effects=found[0] if found else {},
        coefficients=found[1] if found else {},
        n_sessions=len(used),
        n_missing=len(frame) - len(complete),
        n_determined=len(complete) - len(used),
        n_users=clusters.user_count,
        withheld_reason=reason,
    )


def _undetermined(frame: pd.DataFrame, *, outcome: str, categories: Sequence[str]) -> pd.DataFrame:
    """Sessions of which no category always has the same outcome; leaving some out may determine others."""
    left = frame
    while True:
        size = len(left)
        for name in categories:
            shares = left.groupby(name, observed=True)[outcome].transform("mean")
            left = left.loc[(shares > 0) & (shares < 1)]
        if len(left) == size:
            return left


def _with_indicators(
    frame: pd.DataFrame, *, numeric: Sequence[str], categories: Sequence[str]
) -> pd.DataFrame:
    """Numeric columns as they are, an indicator per category but the lowest; none that never varies."""
    parts = [frame[list(numeric)].astype(np.float64)]
    for name in categories:
        values = frame[name].astype(frame[name].dtype if frame[name].dtype != "category" else object)
        parts.append(pd.get_dummies(values, prefix=name, drop_first=True, dtype=np.float64))
    found = pd.concat(parts, axis=1)
    return found.loc[:, found.nunique() > 1]


def _fit(
    y: Floats,
    regressors: pd.DataFrame,
    *,
    numeric: Sequence[str],
    wanted: Sequence[str] | None,
    clusters: Clusters,
) -> tuple[dict[str, Estimate], dict[str, float]] | None:
    """Effects and coefficients, None where the maximum is not found."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    columns = np.column_stack([regressors.to_numpy(dtype=np.float64), np.ones(len(y))])
    try:
        with warnings.catch_warnings():
            for kind in (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning):
                warnings.simplefilter("error", kind)
            fit = Logit(y, columns, check_rank=False).fit(
                disp=False, maxiter=200, cov_type="cluster", cov_kwds={"groups": clusters.codes}
            )
            beta = np.asarray(fit.params, dtype=np.float64)
            sandwich = np.asarray(fit.cov_params(), dtype=np.float64)
    except (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning, np.linalg.LinAlgError):
        return None
    few = clusters.count < _MANY_USERS
    covariance = _left_out_covariance(columns, y, beta, clusters) if few else sandwich
    names = [str(name) for name in regressors.columns]
    effects = {}
    for place, name in enumerate(names):
        if wanted is not None and name not in wanted:
            continue
        value, gradient = _effect(columns, beta, place, is_step=name not in numeric)
        told = np.abs(gradient) > 0
        error = math.sqrt(float(gradient[told] @ covariance[np.ix_(told, told)] @ gradient[told]))
        effects[name] = clustered_estimate(value, error, cluster_count=clusters.count)
    return effects, dict(zip([*names, "const"], map(float, beta), strict=True))


def _left_out_covariance(columns: Floats, y: Floats, beta: Floats, clusters: Clusters) -> Floats:
    """(G − 1)/G·Σ_g(β(−g) − β)(β(−g) − β)′, each user left out by one Newton step (METHODS 4.2).

    A coefficient that only one user tells has no error: NaN.
    """
    share = _logistic(columns @ beta)
    slope = np.maximum(share * (1 - share), 1e-12)
    # The constant is a column, so no cell has a mean to take out: each user's sessions are their own cell.
    without = coefficients_without(
        beta, columns, (y - share) / slope, weights=slope, cells=clusters.codes, clusters=clusters
    )
    change = without - beta
    return np.asarray((clusters.count - 1) / clusters.count * change.T @ change, dtype=np.float64)


def _effect(columns: Floats, beta: Floats, place: int, *, is_step: bool) -> tuple[float, Floats]:
    """Average marginal effect of one column and its gradient by the coefficients.

    What statsmodels' `get_margeff` gives, in the memory of the columns: its own takes columns² per session
    (2 GB at 40,000 sessions of 70 columns).
    """
    linear, own = columns @ beta, columns[:, place]
    if not is_step:
        share = _logistic(linear)
        slope = share * (1 - share)
        gradient = beta[place] * ((slope * (1 - 2 * share)) @ columns) / len(columns)
        gradient[place] += slope.mean()
        return float(beta[place] * slope.mean()), gradient
    without = linear - own * beta[place]
    low, high = _logistic(without), _logistic(without + beta[place])
    high_slope = high * (1 - high)
    gradient = ((high_slope - low * (1 - low)) @ columns) / len(columns)
    gradient[place] = high_slope.mean()
    return float((high - low).mean()), gradient


def _logistic(linear: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(linear), dtype=np.float64)
