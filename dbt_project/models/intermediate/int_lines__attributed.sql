{#- Rules that give a line to the agent; null where the rule cannot tell. -#}
{%- set rules = ['is_by_trailer', 'is_by_note', 'is_by_match', 'is_by_session'] %}

with

-- An agent that is in no project, such as one on the API, writes in no repository.
agents as (
    select distinct agent from {{ ref('fct_sessions') }}
    where project_id is not null
),

sessions as (
    select
        session_id,
        agent,
        project_id,
        started_at
    from {{ ref('fct_sessions') }}
),

-- From when on lines of a project could match by chance what the agent wrote in another one.
starts as (
    select
        agent,
        project_id,
        min(started_at) as first_started_at
    from sessions
    where project_id is not null
    group by agent, project_id
),

elsewhere as (
    select
        starts.agent,
        projects.project_id,
        min(starts.first_started_at) as first_elsewhere_at
    from (select distinct project_id from {{ ref('int_commits__observed') }}) as projects
    inner join starts on projects.project_id <> starts.project_id
    group by starts.agent, projects.project_id
),

commits as (
    select * from {{ ref('int_commits__observed') }}
),

lines as (
    select
        line_groups.*,
        sessions.agent as match_agent,
        unrelated.agent as unrelated_agent
    from {{ ref('stg_git__line_groups') }} as line_groups
    left join sessions on line_groups.match_session_id = sessions.session_id
    left join sessions as unrelated on line_groups.unrelated_session_id = unrelated.session_id
),

-- Every group of lines once per agent.
judged as (
    select
        agents.agent,
        lines.*,
        commits.user_id,
        {{ local_period('month', 'commits.landed_at') }} as landed_month,
        coalesce(commits.agent_trailer = agents.agent, false) as is_by_trailer,
        case when lines.has_note then coalesce(lines.note_agent = agents.agent, false) end
            as is_by_note,
        case
            when commits.is_observed and lines.match_kind <> 'too_short'
                then coalesce(lines.match_agent = agents.agent, false)
        end as is_by_match,
        case
            when commits.is_observed then coalesce(commits.session_agent = agents.agent, false)
        end as is_by_session,
        case
            when
                commits.is_observed
                and lines.match_kind <> 'too_short'
                and commits.committed_at >= elsewhere.first_elsewhere_at
                then coalesce(lines.unrelated_agent = agents.agent, false)
        end as is_by_unrelated,
        coalesce(commits.agent_trailer <> agents.agent, false)
        or coalesce(lines.note_agent <> agents.agent, false) as is_of_other_agent,
        commits.is_observed
        and lines.match_kind = 'none'
        and lines.note_agent is null
        and commits.agent_trailer is null
        and commits.session_agent is null
        and not commits.is_bot_author as is_by_person
    from lines
    inner join commits on lines.git_commit_id = commits.git_commit_id
    cross join agents
    left join elsewhere
        on agents.agent = elsewhere.agent and commits.project_id = elsewhere.project_id
),

-- A trailer can always tell, so both ends of the interval are known of every line.
final as (
    select
        *,
        {% for rule in rules -%}
        coalesce({{ rule }}, false){{ ' or ' if not loop.last }}
        {%- endfor %} as is_by_any_rule,
        {% for rule in rules -%}
        coalesce({{ rule }}, true){{ ' and ' if not loop.last }}
        {%- endfor %} as is_by_all_rules
    from judged
)

select *
from final
