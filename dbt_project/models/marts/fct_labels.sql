with

labels as (
    select * from {{ ref('int_labels__unioned') }}
),

final as (
    select
        -- keys
        {{ hash(
            "classifier || '|' || unit_id || '|' || fingerprint || '|' || "
            ~ cast('replicate', type_string())
        ) }} as label_id,
        unit_id,
        session_id,
        fingerprint,
        input_hash,
        request_id,
        batch_id,
        -- facts
        unit_kind,
        classifier,
        version,
        labeller,
        model,
        status,
        answer_label,
        answer_score,
        coverage,
        replicate,
        input_tokens,
        output_tokens,
        cost_usd,
        -- booleans
        is_current,
        is_stale,
        -- times
        labelled_at,
        session_date
    from labels
)

select *
from final
