-- How many people work with the agent, and how much?
--
-- Answer: one row per agent and week in which sessions started: people, sessions, prompts that
-- they typed, and hours in which the agent worked, for sessions in which a person took part.
-- Do not conclude: that hours are time saved, or that they are hours of the people: the agent
-- works while they do something else. Sessions of unknown people count as sessions, but not as
-- people.
select
    agent,
    started_week,
    count(distinct user_id) as people,
    count(*) as sessions,
    count(*) filter (where user_id is null) as sessions_of_unknown_people,
    cast(sum(human_prompt_count) as bigint) as typed_prompts,
    cast(sum(tool_call_count) as bigint) as tool_calls,
    round(sum(active_seconds) / 3600, 1) as active_hours
from marts.fct_sessions
where is_interactive
group by agent, started_week
order by agent, started_week;
