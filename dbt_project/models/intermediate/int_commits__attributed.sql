{#- Who has a line: the agent by the match, or a person, whom no rule and no agent denies it. -#}
{%- set groups = [
    ('merged', 'true'), ('agent', 'coalesce(is_by_match, false)'), ('person', 'is_by_person'),
] -%}
{#- Rules that give a line to the agent; null where the rule cannot tell. -#}
{%- set rules = ['is_by_trailer', 'is_by_note', 'is_by_match', 'is_by_session'] -%}

with

-- An agent that is in no project, such as one on the API, writes in no repository.
agents as (
    select distinct agent from {{ ref('fct_sessions') }}
    where project_id is not null
),

commits as (
    select * from {{ ref('int_commits__observed') }}
),

lines as (
    select * from {{ ref('int_lines__attributed') }}
),

counted as (
    select
        agent,
        git_commit_id,
        {% for rule in rules -%}
        sum(case when {{ rule }} is not null then line_count else 0 end)
            as {{ rule | replace('is_by_', '') }}_known_lines,
        sum(case when {{ rule }} then line_count else 0 end)
            as {{ rule | replace('is_by_', '') }}_lines,
        {% endfor -%}
        {% for group, condition in groups -%}
        sum(case when {{ condition }} then line_count else 0 end) as {{ group }}_group_lines,
        {% for days in [30, 90] -%}
        {% for fate in ['survived', 'rewritten', 'reverted'] -%}
        sum(case when {{ condition }} then {{ fate }}_{{ days }}d_count else 0 end)
            as {{ group }}_{{ fate }}_{{ days }}d_lines,
        {% endfor -%}
        sum(case
            when {{ condition }} and survived_{{ days }}d_count is not null then line_count
            else 0
        end) as {{ group }}_followed_{{ days }}d_lines,
        {% endfor -%}
        {% endfor -%}
        sum(case when is_by_any_rule then line_count else 0 end) as any_rule_lines,
        sum(case when is_by_all_rules then line_count else 0 end) as all_rules_lines,
        sum(line_count) as merged_lines
    from lines
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
        case
            when commits.agent_trailer = agents.agent then commits.unfiltered_merged_line_count
            else 0
        end as unfiltered_trailer_lines,
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
