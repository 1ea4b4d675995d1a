{#-
  The rates of outcomes (C18 to C28): name; what it counts, a column of int_sessions__judged that is null
  where it is not settled; the sessions it is of; the classifiers it rests on. `…_opt_out`: of the labels
  with not_inferable among them, which is unknown. `…rating…`: by the direct ratings.
-#}
{%- set recovered = 'case when is_in_trouble_above_3 is not null'
    ~ ' and is_verified_success is not null then is_in_trouble_above_3 and is_verified_success end' -%}
{%- set troubled_code = 'is_in_trouble_above_3'
    ~ " and case when work_mode <> 'not_inferable' then is_code_mode end" -%}
{%- set rated_trouble = 'is_rated and is_rated_trouble_above_3' -%}
{%- set rates = [
    ('judged_success', 'is_judged_success', 'true', ['outcome']),
    ('at_least_partial', 'is_at_least_partial', 'true', ['outcome']),
    ('judged_failure', 'is_judged_failure', 'true', ['outcome']),
    ('no_clear_goal_share', "outcome = 'no_clear_goal'", 'true', ['outcome']),
    ('judged_success_opt_out', 'is_judged_success_opt_out', 'true', ['outcome']),
    ('at_least_partial_opt_out', 'is_at_least_partial_opt_out', 'true', ['outcome']),
    ('judged_failure_opt_out', 'is_judged_failure_opt_out', 'true', ['outcome']),
    ('no_clear_goal_share_opt_out', "nullif(outcome_opt_out, 'not_inferable') = 'no_clear_goal'", 'true',
        ['outcome']),
    ('verified_success_opt_out', 'is_verified_success_opt_out', 'true', ['outcome', 'success_evidence']),
    ('verified_failure_opt_out', 'is_verified_failure_opt_out', 'true', ['outcome', 'failure_evidence']),
    ('verified_success_by_rating', 'is_rated_verified_success', 'is_rated', ['outcome', 'success_rating']),
    ('trouble_rating_above_3', 'is_rated_trouble_above_3', 'is_rated', ['outcome', 'failure_rating']),
    ('trouble_rating_from_3', 'is_rated_trouble_from_3', 'is_rated', ['outcome', 'failure_rating']),
    ('abandoned_of_trouble_rating_above_3', 'is_failed_without_lines', rated_trouble,
        ['outcome', 'failure_rating']),
    ('at_least_partial_of_trouble_rating_above_3', 'is_at_least_partial', rated_trouble,
        ['outcome', 'failure_rating']),
    ('judged_failure_of_trouble_rating_above_3', 'is_judged_failure', rated_trouble,
        ['outcome', 'failure_rating']),
    ('verified_success_of_trouble_rating_above_3', 'is_rated_verified_success', rated_trouble,
        ['outcome', 'success_rating', 'failure_rating']),
    ('verified_success', 'is_verified_success', 'true', ['outcome', 'success_evidence']),
    ('verified_failure', 'is_verified_failure', 'true', ['outcome', 'failure_evidence']),
    ('at_least_partial_code_producing', 'is_at_least_partial', 'is_code_producing', ['outcome']),
    ('verified_success_code_producing', 'is_verified_success', 'is_code_producing',
        ['outcome', 'success_evidence']),
    ('trouble_above_3', 'is_in_trouble_above_3', 'true', ['outcome', 'failure_evidence']),
    ('trouble_above_3_and_recovered', recovered, 'true',
        ['outcome', 'success_evidence', 'failure_evidence']),
    ('abandoned_of_troubled_above_3', 'is_failed_without_lines', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('abandoned_in_code_modes_of_troubled_above_3', 'is_failed_without_lines', troubled_code,
        ['outcome', 'failure_evidence', 'work_mode']),
    ('judged_success_of_troubled_above_3', 'is_judged_success', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('at_least_partial_of_troubled_above_3', 'is_at_least_partial', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('judged_failure_of_troubled_above_3', 'is_judged_failure', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('verified_success_of_troubled_above_3', 'is_verified_success', 'is_in_trouble_above_3',
        ['outcome', 'success_evidence', 'failure_evidence']),
    ('verified_failure_of_troubled_above_3', 'is_verified_failure', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('trouble_from_3', 'is_in_trouble_from_3', 'true', ['outcome', 'failure_evidence']),
    ('abandoned_of_troubled_from_3', 'is_failed_without_lines', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('judged_success_of_troubled_from_3', 'is_judged_success', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('at_least_partial_of_troubled_from_3', 'is_at_least_partial', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('judged_failure_of_troubled_from_3', 'is_judged_failure', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('verified_success_of_troubled_from_3', 'is_verified_success', 'is_in_trouble_from_3',
        ['outcome', 'success_evidence', 'failure_evidence']),
    ('verified_failure_of_troubled_from_3', 'is_verified_failure', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
] -%}
{#- The cells: period, its start, segment, its value, the classifier that the segment rests on. -#}
{%- set overall = 'cast(null as date)' -%}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', overall, 'code_producing', 'code_producing_segment', "''"),
    ('overall', overall, 'work_mode', 'work_mode_segment', "'+' || work_mode_by"),
    ('overall', overall, 'expertise', 'expertise_segment', "'+' || expertise_by"),
    ('overall', overall, 'value_band', 'value_band_segment', "'+' || task_value_by"),
    ('overall', overall, 'difficulty_tier', 'difficulty_tier_segment', "'+' || difficulty_tier_by"),
    ('quarter', quarter, 'difficulty_tier', 'difficulty_tier_segment', "'+' || difficulty_tier_by"),
    ('month', 'started_month', 'difficulty_tier', 'difficulty_tier_segment', "'+' || difficulty_tier_by"),
    ('overall', overall, 'occupation_group', 'occupation_group_segment', "'+' || user_occupation_by"),
    ('quarter', quarter, 'occupation_group', 'occupation_group_segment', "'+' || user_occupation_by"),
    ('month', 'started_month', 'occupation_group', 'occupation_group_segment', "'+' || user_occupation_by"),
    ('overall', overall, 'occupation', 'occupation_segment', "'+' || user_occupation_by"),
    ('overall', overall, 'success_score', 'success_score_segment', "'+' || success_evidence_by"),
    ('overall', overall, 'failure_score', 'failure_score_segment', "'+' || failure_evidence_by"),
    ('overall', overall, 'success_rating', 'success_rating_segment', "'+' || success_rating_by"),
    ('overall', overall, 'failure_rating', 'failure_rating_segment', "'+' || failure_rating_by"),
] -%}
{#- Small cells have few rates: by occupation and tier those of success, by score judged
    success. -#}
{%- set by_score = "('success_score', 'failure_score', 'success_rating', 'failure_rating')" -%}
{%- set of_success = [
    'judged_success', 'at_least_partial', 'verified_success', 'at_least_partial_code_producing',
    'verified_success_code_producing',
] -%}
{%- set judged_columns = [
    'user_id', 'judged.labeller', 'outcome', 'outcome_opt_out', 'work_mode', 'has_clear_goal',
    'has_clear_goal_opt_out', 'is_judged_success', 'is_judged_success_opt_out', 'is_at_least_partial',
    'is_at_least_partial_opt_out', 'is_judged_failure', 'is_judged_failure_opt_out', 'is_verified_success',
    'is_verified_success_opt_out', 'is_verified_failure', 'is_verified_failure_opt_out',
    'is_in_trouble_above_3', 'is_in_trouble_from_3', 'is_failed_without_lines', 'is_rated',
    'is_rated_verified_success', 'is_rated_trouble_above_3', 'is_rated_trouble_from_3', 'is_code_mode',
    'is_code_producing', 'outcome_by', 'success_evidence_by', 'failure_evidence_by', 'success_rating_by',
    'failure_rating_by', 'work_mode_by',
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
    {{ observations_in(
        cells,
        'judged inner join segmented on judged.session_id = segmented.session_id'
        ~ ' and judged.labeller = segmented.labeller',
        judged_columns,
    ) }}
),

-- Unknown: sessions that may have a goal and be of the rate, where that or the count is null.
counted as (
    select
        agent,
        labeller,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        segment_by,
        outcome_by,
        success_evidence_by,
        failure_evidence_by,
        success_rating_by,
        failure_rating_by,
        work_mode_by,
        user_id,
        {% for name, counted, among, _ in rates -%}
        {% set has_goal = 'has_clear_goal' ~ ('_opt_out' if name.endswith('_opt_out') else '') -%}
        {{ count_if('(' ~ among ~ ') and (' ~ counted ~ ')') }}
            as {{ name }}_numerator,
        {{ count_if('(' ~ among ~ ') and (' ~ counted ~ ') is not null') }}
            as {{ name }}_denominator,
        {{ count_if(
            'coalesce(' ~ has_goal ~ ', true) and coalesce(' ~ among ~ ', true)'
            ~ ' and ((' ~ among ~ ') is null or (' ~ counted ~ ') is null)'
        ) }} as {{ name }}_unknown,
        {% endfor -%}
        row_number() over (
            partition by agent, labeller, period_kind, period_start, segment_name, segment_value
            order by user_id nulls last
        ) = 1 as is_first_of_cell
    from observations
    where segment_value is not null
    group by
        agent, labeller, period_kind, period_start, segment_name, segment_value, segment_by,
        outcome_by, success_evidence_by, failure_evidence_by, success_rating_by, failure_rating_by,
        work_mode_by, user_id
),

-- A labeller that was not asked a question has no say in what rests on it: its fingerprint is null.
-- The rules conclude the outcome from the scores: outcomes by score and of sessions in trouble
-- would repeat their own definition. Most users have nothing in most rates; one row keeps an empty
-- cell.
final as (
    {%- for name, _, among, rests_on in rates %}
    {%- set fingerprint = rests_on | join("_by || '+' || ") ~ '_by || segment_by' %}
    {%- set is_circular = 'trouble' in name and 'abandoned' not in name
        and name not in ('trouble_above_3', 'trouble_from_3') %}
    select
        agent,
        '{{ name }}' as metric_name,
        'rate' as metric_kind,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        labeller,
        {{ fingerprint }} as fingerprint,
        user_id,
        cast({{ name }}_numerator as {{ type_double() }}) as numerator,
        cast({{ name }}_denominator as {{ type_double() }}) as denominator,
        {{ name }}_denominator as session_count,
        {{ name }}_unknown as unknown_count
    from counted
    where
        {{ fingerprint }} is not null
        and ({{ name }}_denominator > 0 or {{ name }}_unknown > 0 or is_first_of_cell)
        {%- if name == 'judged_success' %}
        and not (labeller = 'rules' and segment_name in {{ by_score }})
        {%- else %}
        and segment_name not in {{ by_score }}
        {%- endif %}
        {%- if name not in of_success %}
        and segment_name not in ('occupation', 'difficulty_tier')
        and not (segment_name = 'occupation_group' and period_kind <> 'overall')
        {%- endif %}
        {%- if is_circular %}
        and labeller <> 'rules'
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
