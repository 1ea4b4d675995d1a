{#- A team's rows are split by the note alone: what links lines to sessions is in figures only. -#}
{%- set is_personal = "'" ~ var('mode') ~ "' = 'personal'" -%}
{%- set counts = [
    'line_count', 'survived_30d_count', 'reverted_30d_count', 'rewritten_30d_count', 'survived_90d_count',
    'reverted_90d_count', 'rewritten_90d_count', 'alive_count',
] -%}
{#- Counts of the organisation's incidents, which no repository names. -#}
{%- set incident_counts = ['incident_30d_count', 'incident_90d_count'] -%}
{%- set parts_of_key = [
    'grouped.git_commit_id', 'grouped.path_id', 'cast(has_note as ' ~ type_string() ~ ')',
] -%}
{%- for part in [
    'note_agent', 'shown_note_session_id', 'shown_match_kind', 'shown_match_session_id',
] -%}
{%- set _ = parts_of_key.append("coalesce(" ~ part ~ ", '')") -%}
{%- endfor %}

with

line_groups as (
    select
        *,
        case when {{ is_personal }} then match_kind end as shown_match_kind,
        case when {{ is_personal }} then match_session_id end as shown_match_session_id,
        case when {{ is_personal }} then note_session_id end as shown_note_session_id
    from {{ ref('stg_git__line_groups') }}
),

paths as (
    select
        path_id,
        min(file_extension) as file_extension
    from {{ ref('stg_git__commit_files') }}
    group by path_id
),

grouped as (
    select
        {% for count in counts -%}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {% endfor -%}
        {% for count in incident_counts -%}
        cast(sum(case when {{ is_personal }} then {{ count }} end) as bigint) as {{ count }},
        {% endfor -%}
        repository_id,
        git_commit_id,
        path_id,
        has_note,
        note_agent,
        shown_note_session_id,
        shown_match_kind,
        shown_match_session_id
    from line_groups
    group by
        repository_id,
        git_commit_id,
        path_id,
        has_note,
        note_agent,
        shown_note_session_id,
        shown_match_kind,
        shown_match_session_id
),

final as (
    select
        -- keys
        {{ hash(parts_of_key | join(" || '|' || ")) }} as line_group_id,
        grouped.git_commit_id,
        grouped.repository_id,
        grouped.path_id,
        shown_note_session_id as note_session_id,
        shown_match_session_id as match_session_id,
        -- facts
        paths.file_extension,
        note_agent,
        shown_match_kind as match_kind,
        {% for count in counts + incident_counts -%}
        {{ count }},
        {% endfor -%}
        -- booleans
        has_note
    from grouped
    left join paths on grouped.path_id = paths.path_id
)

select *
from final
