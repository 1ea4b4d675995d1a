{#- Months and quarters are those in which the pull request was opened. -#}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'opened_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'opened_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'authorship', 'authorship', "''"),
] -%}
{%- set merged_known = 'is_merged and is_read_by_human is not null' -%}
{%- set merged_lines = merged_known ~ ' and lines_added is not null' -%}

with

pull_requests as (
    select * from {{ ref('fct_pull_requests') }}
),

observations as (
    {{ observations_in(cells, 'pull_requests',
        ['user_id', 'lines_added', 'is_agent_authored', 'is_merged', 'is_closed', 'is_read_by_human',
            'has_automated_review']) }}
),

final as (
    {{ user_sums_of('observations', {
        'name': 'pull_requests', 'kind': 'count', 'summed': 'count(*)', 'sessions': 'count(*)',
    }) }}
    union all
    {{ user_sums_of('observations', {
        'name': 'merged_pull_request_share',
        'population': 'is_closed',
        'numerator': 'case when is_merged then 1 else 0 end',
        'denominator': 'case when is_closed then 1 else 0 end',
    }) }}
    union all
    {{ user_sums_of("observations where segment_name = 'all'", {
        'name': 'agent_authored_pull_request_share',
        'population': 'is_agent_authored is not null',
        'numerator': 'case when is_agent_authored then 1 else 0 end',
        'denominator': 'case when is_agent_authored is not null then 1 else 0 end',
        'unknown': 'is_agent_authored is null',
    }) }}
    union all
    {{ user_sums_of('observations', {
        'name': 'merge_unread_by_human_share',
        'population': merged_known,
        'numerator': 'case when is_merged and not is_read_by_human then 1 else 0 end',
        'denominator': 'case when ' ~ merged_known ~ ' then 1 else 0 end',
        'unknown': 'is_merged and is_read_by_human is null',
    }) }}
    union all
    {{ user_sums_of('observations', {
        'name': 'automated_review_share',
        'population': 'has_automated_review is not null',
        'numerator': 'case when has_automated_review then 1 else 0 end',
        'denominator': 'case when has_automated_review is not null then 1 else 0 end',
        'unknown': 'has_automated_review is null',
    }) }}
    union all
    {{ user_sums_of('observations', {
        'name': 'merged_lines_per_reviewed_line',
        'kind': 'mean',
        'population': merged_lines,
        'numerator': 'case when ' ~ merged_lines ~ ' then lines_added else 0 end',
        'denominator': 'case when ' ~ merged_lines ~ ' and is_read_by_human then lines_added else 0 end',
        'unknown': 'is_merged and (is_read_by_human is null or lines_added is null)',
    }) }}
)

select *
from final
