with

labels as (
    select * from {{ ref('fct_labels') }}
),

answers as (
    select * from {{ ref('stg_labels__answers') }}
),

-- A fingerprint answers a unit once per replicate: only fields and items repeat a label.
-- A field left open has no row. The person's occupation is for aggregates: a row here can be linked
-- to a user.
final as (
    select
        -- keys
        {{ hash(
            "labels.label_id || '|' || answers.field || '|' || "
            ~ "coalesce(" ~ cast('answers.item_number', type_string()) ~ ", '')"
        ) }} as answer_id,
        labels.label_id,
        labels.unit_id,
        labels.session_id,
        labels.fingerprint,
        answers.evidence_record_ids,
        -- facts
        labels.agent,
        labels.unit_kind,
        labels.classifier,
        labels.version,
        labels.labeller,
        labels.replicate,
        answers.item_number,
        answers.field,
        answers.value_text,
        answers.value_number,
        -- booleans
        labels.is_current,
        labels.is_stale,
        -- times
        labels.labelled_at,
        labels.session_date
    from labels
    inner join answers
        on
            labels.classifier = answers.classifier
            and labels.unit_id = answers.unit_id
            and labels.fingerprint = answers.fingerprint
            and labels.replicate = answers.replicate
    where
        labels.classifier <> 'user_occupation'
        and labels.status = 'ok'
        and answers.value_text is not null
)

select *
from final
