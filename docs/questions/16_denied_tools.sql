-- Which tools do people refuse most often?
--
-- Answer: one row per agent and tool of which a person denied a call: denials, calls, the share
-- that was denied, and the sessions and people of the denials.
-- Do not conclude: that a tool which is never denied is approved. In most modes nobody is asked for
-- most tools, so a denial is possible for few calls. Calls that a rule or a hook refused are not
-- denials: error_kind in marts.fct_tool_calls has those.
with

denials as (
    select
        events.agent,
        calls.tool_name,
        events.session_id,
        events.user_id
    from marts.fct_events as events
    inner join marts.fct_tool_calls as calls on events.tool_call_id = calls.tool_call_id
    where events.event_kind = 'denial'
),

calls as (
    select
        agent,
        tool_name,
        count(*) as calls
    from marts.fct_tool_calls
    where has_call
    group by agent, tool_name
)

select
    denials.agent,
    denials.tool_name,
    count(*) as denials,
    any_value(calls.calls) as calls,
    round(count(*) / any_value(calls.calls), 4) as denied_share,
    count(distinct denials.session_id) as sessions,
    count(distinct denials.user_id) as people
from denials
inner join calls on denials.agent = calls.agent and denials.tool_name = calls.tool_name
group by denials.agent, denials.tool_name
order by denials desc, denials.agent, denials.tool_name;
