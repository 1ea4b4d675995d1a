with
source as (
    select *
    from {{ source('labels', 'failure_evidence') }}
),

final as (
    select
        -- keys
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
        evidence_record_ids,
        coverage,
        replicate,
        input_tokens,
        output_tokens,
        cost_usd,
        failure_score,
        failure_score_by_type,
        hard_signal_count,
        soft_signal_count,
        rejected_signal_count,
        -- booleans
        is_stale,
        -- times
        labelled_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
