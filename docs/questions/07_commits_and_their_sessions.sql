-- Which sessions made commits, and were the commits tested and pushed?
--
-- Answer: one row per session that made a commit: how many, how many of them followed a passing
-- test run in the session, whether a push and a pull request came after, and what the session
-- cost.
-- Do not conclude: that a session without a row produced nothing. People commit outside the
-- session, and the transcript does not show it.
with

costs as (
    select
        session_id,
        sum(cost_usd) as dollars
    from marts.fct_responses
    group by session_id
)

select
    commits.agent,
    commits.session_id,
    commits.project_id,
    min(commits.committed_at) as first_committed_at,
    count(*) as commits,
    count(*) filter (where commits.is_last_test_run_passed) as commits_after_passing_tests,
    bool_or(commits.is_followed_by_push) as is_pushed,
    bool_or(commits.is_followed_by_pull_request) as has_pull_request,
    any_value(sessions.lines_added) as lines_added,
    round(any_value(costs.dollars), 2) as dollars
from marts.fct_commits as commits
inner join marts.fct_sessions as sessions on commits.session_id = sessions.session_id
left join costs on commits.session_id = costs.session_id
where commits.is_counted
group by commits.agent, commits.session_id, commits.project_id
order by first_committed_at, commits.session_id;
