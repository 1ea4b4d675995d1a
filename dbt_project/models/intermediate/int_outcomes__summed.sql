{#- A view: it has up to 36 rows for each row that it is read from. -#}
{{ config(materialized='view') }}
{#- The rates of int_outcomes__counted, and the classifiers that each rests on. -#}
{%- set rates = [
    ('judged_success', ['outcome']),
    ('at_least_partial', ['outcome']),
    ('judged_failure', ['outcome']),
    ('no_clear_goal_share', ['outcome']),
    ('judged_success_opt_out', ['outcome']),
    ('at_least_partial_opt_out', ['outcome']),
    ('judged_failure_opt_out', ['outcome']),
    ('no_clear_goal_share_opt_out', ['outcome']),
    ('verified_success_opt_out', ['outcome', 'success_evidence']),
    ('verified_failure_opt_out', ['outcome', 'failure_evidence']),
    ('verified_success_by_rating', ['outcome', 'success_rating']),
    ('trouble_rating_above_3', ['outcome', 'failure_rating']),
    ('trouble_rating_from_3', ['outcome', 'failure_rating']),
    ('abandoned_of_trouble_rating_above_3', ['outcome', 'failure_rating']),
    ('at_least_partial_of_trouble_rating_above_3', ['outcome', 'failure_rating']),
    ('judged_failure_of_trouble_rating_above_3', ['outcome', 'failure_rating']),
    ('verified_success_of_trouble_rating_above_3', ['outcome', 'success_rating', 'failure_rating']),
    ('verified_success', ['outcome', 'success_evidence']),
    ('verified_failure', ['outcome', 'failure_evidence']),
    ('at_least_partial_code_producing', ['outcome']),
    ('verified_success_code_producing', ['outcome', 'success_evidence']),
    ('trouble_above_3', ['outcome', 'failure_evidence']),
    ('trouble_above_3_and_recovered', ['outcome', 'success_evidence', 'failure_evidence']),
    ('abandoned_of_troubled_above_3', ['outcome', 'failure_evidence']),
    ('abandoned_in_code_modes_of_troubled_above_3', ['outcome', 'failure_evidence', 'work_mode']),
    ('judged_success_of_troubled_above_3', ['outcome', 'failure_evidence']),
    ('at_least_partial_of_troubled_above_3', ['outcome', 'failure_evidence']),
    ('judged_failure_of_troubled_above_3', ['outcome', 'failure_evidence']),
    ('verified_success_of_troubled_above_3', ['outcome', 'success_evidence', 'failure_evidence']),
    ('verified_failure_of_troubled_above_3', ['outcome', 'failure_evidence']),
    ('trouble_from_3', ['outcome', 'failure_evidence']),
    ('abandoned_of_troubled_from_3', ['outcome', 'failure_evidence']),
    ('judged_success_of_troubled_from_3', ['outcome', 'failure_evidence']),
    ('at_least_partial_of_troubled_from_3', ['outcome', 'failure_evidence']),
    ('judged_failure_of_troubled_from_3', ['outcome', 'failure_evidence']),
    ('verified_success_of_troubled_from_3', ['outcome', 'success_evidence', 'failure_evidence']),
    ('verified_failure_of_troubled_from_3', ['outcome', 'failure_evidence']),
] -%}
{%- set by_score = "('success_score', 'failure_score', 'success_rating', 'failure_rating')" -%}

with

counted as (
    select * from {{ ref('int_outcomes__counted') }}
),

-- A labeller that was not asked a question has no say in what rests on it: its fingerprint is null.
-- The rules conclude the outcome from the scores: outcomes by score and of sessions in trouble
-- would repeat their own definition. A rate that a cell does not have is null. Most users have
-- nothing in most rates; one row keeps an empty cell.
final as (
    {%- for name, rests_on in rates %}
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
        {%- if name == 'judged_success' %}
        and not (labeller = 'rules' and segment_name in {{ by_score }})
        {%- endif %}
        {%- if is_circular %}
        and labeller <> 'rules'
        {%- endif %}
        and {{ name }}_denominator is not null
        and ({{ name }}_denominator > 0 or {{ name }}_unknown > 0 or is_first_of_cell)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
