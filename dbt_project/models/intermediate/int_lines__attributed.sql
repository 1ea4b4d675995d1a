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
        agent
    from {{ ref('fct_sessions') }}
),

commits as (
    select * from {{ ref('int_commits__observed') }}
),

lines as (
    select
        line_groups.*,
        sessions.agent as match_agent
    from {{ ref('stg_git__line_groups') }} as line_groups
    left join sessions on line_groups.match_session_id = sessions.session_id
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
        commits.is_observed
        and lines.match_kind = 'none'
        and lines.note_agent is null
        and commits.agent_trailer is null
        and commits.session_agent is null
        and not commits.is_bot_author as is_by_person
    from lines
    inner join commits on lines.git_commit_id = commits.git_commit_id
    cross join agents
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
