with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

answers as (
    select * from {{ ref('stg_labels__answers') }}
),

-- Signals of a person's objection or of the same thing failing again.
objections as (
    select
        unit_id,
        fingerprint,
        replicate
    from answers
    where
        classifier = 'failure_evidence'
        and field = 'signal'
        and value_text in (
            'user_rejects_result', 'user_pushes_back', 'frustration', 'repeated_attempts',
            'work_off_target'
        )
),

-- One current label at most per session and labeller, each with all of its objections.
final as (
    select
        -- keys
        labels.unit_id as session_id,
        labels.labeller,
        -- booleans
        count(objections.unit_id) > 0 as has_objection
    from labels
    left join objections
        on
            labels.unit_id = objections.unit_id
            and labels.fingerprint = objections.fingerprint
            and labels.replicate = objections.replicate
    where labels.is_current and labels.classifier = 'failure_evidence' and labels.status = 'ok'
    group by labels.unit_id, labels.labeller
)

select *
from final
