"""The sessions and turns of a synthetic lake: who works when, at what, how well, and how much of it.

Belongs here: what is drawn, as SQL over `range`, so that a lake of any size is one query per table. Not
here: the columns of the lake (synthetic_rows, synthetic_labels), writing (synthetic_lake). Everything is
a hash of seed, row number and the name of the draw: no clock, no order, no state.
"""
# ruff: noqa: S608 - the SQL is put together from texts and names of these modules alone

from collections.abc import Mapping
from dataclasses import dataclass

FIRST_DAY = "2025-12-01"
DAYS = 182
"""Six months, as many dates as the study's."""

USERS_PER_SESSION = 234_751 / 398_198
"""Of the study: most users have one session. The rest of the sessions go to few of them."""

PERMUTING_PRIME = 1_000_003
"""Spreads the users over the dates; a lake of a multiple of it would give every session to one user."""

EXPERTISE = ("novice", "beginner", "intermediate", "advanced", "expert")
WORK_MODES: Mapping[str, float] = {
    "build": 0.27, "fix": 0.20, "test": 0.04, "orchestrate": 0.03, "operate": 0.12, "understand": 0.12,
    "plan": 0.06, "analyze": 0.08, "communicate": 0.06, "not_inferable": 0.02,
}  # fmt: skip
OCCUPATIONS: Mapping[str, float] = {
    "computer_and_mathematical": 0.66, "management": 0.08, "business_and_financial": 0.07,
    "life_physical_and_social_science": 0.06, "architecture_and_engineering": 0.05,
    "arts_design_and_media": 0.05, "education_and_library": 0.03,
}  # fmt: skip
TURN_ENDS: Mapping[str, float] = {
    "completed": 0.84, "interrupted": 0.06, "question": 0.05, "plan_approval": 0.02, "error": 0.01,
    "session_end": 0.01, "open": 0.01,
}  # fmt: skip
PERMISSION_MODES: Mapping[str, float] = {
    "default": 0.45, "acceptEdits": 0.25, "bypassPermissions": 0.15, "plan": 0.10, "auto": 0.05,
}  # fmt: skip


@dataclass(frozen=True)
class Population:
    """How large the lake is; the same values give the same rows."""

    sessions: int
    seed: int = 20261121

    @property
    def users(self) -> int:
        return max(1, round(self.sessions * USERS_PER_SESSION))

    def statements(self) -> tuple[str, ...]:
        """The macros that draw, then the tables `sessions` and `turns`."""
        return (*self._macros(), self._sessions(), _TURNS)

    def _macros(self) -> tuple[str, ...]:
        """`u`: uniform in [0, 1) by number and name of the draw; `gauss`: normal, by Box and Muller."""
        return (
            f"create temp macro u(number, salt) as hash(number, salt, {self.seed}) / 18446744073709551616.0",
            "create temp macro gauss(number, salt) as "
            "sqrt(-2 * ln(1 - u(number, salt))) * cos(2 * pi() * u(number, salt || ' angle'))",
        )

    def _sessions(self) -> str:
        return _SESSIONS.format(
            sessions=self.sessions,
            users=self.users,
            prime=PERMUTING_PRIME,
            work_mode=pick("u(n, 'work mode')", WORK_MODES),
            occupation=pick("u(p, 'occupation')", OCCUPATIONS),
        )


def pick(draw: str, shares: Mapping[str, float]) -> str:
    """SQL: the label that a uniform draw falls on; the last one takes the rest."""
    *first, last = shares
    bound, whens = 0.0, []
    for label in first:
        bound += shares[label]
        whens.append(f"when {draw} < {bound:.6f} then '{label}'")
    return f"case {' '.join(whens)} else '{last}' end"


