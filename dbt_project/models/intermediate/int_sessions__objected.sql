{#- Signals of a person's objection or of the same thing failing again. -#}
{%- set is_objection -%}
    items.signal in (
        'user_rejects_result', 'user_pushes_back', 'frustration', 'repeated_attempts',
        'work_off_target'
    )
{%- endset -%}

with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

items as (
    select * from {{ ref('stg_labels__failure_evidence_items') }}
),

-- One current label at most per session and labeller, each with all of its signals.
final as (
    select
        -- keys
        labels.unit_id as session_id,
        labels.labeller,
        -- booleans
        max(case when {{ is_objection }} then 1 else 0 end) = 1 as has_objection
    from labels
    left join items
        on
            labels.unit_id = items.unit_id
            and labels.fingerprint = items.fingerprint
            and labels.replicate = items.replicate
    where labels.is_current and labels.classifier = 'failure_evidence' and labels.status = 'ok'
    group by labels.unit_id, labels.labeller
)

select *
from final
