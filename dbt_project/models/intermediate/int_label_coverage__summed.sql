{#- A view: the rows are eighteen times those they are read from, and each is read once. -#}
{{ config(materialized='view') }}
{#- Each metric: name, kind, what it sums, what of, the population whose sessions count. -#}
{%- set metrics = [
    ('eligible_share', 'rate', 'eligible', 'known', 'known'),
    ('asked_share', 'rate', 'asked', 'eligible', 'eligible'),
    ('labelled_share', 'rate', 'answered', 'eligible', 'eligible'),
    ('not_inferable_share', 'rate', 'not_inferable', 'ok', 'ok'),
    ('stale_share', 'rate', 'stale', 'labelled', 'labelled'),
    ('flip_rate', 'rate', 'flipped', 'repeated', 'repeated'),
    ('rejected_evidence_share', 'rate', 'rejected_evidence', 'evidence', 'cited'),
    ('read_share', 'mean', 'read', 'covered', 'covered'),
    ('cached_input_share', 'mean', 'cached_input', 'input', 'paid'),
    ('input_tokens_per_label', 'mean', 'input', 'paid', 'paid'),
    ('output_tokens_per_label', 'mean', 'output', 'paid', 'paid'),
    ('cost_usd_per_label', 'mean', 'cost', 'priced', 'priced'),
    ('ok_share', 'rate', 'ok', 'labelled', 'labelled'),
    ('refused_share', 'rate', 'refused', 'labelled', 'labelled'),
    ('truncated_share', 'rate', 'truncated', 'labelled', 'labelled'),
    ('invalid_share', 'rate', 'invalid', 'labelled', 'labelled'),
    ('error_share', 'rate', 'error', 'labelled', 'labelled'),
    ('skipped_budget_share', 'rate', 'skipped_budget', 'labelled', 'labelled'),
] %}

with

coverage as (
    select * from {{ ref('int_label_coverage__counted') }}
),

-- Most users have nothing in some of them; one row keeps a cell that nobody has anything in.
final as (
    {%- for name, kind, summed, of, counted in metrics %}
    {%- set unknown = 'unknown' if name == 'eligible_share' else '0' %}
    select
        agent,
        '{{ name }}' as metric_name,
        '{{ kind }}' as metric_kind,
        period_kind,
        period_start,
        'classifier' as segment_name,
        classifier as segment_value,
        labeller,
        fingerprint,
        user_id,
        {{ summed }} as numerator,
        {{ of }} as denominator,
        {{ counted }}_sessions as session_count,
        cast({{ unknown }} as bigint) as unknown_count
    from coverage
    where {{ counted }}_sessions > 0 or {{ unknown }} > 0 or is_first_of_cell
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
