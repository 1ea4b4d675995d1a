-- How does success change over the months, within each mode of work?
--
-- Answer: one row per agent, labeller, month of the session's start and mode of work. The share
-- is computed over sessions with a clear goal whose success is known; unknown_sessions counts
-- sessions with a goal and no verdict.
-- Do not conclude: that work got better because the share over all modes rose. Compare within a
-- mode first. Labels by rules are a baseline: read metrics.rpt_labeller_standing before you
-- report.
select
    agent,
    labeller,
    started_month,
    work_mode,
    count(*) as goal_sessions,
    count(is_verified_success) as known_sessions,
    count(*) - count(is_verified_success) as unknown_sessions,
    count(*) filter (where is_verified_success) as verified_successes,
    round(verified_successes / nullif(known_sessions, 0), 3) as verified_success_share,
    count(distinct user_id) as users
from marts.fct_session_outcomes
where has_clear_goal
group by agent, labeller, started_month, work_mode
order by agent, labeller, started_month, work_mode;
