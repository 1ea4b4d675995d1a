{#- Who has a line: the agent by the match, or a person, to whom no rule and no other agent denies it. -#}
{%- set groups = [
    ('merged', 'true'), ('agent', 'coalesce(is_by_match, false)'), ('person', 'is_by_person'),
] -%}
{#- Rules that give a line to the agent; null where the rule cannot tell. -#}
{%- set rules = ['is_by_trailer', 'is_by_note', 'is_by_match', 'is_by_session'] -%}

with

agents as (
    select distinct agent from {{ ref('fct_sessions') }}
),

sessions as (
    select
        session_id,
        agent,
        user_id,
        project_id,
        started_at
    from {{ ref('fct_sessions') }}
),

first_sessions as (
    select
        project_id,
        min(started_at) as first_started_at
    from sessions
    group by project_id
),

people as (
    select distinct user_id from sessions
    where user_id is not null
),

commits as (
    select
        commits.*,
        sessions.agent as session_agent,
        -- Before the first session of its project nothing is known of what agents wrote.
        coalesce(commits.committed_at >= first_sessions.first_started_at, false)
        or sessions.session_id is not null as is_observed,
        people.user_id is not null as is_author_observed
    from {{ ref('stg_git__commits') }} as commits
    left join sessions
        on
            coalesce(
                commits.sha_session_id, commits.copy_session_id, commits.pull_request_session_id
            ) = sessions.session_id
    left join first_sessions on commits.project_id = first_sessions.project_id
    left join people on commits.user_id = people.user_id
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
        coalesce(commits.agent_trailer = agents.agent, false) as is_by_trailer,
        case when lines.has_note then coalesce(lines.note_agent = agents.agent, false) end as is_by_note,
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
ruled as (
    select
        *,
        {% for rule in rules -%}
        coalesce({{ rule }}, false){{ ' or ' if not loop.last }}
        {%- endfor %} as is_by_any_rule,
        {% for rule in rules -%}
        coalesce({{ rule }}, true){{ ' and ' if not loop.last }}
        {%- endfor %} as is_by_all_rules
    from judged
),

counted as (
    select
        agent,
        git_commit_id,
        sum(line_count) as merged_lines,
        {% for rule in rules -%}
        sum(case when {{ rule }} is not null then line_count else 0 end)
            as {{ rule | replace('is_by_', '') }}_known_lines,
        sum(case when {{ rule }} then line_count else 0 end)
            as {{ rule | replace('is_by_', '') }}_lines,
        {% endfor -%}
        sum(case when is_by_any_rule then line_count else 0 end) as any_rule_lines,
        sum(case when is_by_all_rules then line_count else 0 end) as all_rules_lines,
        {% for group, condition in groups -%}
        {% for days in [30, 90] -%}
        {% for fate in ['survived', 'rewritten', 'reverted'] -%}
        sum(case when {{ condition }} then {{ fate }}_{{ days }}d_count else 0 end)
            as {{ group }}_{{ fate }}_{{ days }}d_lines,
        {% endfor -%}
        sum(case when {{ condition }} and survived_{{ days }}d_count is not null then line_count else 0 end)
            as {{ group }}_followed_{{ days }}d_lines,
        {% endfor -%}
        sum(case when {{ condition }} then line_count else 0 end) as {{ group }}_group_lines
        {{- ',' if not loop.last }}
        {% endfor %}
    from ruled
    group by agent, git_commit_id
),

final as (
    select
        -- keys
        agents.agent,
        commits.git_commit_id,
        commits.repository_id,
        commits.user_id,
        -- facts
        {% for column in ['merged', 'any_rule', 'all_rules', 'agent_group', 'person_group'] -%}
        cast(coalesce(counted.{{ column }}_lines, 0) as bigint) as {{ column }}_lines,
        {% endfor -%}
        {% for rule in rules -%}
        {% for kind in ['_known_lines', '_lines'] -%}
        cast(coalesce(counted.{{ rule | replace('is_by_', '') }}{{ kind }}, 0) as bigint)
            as {{ rule | replace('is_by_', '') }}{{ kind }},
        {% endfor -%}
        {% endfor -%}
        {% for group, _ in groups -%}
        {% for days in [30, 90] -%}
        {% for fate in ['followed', 'survived', 'rewritten', 'reverted'] -%}
        cast(coalesce(counted.{{ group }}_{{ fate }}_{{ days }}d_lines, 0) as bigint)
            as {{ group }}_{{ fate }}_{{ days }}d_lines,
        {% endfor -%}
        {% endfor -%}
        {% endfor -%}
        commits.unfiltered_merged_line_count as unfiltered_lines,
        case when commits.agent_trailer = agents.agent then commits.unfiltered_merged_line_count else 0 end
            as unfiltered_trailer_lines,
        case when commits.is_author_observed then commits.merged_line_count else 0 end
            as author_observed_lines,
        -- booleans
        commits.is_observed,
        commits.is_bot_author,
        -- times
        {{ local_period('month', 'commits.landed_at') }} as landed_month,
        {{ local_date('commits.authored_at') }} as authored_date
    from commits
    cross join agents
    left join counted
        on commits.git_commit_id = counted.git_commit_id and agents.agent = counted.agent
)

select *
from final
