with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

-- A session has one agent, so that no label is repeated. A label of a session id that another has
-- taken over has none.
final as (
    select
        -- keys
        {{ hash(
            "labels.classifier || '|' || labels.unit_id || '|' || labels.fingerprint || '|' || "
            ~ cast('labels.replicate', type_string())
        ) }} as label_id,
        labels.unit_id,
        labels.session_id,
        labels.fingerprint,
        labels.input_hash,
        labels.request_id,
        labels.batch_id,
        -- facts
        sessions.agent,
        labels.unit_kind,
        labels.classifier,
        labels.version,
        labels.rendering,
        labels.labeller,
        labels.model,
        labels.status,
        -- A person's occupation is for aggregates: a row here can be linked to a user.
        case when classifier <> 'user_occupation' then answer_label end as answer_label,
        labels.answer_score,
        labels.cited_evidence_count,
        labels.rejected_evidence_count,
        labels.coverage,
        labels.replicate,
        labels.input_tokens,
        labels.cache_creation_input_tokens,
        labels.cache_read_input_tokens,
        labels.output_tokens,
        labels.cost_usd,
        -- booleans
        labels.is_current,
        labels.is_stale,
        -- times
        labels.labelled_at,
        labels.session_date
    from labels
    left join sessions on labels.session_id = sessions.session_id
)

select *
from final
