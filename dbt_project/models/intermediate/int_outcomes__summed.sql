{%- set rates = [] -%}
{{- add_outcome_rates(rates) -}}
{#- What the values of a segment rest on. -#}
{%- set segments = {
    'work_mode': 'work_mode_by', 'expertise': 'expertise_by', 'value_band': 'task_value_by',
    'occupation_group': 'user_occupation_by', 'occupation': 'user_occupation_by',
    'success_score': 'success_evidence_by', 'failure_score': 'failure_evidence_by',
} -%}
{%- set rates_of_success = [
    'judged_success', 'at_least_partial', 'verified_success', 'at_least_partial_code_producing',
    'verified_success_code_producing',
] -%}

with

outcomes as (
    select * from {{ ref('int_outcomes__counted') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
),

-- One row per agent and labeller on the other side, so that none is repeated.
summed as (
    select
        outcomes.*,
        {%- for by in ['outcome', 'success_evidence', 'failure_evidence', 'work_mode'] %}
        {{ by }}_by,
        {%- endfor %}
        case segment_name
            {%- for segment, by in segments.items() %}
            when '{{ segment }}' then '+' || {{ by }}
            {%- endfor %}
            else ''
        end as segment_by,
        row_number() over (
            partition by
                outcomes.agent, outcomes.labeller, period_kind, period_start, segment_name,
                segment_value
            order by user_id
        ) = 1 as is_first_of_cell
    from outcomes
    inner join labellers
        on outcomes.agent = labellers.agent and outcomes.labeller = labellers.labeller
),

-- A labeller that was not asked a question has no say in what rests on it: its fingerprint is null.
-- Most users have nothing in most rates; one row keeps a cell that nobody has anything in.
final as (
    {%- for name, _, _, rests_on, is_circular_by_rules in rates %}
    select
        agent,
        '{{ name }}' as metric_name,
        'rate' as metric_kind,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        labeller,
        {{ rests_on | join(" || '+' || ") }} || segment_by as fingerprint,
        user_id,
        cast({{ name }}_count as double) as numerator,
        cast({{ name }}_of_count as double) as denominator,
        {{ name }}_of_count as session_count,
        {{ name }}_unknown_count as unknown_count
    from summed
    where
        {{ rests_on | join(" || '+' || ") }} || segment_by is not null
        and ({{ name }}_of_count > 0 or {{ name }}_unknown_count > 0 or is_first_of_cell)
        {%- if name not in rates_of_success %}
        and rates_of_cell = 'all'
        {%- elif name != 'judged_success' %}
        and rates_of_cell <> 'judged_success'
        {%- endif %}
        {%- if is_circular_by_rules %}
        and labeller <> 'rules'
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
