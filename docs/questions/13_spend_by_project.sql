-- On which projects are the dollars spent, and what share do sub-agents use?
--
-- Answer: one row per agent and project, the largest first: dollars at list prices, the share
-- that sub-agents used, sessions and people.
-- Do not conclude: that a project wastes money. Divide by what the project produced first, and
-- look at the unpriced uses.
select
    responses.agent,
    responses.project_id,
    projects.project_name,
    round(sum(responses.cost_usd), 2) as dollars,
    round(
        coalesce(sum(responses.cost_usd) filter (where responses.is_sidechain), 0)
        / nullif(sum(responses.cost_usd), 0),
        3
    ) as sub_agent_share,
    count(*) filter (where responses.cost_usd is null) as unpriced_uses,
    count(distinct responses.session_id) as sessions,
    count(distinct responses.user_id) as users
from marts.fct_responses as responses
left join marts.dim_projects as projects on responses.project_id = projects.project_id
group by responses.agent, responses.project_id, projects.project_name
order by dollars desc nulls last, responses.agent, responses.project_id;
