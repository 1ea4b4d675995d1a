-- How long are the longest turns, week by week?
--
-- Answer: one row per agent and week in which turns started: their number, the median and the
-- 99th percentile of elapsed seconds. They cover turns that have ended and in which the agent
-- worked, in sessions in which a person took part.
-- Do not conclude: anything from the 99th percentile of a week with fewer than some 400 turns: in
-- such a week it is the longest turn or two. metrics.rpt_turn_durations withholds it there, and
-- gives an interval elsewhere.
select
    agent,
    started_week,
    count(*) as turns,
    round(quantile_cont(wall_seconds, 0.5), 1) as p50_seconds,
    round(quantile_cont(wall_seconds, 0.99), 1) as p99_seconds,
    round(max(wall_seconds), 1) as longest_seconds
from marts.fct_turns
where is_interactive and has_agent_work and not is_open and not is_sidechain
group by agent, started_week
order by agent, started_week;
