{%- set rates = [] -%}
{{- add_outcome_rates(rates) -}}
{%- set overall = 'cast(null as date)' -%}
{#- The last says which rates a cell has: all, those of success, or judged success. -#}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "'all'"),
    ('month', 'started_month', 'all', "'all'", "'all'"),
    ('overall', overall, 'code_producing', 'code_producing_segment', "'all'"),
    ('overall', overall, 'work_mode', 'work_mode_segment', "'all'"),
    ('overall', overall, 'expertise', 'expertise_segment', "'all'"),
    ('overall', overall, 'value_band', 'value_band_segment', "'all'"),
    ('overall', overall, 'occupation_group', 'occupation_group_segment', "'all'"),
    ('month', 'started_month', 'occupation_group', 'occupation_group_segment', "'success'"),
    ('overall', overall, 'occupation', 'occupation_segment', "'success'"),
    ('overall', overall, 'success_score', 'success_score_segment', "'judged_success'"),
    ('overall', overall, 'failure_score', 'failure_score_segment', "'judged_success'"),
] -%}
{%- set both = 'judged inner join segmented on judged.session_id = segmented.session_id'
    ~ ' and judged.labeller = segmented.labeller' -%}
{%- set columns = [
    'user_id', 'judged.labeller', 'outcome', 'work_mode', 'has_clear_goal', 'is_judged_success',
    'is_at_least_partial', 'is_judged_failure', 'is_verified_success', 'is_verified_failure',
    'is_in_trouble_above_3', 'is_in_trouble_from_3', 'is_failed_without_lines', 'is_code_mode',
    'is_code_producing',
] -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

segmented as (
    select * from {{ ref('int_sessions__segmented') }}
),

-- One row of segments per session and labeller, so that none is repeated.
observations as (
    {{ observations_in(cells, both, columns) }}
),

-- The rules conclude the outcome from the scores, so theirs can say nothing of it. Unknown is a
-- session that may have a goal and may be one the rate is of, where that or the count is null.
final as (
    select
        -- keys
        agent,
        labeller,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        segment_by as rates_of_cell,
        user_id,
        -- facts
        {% for name, counted, among, _, _ in rates -%}
        {%- set may_be = 'coalesce(has_clear_goal, true) and coalesce(' ~ among ~ ', true)' -%}
        {%- set unsettled = '((' ~ among ~ ') is null or (' ~ counted ~ ') is null)' -%}
        {{ count_if('(' ~ among ~ ') and (' ~ counted ~ ')') }} as {{ name }}_count,
        {{ count_if('(' ~ among ~ ') and (' ~ counted ~ ') is not null') }} as {{ name }}_of_count,
        {{ count_if(may_be ~ ' and ' ~ unsettled) }} as {{ name }}_unknown_count,
        {% endfor -%}
        count(*) as session_count
    from observations
    where
        segment_value is not null
        and not (labeller = 'rules' and segment_by = 'judged_success')
    group by
        agent, labeller, period_kind, period_start, segment_name, segment_value, segment_by, user_id
)

select *
from final
