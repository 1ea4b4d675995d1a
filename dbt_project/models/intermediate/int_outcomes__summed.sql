{#- A view: it has up to 36 rows for each row that it is read from. -#}
{{ config(materialized='view') }}
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
    {%- for name, _, _, rests_on in outcome_rates() %}
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
