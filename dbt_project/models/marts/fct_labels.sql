with

labels as (
    select * from {{ ref('int_labels__ranked') }}
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
        rendering,
        labeller,
        model,
        status,
        -- A person's occupation is for aggregates: a row here can be linked to a user.
        case when classifier <> 'user_occupation' then answer_label end as answer_label,
        answer_score,
        cited_evidence_count,
        rejected_evidence_count,
        coverage,
        replicate,
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
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
