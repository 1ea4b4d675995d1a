with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
),

first_labels as (
    select * from labels
    where is_first_replicate
),

-- Everything that was paid for a unit, its replicates included.
paid as (
    select
        {{ label_unit() }},
        sum(input_tokens) as input_tokens,
        sum(cache_creation_input_tokens) as cache_creation_input_tokens,
        sum(cache_read_input_tokens) as cache_read_input_tokens,
        sum(output_tokens) as output_tokens,
        sum(cost_usd) as cost_usd
    from labels
    group by {{ label_unit() }}
),

-- Only answers to the same input can disagree.
answers as (
    select
        {{ label_unit() }},
        count(*) as answer_count,
        count(distinct coalesce(
            answer_label, cast(answer_score as {{ type_string() }}), 'not_inferable'
        )) as distinct_answer_count
    from labels
    where status = 'ok'
    group by {{ label_unit() }}, input_hash
),

repeats as (
    select
        {{ label_unit() }},
        max(case when answer_count > 1 then 1 else 0 end) = 1 as is_repeated,
        max(case when distinct_answer_count > 1 then 1 else 0 end) = 1 as is_flipped
    from answers
    group by {{ label_unit() }}
),

-- Each side has one row per unit and fingerprint, so no join repeats one.
final as (
    select
        -- keys
        {% for column in label_unit().split(', ') + ['session_id', 'unit_kind'] -%}
        coalesce(first_labels.{{ column }}, eligibility.{{ column }}) as {{ column }},
        {% endfor -%}
        -- facts
        first_labels.status,
        first_labels.coverage,
        first_labels.cited_evidence_count,
        first_labels.rejected_evidence_count,
        paid.input_tokens,
        paid.cache_creation_input_tokens,
        paid.cache_read_input_tokens,
        paid.output_tokens,
        paid.cost_usd,
        -- booleans
        eligibility.is_eligible,
        first_labels.is_stale,
        case
            when first_labels.status = 'ok'
                then coalesce(
                    first_labels.answer_label = 'not_inferable', first_labels.answer_score is null
                )
        end as is_not_inferable,
        repeats.is_repeated,
        repeats.is_flipped
    from eligibility
    full outer join first_labels on {{ same_label_unit('eligibility', 'first_labels') }}
    left join paid on {{ same_label_unit('first_labels', 'paid') }}
    left join repeats on {{ same_label_unit('first_labels', 'repeats') }}
)

select *
from final
