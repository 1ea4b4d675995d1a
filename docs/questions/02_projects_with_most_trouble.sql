-- Which projects have the most sessions in trouble?
--
-- Answer: one row per agent, labeller and project, the highest share first. A session is in
-- trouble if it has a goal and a failure score above 3, which requires at least one hard signal
-- of failure.
-- Do not conclude: that a project is badly run. A few sessions can make a high share (look at
-- known_sessions and users), and hard work meets more trouble than easy work.
select
    outcomes.agent,
    outcomes.labeller,
    outcomes.project_id,
    projects.project_name,
    count(outcomes.is_in_trouble_above_3) as known_sessions,
    count(*) filter (where outcomes.is_in_trouble_above_3) as troubled_sessions,
    round(troubled_sessions / known_sessions, 3) as troubled_share,
    count(distinct outcomes.user_id) as users
from marts.fct_session_outcomes as outcomes
left join marts.dim_projects as projects on outcomes.project_id = projects.project_id
group by outcomes.agent, outcomes.labeller, outcomes.project_id, projects.project_name
having known_sessions > 0
order by troubled_share desc, known_sessions desc, outcomes.project_id, outcomes.labeller;
