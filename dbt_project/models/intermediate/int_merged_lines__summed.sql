{%- set overall = 'cast(null as date)' -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('month', 'landed_month', 'all', "'all'", "''"),
] -%}
{%- set day_cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('month', 'authored_month', 'all', "'all'", "''"),
] -%}
{#- Name, lines that count, lines of which it is known, lines of which it is not. -#}
{%- set rates = [
    ('merged_line_share_by_trailer', 'trailer_lines', 'merged_lines', '0'),
    ('merged_line_share_by_note', 'note_lines', 'note_known_lines', 'merged_lines - note_known_lines'),
    ('merged_line_share_by_match', 'match_lines', 'match_known_lines', 'merged_lines - match_known_lines'),
    ('merged_line_share_by_session', 'session_lines', 'session_known_lines',
        'merged_lines - session_known_lines'),
    ('merged_line_share_by_any_rule', 'any_rule_lines', 'merged_lines', '0'),
    ('merged_line_share_by_all_rules', 'all_rules_lines', 'merged_lines', '0'),
    ('disputed_line_share', 'any_rule_lines - all_rules_lines', 'merged_lines', '0'),
    ('unfiltered_line_share_by_trailer', 'unfiltered_trailer_lines', 'unfiltered_lines', '0'),
    ('noted_line_share', 'note_known_lines', 'merged_lines', '0'),
    ('matchable_line_share', 'match_known_lines', 'merged_lines', '0'),
    ('observed_line_share', 'session_known_lines', 'merged_lines', '0'),
    ('author_observed_line_share', 'author_observed_lines', 'merged_lines', '0'),
] -%}
{%- for group in ['merged', 'agent', 'person'] -%}
{%- set all_lines = 'merged_lines' if group == 'merged' else group ~ '_group_lines' -%}
{%- for days in [30, 90] -%}
{%- set followed = group ~ '_followed_' ~ days ~ 'd_lines' -%}
{%- for fate in ['survived', 'rewritten', 'reverted'] -%}
{%- set _ = rates.append((
    group ~ '_line_' ~ fate ~ '_' ~ days ~ 'd_share', group ~ '_' ~ fate ~ '_' ~ days ~ 'd_lines', followed,
    all_lines ~ ' - ' ~ followed,
)) -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor %}
{#- Columns that the rates add up. -#}
{%- set columns = ['user_id', 'unfiltered_lines'] -%}
{%- for _, counted, known, unknown in rates -%}
{%- for column in (counted ~ ' - ' ~ known ~ ' - ' ~ unknown).split(' - ') -%}
{%- if column not in columns + ['0'] -%}{%- set _ = columns.append(column) -%}{%- endif -%}
{%- endfor -%}
{%- endfor %}

with

commits as (
    select * from {{ ref('int_commits__attributed') }}
),

days as (
    select * from {{ ref('int_engineer_days__active') }}
),

observations as (
    {{ observations_in(cells, 'commits', columns) }}
),

observed_days as (
    {{ observations_in(day_cells, 'days', ['user_id', 'commit_count', 'merged_line_count']) }}
),

final as (
    {%- for name, counted, known, unknown in rates %}
    {{ user_sums_of('observations', {
        'name': name,
        'numerator': counted,
        'denominator': known,
        'population': known ~ ' > 0',
        'unsettled': 'cast(sum(' ~ unknown ~ ') as bigint)',
    }) }}
    union all
    {%- endfor %}
    {%- for name in ['merged_lines', 'unfiltered_lines'] %}
    {{ user_sums_of('observations', {
        'name': name, 'kind': 'count', 'summed': 'sum(' ~ name ~ ')', 'population': name ~ ' > 0',
    }) }}
    union all
    {%- endfor %}
    {{ user_sums_of('observed_days', {
        'name': 'merged_lines_per_engineer_day', 'kind': 'mean',
        'numerator': 'merged_line_count',
        'denominator': '1',
        'sessions': 'cast(sum(commit_count) as bigint)',
    }) }}
)

select *
from final
where session_count > 0 or unknown_count > 0