# Sessions are numbered by date, so that rows arrive in the order of the partitions. Who knows a task
# reaches its goal more often, with more actions per prompt; later sessions a little more often too.
_SESSIONS = f"""
create table sessions as
with numbered as (
    select range as n, (range * {{prime}} + 12345) % {{sessions}} as k from range({{sessions}})
),

placed as (
    select
        n,
        cast(floor({DAYS} * pow((n + 0.5) / {{sessions}}, 0.8)) as integer) as day_number,
        case when k < {{users}} then k else cast(floor({{users}} * pow(u(n, 'user'), 2)) as bigint) end as p
    from numbered
),

drawn as (
    select
        *,
        date '{FIRST_DAY}' + day_number as session_date,
        0.8 * gauss(p, 'skill') + 0.6 * gauss(n, 'task') as knowing,
        {{work_mode}} as work_mode,
        {{occupation}} as occupation,
        least(60, 1 + cast(floor(-3.2 * ln(1 - u(n, 'turns'))) as bigint)) as turn_count,
        u(n, 'interactive') < 0.93 as is_interactive
    from placed
),

worth as (
    select
        *,
        session_date + to_minutes(cast(floor(u(n, 'minute') * 1200) as bigint)) as started_at,
        case
            when knowing < -1.6 then 1 when knowing < -0.7 then 2 when knowing < 0.5 then 3
            when knowing < 1.3 then 4 else 5
        end as level,
        occupation = 'computer_and_mathematical' as is_software,
        work_mode in ('build', 'fix', 'test', 'orchestrate') as is_code,
        least(1e6, greatest(1, round(
            exp(5.6 + 0.25 * knowing + 0.002 * day_number + 1.3 * gauss(n, 'price')), 2
        ))) as price_usd
    from drawn
),

reached as (
    select
        *,
        1 / (1 + exp(-(
            0.5 + 0.45 * knowing + 0.0015 * day_number - 0.1 * (ln(price_usd) - 5.6)
            + case when is_software then 0.15 else 0 end + case when is_code then 0.1 else -0.1 end
        ))) as reach
    from worth
),

ended as (
    select
        *,
        case
            when u(n, 'goal') < 0.06 then 'no_clear_goal'
            when u(n, 'goal') < 0.10 then 'not_inferable'
            when u(n, 'outcome') < 0.75 * reach then 'succeeded'
            when u(n, 'outcome') < 0.75 * reach + 0.6 * (1 - 0.75 * reach) then 'partially_succeeded'
            else 'failed'
        end as outcome
    from reached
)

select
    *,
    cast(cast(md5('session ' || n) as uuid) as varchar) as session_id,
    case when u(p, 'known') >= 0.01 then 'user_' || left(md5('user ' || p), 16) end as user_id,
    'project_' || left(md5('project ' || p || ' ' || cast(floor(3 * u(n, 'project')) as bigint)), 16)
        as project_id,
    cast(floor(case outcome when 'succeeded' then 1 + 4.99 * sqrt(u(n, 'success'))
        else 3.99 * u(n, 'success') end) as bigint) as success_score,
    cast(floor(case when outcome = 'failed' then 5.99 * sqrt(u(n, 'failure'))
        else 5.99 * pow(u(n, 'failure'), 4) end) as bigint) as failure_score
from ended
"""

# One row per turn; `tk` numbers the turns, and a turn's calls are numbered by tk * 1000.
_TURNS = f"""
create table turns as
select
    tk, n, number, session_id, user_id, project_id, session_date, is_code, is_interactive,
    session_id || '-turn-' || number as turn_id,
    started_at + to_minutes((number - 1) * 30) as started_at,
    least(1500, greatest(1, round(exp(3.8 + 1.2 * gauss(tk, 'seconds')), 3))) as wall_seconds,
    least(300, cast(floor(exp(2.02 + 0.2 * (level - 3) + 0.9 * gauss(tk, 'calls'))) as bigint)) as call_count,
    {pick("u(tk, 'end')", TURN_ENDS)} as end_reason,
    {pick("u(n, 'permission')", PERMISSION_MODES)} as permission_mode
from (select *, unnest(range(1, turn_count + 1)) as number, n * 1000 + number as tk from sessions)
"""
