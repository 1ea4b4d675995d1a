-- What does a commit cost?
--
-- Answer: one row per agent and month of the session's start: all dollars over all commits, and
-- the dollars of sessions with a commit over those commits. The first number spreads the cost of
-- sessions without a commit over those that made one.
-- Do not conclude: that cheaper commits are better work. Reading, planning and review make no
-- commit, and neither do people who commit by hand.
with

costs as (
    select
        session_id,
        sum(cost_usd) as dollars
    from marts.fct_responses
    group by session_id
)

select
    sessions.agent,
    sessions.started_month,
    count(*) as sessions,
    count(*) filter (where sessions.commit_count > 0) as committing_sessions,
    cast(sum(sessions.commit_count) as bigint) as commits,
    round(sum(costs.dollars), 2) as dollars,
    round(sum(costs.dollars) / nullif(sum(sessions.commit_count), 0), 2) as dollars_per_commit,
    round(
        sum(costs.dollars) filter (where sessions.commit_count > 0)
        / nullif(sum(sessions.commit_count), 0),
        2
    ) as dollars_per_commit_of_committing_sessions
from marts.fct_sessions as sessions
left join costs on sessions.session_id = costs.session_id
group by sessions.agent, sessions.started_month
order by sessions.agent, sessions.started_month;
