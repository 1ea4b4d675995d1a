-- Which tools fail most often?
--
-- Answer: one row per agent and tool with at least ten results: the share of results that are
-- errors. Calls that a person refused or interrupted are not errors and are counted separately.
-- Do not conclude: that a tool is broken. A failing test is an error of the shell tool, and is
-- what the test is for.
select
    agent,
    tool_name,
    tool_category,
    count(*) as results,
    count(*) filter (where is_error) as errors,
    round(errors / results, 3) as error_share,
    count(*) filter (where error_kind in ('denied_by_user', 'interrupted')) as stopped_by_a_person,
    count(distinct session_id) as sessions
from marts.fct_tool_calls
where has_result
group by agent, tool_name, tool_category
having results >= 10
order by error_share desc, results desc, tool_name;
