{%- set rates = outcome_rates() -%}
{#- The cells: period, its start, segment, its value, the classifier that the segment rests on.
    Small cells have few rates: by occupation and tier those of success, by score judged success. -#}
{%- set overall = 'cast(null as date)' -%}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set month = 'started_month' -%}
{%- set of_success = [
    'judged_success', 'at_least_partial', 'verified_success', 'at_least_partial_code_producing',
    'verified_success_code_producing',
] -%}
{%- set tier = ('difficulty_tier', 'difficulty_tier_segment', "'+' || difficulty_tier_by") -%}
{%- set group = ('occupation_group', 'occupation_group_segment', "'+' || user_occupation_by") -%}
{%- set cells_of_all = [
    ('overall', overall, 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', month, 'all', "'all'", "''"),
    ('overall', overall, 'code_producing', 'code_producing_segment', "''"),
    ('overall', overall, 'work_mode', 'work_mode_segment', "'+' || work_mode_by"),
    ('overall', overall, 'expertise', 'expertise_segment', "'+' || expertise_by"),
    ('overall', overall, 'value_band', 'value_band_segment', "'+' || task_value_by"),
    ('overall', overall) + group,
] -%}
{%- set cells_of_success = [
    ('overall', overall) + tier,
    ('quarter', quarter) + tier,
    ('month', month) + tier,
    ('quarter', quarter) + group,
    ('month', month) + group,
    ('overall', overall, 'occupation', 'occupation_segment', "'+' || user_occupation_by"),
] -%}
{%- set cells_by_score = [
    ('overall', overall, 'success_score', 'success_score_segment', "'+' || success_evidence_by"),
    ('overall', overall, 'failure_score', 'failure_score_segment', "'+' || failure_evidence_by"),
    ('overall', overall, 'success_rating', 'success_rating_segment', "'+' || success_rating_by"),
    ('overall', overall, 'failure_rating', 'failure_rating_segment', "'+' || failure_rating_by"),
] -%}
{#- Rates, and the cells in which they are counted together. Rows of all rates are a kilobyte wide:
    counted in all cells at once, those of 400,000 sessions do not fit into 4 GB. -#}
{%- set blocks = [(of_success, cells_of_success), (['judged_success'], cells_by_score)] -%}
{%- for cells in cells_of_all | batch(2) -%}
{%- set _ = blocks.append((rates | map(attribute=0) | list, cells)) -%}
{%- endfor -%}
{%- set cell = [
    'agent', 'labeller', 'period_kind', 'period_start', 'segment_name', 'segment_value', 'segment_by',
    'outcome_by', 'success_evidence_by', 'failure_evidence_by', 'success_rating_by',
    'failure_rating_by', 'work_mode_by',
] | join(',\n        ') -%}
{%- set no_count = 'cast(null as bigint)' -%}
{%- set judged_columns = [
    'user_id', 'labeller', 'outcome', 'outcome_opt_out', 'work_mode', 'has_clear_goal',
    'has_clear_goal_opt_out', 'is_judged_success', 'is_judged_success_opt_out', 'is_at_least_partial',
    'is_at_least_partial_opt_out', 'is_judged_failure', 'is_judged_failure_opt_out', 'is_verified_success',
    'is_verified_success_opt_out', 'is_verified_failure', 'is_verified_failure_opt_out',
    'is_in_trouble_above_3', 'is_in_trouble_from_3', 'is_failed_without_lines', 'is_rated',
    'is_rated_verified_success', 'is_rated_trouble_above_3', 'is_rated_trouble_from_3', 'is_code_mode',
    'is_code_producing', 'outcome_by', 'success_evidence_by', 'failure_evidence_by', 'success_rating_by',
    'failure_rating_by', 'work_mode_by',
] -%}
{%- set grouping_columns = [
    'agent', 'started_month', 'expertise_by', 'task_value_by', 'difficulty_tier_by', 'user_occupation_by',
] -%}
{%- set segments = [
    'code_producing', 'work_mode', 'expertise', 'value_band', 'difficulty_tier', 'occupation_group',
    'occupation', 'success_score', 'failure_score', 'success_rating', 'failure_rating',
] -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

segmented as (
    select * from {{ ref('int_sessions__segmented') }}
),

-- One row of segments per session and labeller, so that none is repeated. They are joined once:
-- each cell below would join, and hold, all of them again.
sessions as (
    select
        {% for column in judged_columns + grouping_columns -%}
        judged.{{ column }},
        {% endfor -%}
        {% for segment in segments -%}
        segmented.{{ segment }}_segment,
        {% endfor -%}
        judged.session_id
    from judged
    inner join segmented
        on judged.session_id = segmented.session_id and judged.labeller = segmented.labeller
),

-- Unknown: sessions that may have a goal and be of the rate, where that or the count is null. A
-- rate that a cell does not have is null.
counted as (
    {%- for counted_rates, cells in blocks %}
    select
        {{ cell }},
        {% for name, counted, among, _ in rates -%}
        {% set is_counted = name in counted_rates -%}
        {% set has_goal = 'has_clear_goal' ~ ('_opt_out' if name.endswith('_opt_out') else '') -%}
        {{ count_if('(' ~ among ~ ') and (' ~ counted ~ ')') if is_counted else no_count }}
            as {{ name }}_numerator,
        {{ count_if('(' ~ among ~ ') and (' ~ counted ~ ') is not null')
            if is_counted else no_count }}
            as {{ name }}_denominator,
        {{ count_if(
            'coalesce(' ~ has_goal ~ ', true) and coalesce(' ~ among ~ ', true)'
            ~ ' and ((' ~ among ~ ') is null or (' ~ counted ~ ') is null)'
        ) if is_counted else no_count }} as {{ name }}_unknown,
        {% endfor -%}
        user_id
    from (
        {{ observations_in(cells, 'sessions', judged_columns) }}
    ) as observations
    where segment_value is not null
    group by
        {{ cell }},
        user_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{{ marked_first_of_cell(
    'counted',
    ['agent', 'labeller', 'period_kind', 'period_start', 'segment_name', 'segment_value'],
) }}

select *
from final
