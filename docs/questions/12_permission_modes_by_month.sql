-- In which permission modes does the agent work, and how often does nothing need an approval?
--
-- Answer: one row per agent, month in which turns started and permission mode: turns with tool
-- calls, in sessions in which a person took part. is_full_auto is null where the mode does not
-- settle it.
-- Do not conclude: that people approved what ran. A granted permission leaves no trace in a
-- transcript; approval_basis of marts.fct_tool_calls says what is measured.
select
    agent,
    started_month,
    coalesce(permission_mode, 'unknown') as permission_mode,
    is_full_auto,
    count(*) as turns,
    cast(sum(tool_call_count) as bigint) as tool_calls,
    cast(sum(denial_count) as bigint) as denials,
    count(distinct session_id) as sessions,
    count(distinct user_id) as users
from marts.fct_turns
where is_interactive and tool_call_count > 0 and not is_sidechain
group by agent, started_month, permission_mode, is_full_auto
order by agent, started_month, turns desc, permission_mode;
